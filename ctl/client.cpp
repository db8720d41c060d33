#include "ctl/client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/select.h>

#include <algorithm>
#include <utility>

#include "core/base/ascii.h"
#include "ctl/printable.h"

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

/// Of a stream that is refused: more than a refusal has to say.
constexpr std::size_t refusal_bytes_max = 1024;

/// An answer as it comes.
struct Coming {
  HttpAnswer answer;
  std::size_t bytes_max;
  bool too_large = false;
};

std::size_t on_body(char* octets, std::size_t, std::size_t count, void* to) {
  auto& coming = *static_cast<Coming*>(to);
  std::string& body = coming.answer.body;
  coming.too_large = count > coming.bytes_max - body.size();
  if (coming.too_large) return 0;
  body.append(octets, count);
  return count;
}

/// Not 0 ends the exchange.
int on_progress(void* interrupted, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<const std::function<bool()>*>(interrupted))() ? 1 : 0;
}

std::size_t on_header(char* octets, std::size_t, std::size_t count, void* coming) {
  static constexpr std::string_view name = "x-transmission-session-id:";
  std::string_view line(octets, count);
  if (!same_but_for_case(line.substr(0, name.size()), name)) return count;
  line.remove_prefix(name.size());
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  while (!line.empty() && static_cast<unsigned char>(line.back()) <= ' ') line.remove_suffix(1);
  static_cast<Coming*>(coming)->answer.session_id = line;
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
    if (code == CURLE_PEER_FAILED_VERIFICATION) return distrusted(target, printable(why));
    if (code == CURLE_SSL_CACERT_BADFILE)
      return {Exit::usage, fmt::format("--cacert {}: {}.", target.cacert, why)};
    if (code == CURLE_COULDNT_CONNECT) {
      long system_error = 0;
      curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &system_error);
      why = connect_reason(target, why, static_cast<int>(system_error));
    }
    return no_answer(target, printable(why));
  }

  long status() const {
    long out = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &out);
    return out;
  }

  /// Seconds, 0 when there is no Retry-After.
  std::int64_t retry_after() const {
    curl_off_t out = 0;
    curl_easy_getinfo(easy_, CURLINFO_RETRY_AFTER, &out);
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
  Stream(Target target, const std::vector<std::string>& fields, const std::string& last_id,
         std::chrono::milliseconds silence_max)
      : target_(std::move(target)), silence_max_(silence_max), events_(answer_bytes_max) {
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
    exchange_.set(CURLOPT_HEADERFUNCTION, &Stream::on_head);
    exchange_.set(CURLOPT_HEADERDATA, static_cast<void*>(this));
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
    if (std::chrono::steady_clock::now() - heard_ > silence_max_)
      return std::unexpected(no_answer(
          target_, fmt::format("nothing has come for {} s",
                               std::chrono::ceil<std::chrono::seconds>(silence_max_).count())));
    return std::nullopt;
  }

  std::vector<Descriptor> descriptors() const override {
    fd_set reads;
    fd_set writes;
    fd_set errors;
    FD_ZERO(&reads);
    FD_ZERO(&writes);
    FD_ZERO(&errors);
    int last = -1;
    curl_multi_fdset(multi_.multi, &reads, &writes, &errors, &last);
    std::vector<Descriptor> out;
    for (int fd = 0; fd <= last; ++fd) {
      if (FD_ISSET(fd, &reads)) out.push_back({fd, false});
      if (FD_ISSET(fd, &writes)) out.push_back({fd, true});
    }
    return out;
  }

  std::chrono::milliseconds patience() const override {
    // While a name is looked up there may be nothing to wait for.
    static constexpr long nothing_to_wait_for_ms = 100;
    long wanted = -1;
    curl_multi_timeout(multi_.multi, &wanted);
    const long most = descriptors().empty() ? nothing_to_wait_for_ms : 1000L;
    return std::chrono::milliseconds(wanted < 0 ? most : std::clamp(wanted, 1L, most));
  }

 private:
  static std::size_t on_octets(char* octets, std::size_t, std::size_t count, void* self) {
    auto& stream = *static_cast<Stream*>(self);
    stream.heard_ = std::chrono::steady_clock::now();
    if (stream.exchange_.status() == 200) return stream.events_.feed({octets, count}) ? count : 0;
    const std::size_t room = refusal_bytes_max - stream.refusal_.size();
    stream.refusal_.append(octets, std::min(count, room));
    return count <= room ? count : 0;  // what it says is known
  }

  static std::size_t on_head(char*, std::size_t, std::size_t count, void* self) {
    static_cast<Stream*>(self)->heard_ = std::chrono::steady_clock::now();
    return count;
  }

  Failure ended(CURLcode code) {
    const long status = exchange_.status();
    if (status != 0 && status != 200) {
      Failure out = read_status(target_, {status, {}, refusal_, exchange_.retry_after()});
      out.exit = Exit::refused;  // there is a daemon, but no stream
      return out;
    }
    if (code == CURLE_OK) return no_answer(target_, "the events have ended");
    return exchange_.failure(target_, code);
  }

  Target target_;
  std::chrono::milliseconds silence_max_;
  std::chrono::steady_clock::time_point heard_ = std::chrono::steady_clock::now();
  std::string url_;
  std::string refusal_;  ///< the page of one
  HeaderList headers_;
  ServerEvents events_;
  Multi multi_;
  Exchange exchange_;
};

Client::Client(Target target, std::chrono::seconds timeout, std::function<bool()> interrupted,
               std::chrono::milliseconds silence_max)
    : target_(std::move(target)),
      timeout_(timeout),
      interrupted_(std::move(interrupted)),
      silence_max_(silence_max),
      exchange_(std::make_unique<Exchange>()) {}

Client::~Client() = default;

Outcome<HttpAnswer> Client::perform(const std::string& url, const std::string* body,
                                    std::size_t bytes_max) {
  if (exchange_->easy() == nullptr) return unreachable("libcurl cannot start: out of memory.");
  Coming coming{{}, bytes_max};
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
  exchange_->set(CURLOPT_WRITEDATA, static_cast<void*>(&coming));
  exchange_->set(CURLOPT_HEADERFUNCTION, &on_header);
  exchange_->set(CURLOPT_HEADERDATA, static_cast<void*>(&coming));
  if (interrupted_) {
    exchange_->set(CURLOPT_XFERINFOFUNCTION, &on_progress);
    exchange_->set(CURLOPT_XFERINFODATA, static_cast<void*>(&interrupted_));
    exchange_->set(CURLOPT_NOPROGRESS, 0L);
  }
  const CURLcode code = curl_easy_perform(exchange_->easy());
  HttpAnswer& answer = coming.answer;
  answer.status = exchange_->status();
  answer.retry_after_s = exchange_->retry_after();
  if (code == CURLE_ABORTED_BY_CALLBACK) return unreachable("interrupted.");
  if (coming.too_large)
    return unreachable(
        fmt::format("the answer of {} is larger than {} MiB.", url, bytes_max >> 20));
  if (code == CURLE_OPERATION_TIMEDOUT && answer.status != 0)
    return unreachable(
        fmt::format("the answer of {} did not end within {} s.", url, timeout_.count()));
  if (code != CURLE_OK) return std::unexpected(exchange_->failure(target_, code));
  return std::move(answer);
}

Outcome<Json> Client::call(std::string_view method, const Json& params) {
  const std::string body = request_text(method, params);
  const std::size_t bytes_max = method == "torrent_get" ? answer_bytes_max : small_answer_bytes_max;
  const auto post = [&] { return perform(target_.url, &body, bytes_max); };
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
  SEED_TRY(const HttpAnswer answer,
           perform(url_beside(target_, path), nullptr, small_answer_bytes_max));
  // Whether there is no such page is for the caller to judge; 503 may be the page's own answer.
  if (answer.status != 200 && answer.status != 404 && answer.status != 503)
    return std::unexpected(read_status(target_, answer));
  Json body = Json::parse(answer.body, nullptr, false);
  if (answer.status == 503 && body.is_discarded())
    return std::unexpected(read_status(target_, answer));
  return Page{answer.status, body.is_discarded() ? Json(nullptr) : std::move(body)};
}

std::unique_ptr<EventStream> Client::listen(const std::vector<std::string>& fields,
                                            const std::string& last_id) {
  return std::make_unique<Stream>(target_, fields, last_id, silence_max_);
}

}  // namespace seed::ctl
