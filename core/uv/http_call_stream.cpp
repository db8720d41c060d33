// The part of HttpCall that is of open(): what comes is held for an owner who takes it later, so
// that nothing of ours is called from within libcurl.
#include <algorithm>
#include <charconv>

#include "core/base/ascii.h"
#include "core/uv/http_call.h"

namespace seed::uv {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

const char* text_of(CURL* easy, CURLINFO what) {
  const char* text = nullptr;
  curl_easy_getinfo(easy, what, &text);
  return text != nullptr ? text : "";
}

}  // namespace

/// With own_redirects_: an answer that leads on.
bool HttpCall::is_redirect() const {
  return own_redirects_ && *text_of(easy_.get(), CURLINFO_REDIRECT_URL) != '\0';
}

bool HttpCall::proxy_refuses() const {
  constexpr long proxy_wants_login = 407;  // RFC 9110, 15.5.8
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  return request_.proxy && status == proxy_wants_login;
}

/// What libcurl has no question for; of several lines of a name the last.
void HttpCall::note_header(std::string_view line) {
  if (line.starts_with("HTTP/")) head_lines_ = {};
  const auto colon = line.find(':');
  if (colon == line.npos) return;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same_but_for_case(name, "content-range")) head_lines_.content_range = value;
  if (same_but_for_case(name, "content-encoding")) head_lines_.content_encoding = value;
  if (same_but_for_case(name, "retry-after")) head_lines_.retry_after = value;
}

void HttpCall::make_head() {
  CURL* const easy = easy_.get();
  head_made_ = true;
  head_ = std::exchange(head_lines_, {});
  long status = 0;
  curl_off_t length = -1;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  head_->status = static_cast<int>(status);
  if (length >= 0) head_->content_length = static_cast<std::uint64_t>(length);
  head_->content_type = text_of(easy, CURLINFO_CONTENT_TYPE);
  head_->final_url = text_of(easy, CURLINFO_EFFECTIVE_URL);
  head_->remote = IpAddress::parse(text_of(easy, CURLINFO_PRIMARY_IP)).value_or(IpAddress{});
  stirred->push_back(id);
}

/// Of a redirect there is no head, and its body is nobody's.
std::size_t HttpCall::keep(Bytes part) {
  if (proxy_refuses()) return CURL_WRITEFUNC_ERROR;
  const bool nobodys = is_redirect();
  if (!nobodys && held_.size() >= held_bytes_max) {
    paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (!nobodys && !head_made_) make_head();
  const std::size_t room = request_.body_bytes_max - static_cast<std::size_t>(body_bytes_);
  const Bytes taken = part.first(std::min(part.size(), room));
  body_bytes_ += taken.size();
  if (!nobodys) {
    if (held_.empty()) stirred->push_back(id);
    held_.insert(held_.end(), taken.begin(), taken.end());
  }
  body_too_large_ = taken.size() < part.size();
  return body_too_large_ ? CURL_WRITEFUNC_ERROR : part.size();
}

bool HttpCall::read_on() {
  if (!std::exchange(paused_, false)) return false;
  // Writes what it has kept at once, through keep().
  curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
  return !held_.empty();
}

}  // namespace seed::uv
