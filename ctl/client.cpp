#include "ctl/client.h"

#include <curl/curl.h>
#include <fmt/format.h>

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

struct Client::Curl {
  CURL* easy = curl_easy_init();

  Curl() = default;
  ~Curl() { curl_easy_cleanup(easy); }
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;

  template <typename T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(easy, option, value);
  }
};

Client::Client(Target target, std::chrono::seconds timeout)
    : target_(std::move(target)), timeout_(timeout), curl_(std::make_unique<Curl>()) {}

Client::~Client() = default;

Outcome<HttpAnswer> Client::post(const std::string& body) {
  if (curl_->easy == nullptr) return unreachable("libcurl cannot start: out of memory.");
  HttpAnswer answer;
  HeaderList headers;
  headers.add("Content-Type: application/json");
  headers.add("Expect:");
  if (!session_id_.empty()) headers.add("X-Transmission-Session-Id: " + session_id_);
  if (!target_.token.empty()) headers.add("Authorization: Bearer " + target_.token);
  char problem[CURL_ERROR_SIZE] = "";
  curl_easy_reset(curl_->easy);
  curl_->set(CURLOPT_ERRORBUFFER, static_cast<char*>(problem));
  curl_->set(CURLOPT_URL, target_.url.c_str());
  curl_->set(CURLOPT_PROTOCOLS_STR, "http,https");
  curl_->set(CURLOPT_PROXY, "");  // the proxy of the environment is for the web, not for a daemon
  if (!target_.unix_socket.empty())
    curl_->set(CURLOPT_UNIX_SOCKET_PATH, target_.unix_socket.c_str());
  curl_->set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_->set(CURLOPT_POSTFIELDS, body.c_str());
  curl_->set(CURLOPT_HTTPHEADER, headers.first);
  curl_->set(CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_->set(CURLOPT_USERAGENT, "seedctl");
  curl_->set(CURLOPT_NOSIGNAL, 1L);
  curl_->set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout.count() * 1000));
  curl_->set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count() * 1000));
  if (target_.token.empty() && !target_.user.empty()) {
    curl_->set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_->set(CURLOPT_USERNAME, target_.user.c_str());
    curl_->set(CURLOPT_PASSWORD, target_.password.c_str());
  }
  curl_->set(CURLOPT_WRITEFUNCTION, &on_body);
  curl_->set(CURLOPT_WRITEDATA, static_cast<void*>(&answer));
  curl_->set(CURLOPT_HEADERFUNCTION, &on_header);
  curl_->set(CURLOPT_HEADERDATA, static_cast<void*>(&answer));
  const CURLcode code = curl_easy_perform(curl_->easy);
  if (code == CURLE_OPERATION_TIMEDOUT &&
      curl_easy_getinfo(curl_->easy, CURLINFO_RESPONSE_CODE, &answer.status) == CURLE_OK &&
      answer.status != 0)
    return unreachable(
        fmt::format("the answer of {} did not end within {} s.", target_.url, timeout_.count()));
  if (code != CURLE_OK) {
    long system_error = 0;
    curl_easy_getinfo(curl_->easy, CURLINFO_OS_ERRNO, &system_error);
    std::string why = problem[0] != '\0' ? problem : curl_easy_strerror(code);
    if (code == CURLE_COULDNT_CONNECT)
      why = connect_reason(target_, why, static_cast<int>(system_error));
    return std::unexpected(no_answer(target_, why));
  }
  curl_easy_getinfo(curl_->easy, CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

Outcome<Json> Client::call(std::string_view method, const Json& params) {
  const std::string body = request_text(method, params);
  SEED_TRY(HttpAnswer answer, post(body));
  // /rpc is seedd's; Transmission sends browsers from there to its web page.
  if (target_.path_is_ours && (answer.status == 301 || answer.status == 404)) {
    const Target ours = std::exchange(target_, compatible(target_));
    SEED_TRY(HttpAnswer other, post(body));
    if (other.status == 301 || other.status == 404)
      target_ = ours;
    else
      answer = std::move(other);
  }
  if (answer.status == 409 && !answer.session_id.empty()) {
    session_id_ = answer.session_id;
    SEED_TRY(HttpAnswer again, post(body));
    answer = std::move(again);
  }
  return read_answer(target_, method, answer);
}

}  // namespace seed::ctl
