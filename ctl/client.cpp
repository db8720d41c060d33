#include "ctl/client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/select.h>

#include <algorithm>
#include <utility>

namespace seed::ctl {

namespace {

struct HeaderList {
  curl_slist* first = nullptr;

  HeaderList() = default;
  ~HeaderList() { curl_slist_free_all(first); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  void add(const std::string& line) { first = curl_slist_append(first, line.c_str()); }
};

std::size_t on_body(char* octets, std::size_t, std::size_t count, void* answer) {
  auto& body = static_cast<HttpAnswer*>(answer)->body;
  if (count > answer_bytes_max - body.size()) return 0;
  body.append(octets, count);
  return count;
}

std::size_t on_header(char* octets, std::size_t, std::size_t count, void* answer) {
  static constexpr std::string_view name = "x-transmission-session-id:";
  std::string_view line(octets, count);
  const bool ours = line.size() > name.size() &&
                    std::equal(name.begin(), name.end(), line.begin(), [](char want, char got) {
                      return want == (got >= 'A' && got <= 'Z' ? got - 'A' + 'a' : got);
                    });
  if (!ours) return count;
  line.remove_prefix(name.size());
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  while (!line.empty() && static_cast<unsigned char>(line.back()) <= ' ') line.remove_suffix(1);
  static_cast<HttpAnswer*>(answer)->session_id = line;
  return count;
}

}  // namespace

/// One HTTP exchange at a time, over a connection that is kept.
class Client::Exchange {
 public:
  Exchange() = default;
  ~Exchange() { curl_easy_cleanup(easy_); }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  CURL* easy() const { return easy_; }
  template <typename T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(easy_, option, value);
  }

  /// What all exchanges with the daemon have; `target` outlives the exchange.
  void prepare(const Target& target, const std::string& url) {
    curl_easy_reset(easy_);
    problem_[0] = '\0';
    set(CURLOPT_ERRORBUFFER, static_cast<char*>(problem_));
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PROXY, "");  // the proxy of the environment is for the web, not for a daemon
    if (!target.unix_socket.empty()) set(CURLOPT_UNIX_SOCKET_PATH, target.unix_socket.c_str());
    set(CURLOPT_USERAGENT, "seedctl");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout.count() * 1000));
    if (!target.cacert.empty()) set(CURLOPT_CAINFO, target.cacert.c_str());
    if (target.insecure) {
      set(CURLOPT_SSL_VERIFYPEER, 0L);
      set(CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (target.token.empty() && !target.user.empty()) {
      set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
      set(CURLOPT_USERNAME, target.user.c_str());
      set(CURLOPT_PASSWORD, target.password.c_str());
    }
  }

  /// Why there was no answer.
  Failure failure(const Target& target, CURLcode code) {
    std::string why = problem_[0] != '\0' ? problem_ : curl_easy_strerror(code);
    if (code == CURLE_PEER_FAILED_VERIFICATION) return distrusted(target, why);
    if (code == CURLE_SSL_CACERT_BADFILE)
      return {Exit::usage, fmt::format("--cacert {}: {}.", target.cacert, why)};
    if (code == CURLE_COULDNT_CONNECT) {
      long system_error = 0;
      curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &system_error);
      why = connect_reason(target, why, static_cast<int>(system_error));
    }
    return no_answer(target, why);
  }

  long status() const {
    long out = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &out);
    return out;
  }

 private:
  CURL* easy_ = curl_easy_init();
  char problem_[CURL_ERROR_SIZE] = "";
};

struct Client::Multi {
  CURLM* multi = curl_multi_init();

  Multi() = default;
  ~Multi() { curl_multi_cleanup(multi); }
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;
};

class Client::Stream : public EventStream {
 public:
  Stream(Target target, const std::vector<std::string>& fields, const std::string& last_id)
      : target_(std::move(target)), events_(answer_bytes_max) {
    if (exchange_.easy() == nullptr || multi_.multi == nullptr) return;
    url_ = url_beside(target_, fmt::format("/events?fields={}", fmt::join(fields, ",")));
    exchange_.prepare(target_, url_);
    headers_.add("Accept: text/event-stream");
    if (!last_id.empty()) headers_.add("Last-Event-ID: " + last_id);
    if (!target_.token.empty()) headers_.add("Authorization: Bearer " + target_.token);
    exchange_.set(CURLOPT_HTTPHEADER, headers_.first);
    // A daemon that is gone without a word is noticed by nothing else.
    exchange_.set(CURLOPT_TCP_KEEPALIVE, 1L);
    exchange_.set(CURLOPT_TCP_KEEPIDLE, 20L);
    exchange_.set(CURLOPT_TCP_KEEPINTVL, 5L);
    exchange_.set(CURLOPT_WRITEFUNCTION, &Stream::on_octets);
    exchange_.set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    curl_multi_add_handle(multi_.multi, exchange_.easy());
  }
  ~Stream() override {
    if (exchange_.easy() != nullptr) curl_multi_remove_handle(multi_.multi, exchange_.easy());
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  Outcome<std::optional<ServerEvent>> next() override {
    if (url_.empty()) return unreachable("libcurl cannot start: out of memory.");
    if (auto event = events_.next()) return event;
    int running = 0;
    curl_multi_perform(multi_.multi, &running);
    if (auto event = events_.next()) return event;
    int left = 0;
    if (const CURLMsg* message = curl_multi_info_read(multi_.multi, &left))
      return std::unexpected(ended(message->data.result));
    return std::nullopt;
  }

  std::vector<int> descriptors() const override {
    fd_set reads;
    fd_set writes;
    fd_set errors;
    FD_ZERO(&reads);
    FD_ZERO(&writes);
    FD_ZERO(&errors);
    int last = -1;
    curl_multi_fdset(multi_.multi, &reads, &writes, &errors, &last);
    std::vector<int> out;
    for (int fd = 0; fd <= last; ++fd)
      if (FD_ISSET(fd, &reads)) out.push_back(fd);
    return out;
  }

  std::chrono::milliseconds patience() const override {
    // While it connects there may be nothing to wait for.
    static constexpr long connecting_ms = 20;
    long wanted = -1;
    curl_multi_timeout(multi_.multi, &wanted);
    if (exchange_.status() == 0) return std::chrono::milliseconds(connecting_ms);
    return std::chrono::milliseconds(wanted < 0 ? 1000 : std::clamp(wanted, 1L, 1000L));
  }

 private:
  static std::size_t on_octets(char* octets, std::size_t, std::size_t count, void* self) {
    auto& stream = *static_cast<Stream*>(self);
    if (stream.exchange_.status() != 200) return count;
    return stream.events_.feed({octets, count}) ? count : 0;
  }

  Failure ended(CURLcode code) {
    const long status = exchange_.status();
    if (status != 0 && status != 200) {
      Failure out = read_status(target_, {status, {}, {}});
      out.exit = Exit::refused;  // there is a daemon, but no stream
      return out;
    }
    if (code == CURLE_OK) return no_answer(target_, "the events have ended");
    return exchange_.failure(target_, code);
  }

  Target target_;
  std::string url_;
  HeaderList headers_;
  ServerEvents events_;
  Multi multi_;
  Exchange exchange_;
};

Client::Client(Target target, std::chrono::seconds timeout)
    : target_(std::move(target)), timeout_(timeout), exchange_(std::make_unique<Exchange>()) {}

Client::~Client() = default;

Outcome<HttpAnswer> Client::perform(const std::string& url, const std::string* body) {
  if (exchange_->easy() == nullptr) return unreachable("libcurl cannot start: out of memory.");
  HttpAnswer answer;
  HeaderList headers;
  exchange_->prepare(target_, url);
  if (body != nullptr) {
    headers.add("Content-Type: application/json");
    headers.add("Expect:");
    exchange_->set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    exchange_->set(CURLOPT_POSTFIELDS, body->c_str());
  }
  if (!session_id_.empty()) headers.add("X-Transmission-Session-Id: " + session_id_);
  if (!target_.token.empty()) headers.add("Authorization: Bearer " + target_.token);
  exchange_->set(CURLOPT_HTTPHEADER, headers.first);
  exchange_->set(CURLOPT_ACCEPT_ENCODING, "gzip");
  exchange_->set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count() * 1000));
  exchange_->set(CURLOPT_WRITEFUNCTION, &on_body);
  exchange_->set(CURLOPT_WRITEDATA, static_cast<void*>(&answer));
  exchange_->set(CURLOPT_HEADERFUNCTION, &on_header);
  exchange_->set(CURLOPT_HEADERDATA, static_cast<void*>(&answer));
  const CURLcode code = curl_easy_perform(exchange_->easy());
  answer.status = exchange_->status();
  if (code == CURLE_OPERATION_TIMEDOUT && answer.status != 0)
    return unreachable(
        fmt::format("the answer of {} did not end within {} s.", url, timeout_.count()));
  if (code != CURLE_OK) return std::unexpected(exchange_->failure(target_, code));
  return answer;
}

Outcome<Json> Client::call(std::string_view method, const Json& params) {
  const std::string body = request_text(method, params);
  const auto post = [&] { return perform(target_.url, &body); };
  SEED_TRY(HttpAnswer answer, post());
  // /rpc is seedd's; Transmission sends browsers from there to its web page.
  if (target_.path_is_ours && (answer.status == 301 || answer.status == 404)) {
    const Target ours = std::exchange(target_, compatible(target_));
    SEED_TRY(HttpAnswer other, post());
    if (other.status == 301 || other.status == 404)
      target_ = ours;
    else
      answer = std::move(other);
  }
  if (answer.status == 409 && !answer.session_id.empty()) {
    session_id_ = answer.session_id;
    SEED_TRY(HttpAnswer again, post());
    answer = std::move(again);
  }
  return read_answer(target_, method, answer);
}

Outcome<Page> Client::get(std::string_view path) {
  SEED_TRY(const HttpAnswer answer, perform(url_beside(target_, path), nullptr));
  Json body = Json::parse(answer.body, nullptr, false);
  return Page{answer.status, body.is_discarded() ? Json(nullptr) : std::move(body)};
}

std::unique_ptr<EventStream> Client::listen(const std::vector<std::string>& fields,
                                            const std::string& last_id) {
  return std::make_unique<Stream>(target_, fields, last_id);
}

}  // namespace seed::ctl
