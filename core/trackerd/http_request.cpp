#include "core/trackerd/http_request.h"

#include <algorithm>

#include "core/base/ascii.h"

namespace seed::trackerd {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view blanks = " \t";

constexpr int bad_request = 400;
constexpr int method_not_allowed = 405;
constexpr int uri_too_long = 414;
constexpr int fields_too_large = 431;
constexpr int version_not_supported = 505;

/// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const char small = ascii_lower(c);
    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(blanks);
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

/// "HTTP/2.0": of some version.
bool is_http_version(std::string_view text) {
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  return text.size() == 8 && text.starts_with("HTTP/") && digit(5) && text[6] == '.' && digit(7);
}

}  // namespace

std::size_t HttpRequestReader::on_bytes(Bytes bytes) {
  const std::string_view all = as_text(bytes);
  std::size_t taken = 0;
  while (state_ == State::reading && taken < all.size()) {
    const std::string_view left = all.substr(taken);
    const auto feed = left.find('\n');
    const std::string_view part = left.substr(0, feed == left.npos ? feed : feed + 1);
    taken += part.size();
    head_bytes_ += part.size();
    if (line_.size() + part.size() > http_line_bytes_max + line_end.size()) {
      if (in_fields_)
        refuse(fields_too_large, "a field of the head is too long");
      else
        refuse(uri_too_long, "the request line is too long");
    } else if (head_bytes_ > http_head_bytes_max) {
      refuse(fields_too_large, "the head is too long");
    } else {
      line_ += part;
      if (feed != left.npos) on_line(line_);
    }
  }
  return taken;
}

void HttpRequestReader::next() { *this = {}; }

void HttpRequestReader::on_line(std::string_view line) {
  if (!line.ends_with(line_end)) return refuse(bad_request, "a line does not end with CR LF");
  line.remove_suffix(line_end.size());
  if (std::ranges::any_of(line, is_ascii_control))
    return refuse(bad_request, "a control character in the head");
  if (!in_fields_)
    on_request_line(line);
  else if (!line.empty())
    on_field(line);
  else
    state_ = State::complete;
  if (state_ != State::refused) line_.clear();
}

void HttpRequestReader::on_request_line(std::string_view line) {
  // RFC 9112, section 2.2: one empty line before it is passed over.
  if (line.empty() && head_bytes_ == line_end.size()) return;
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == line.npos || first == last || !is_token(line.substr(0, first)))
    return refuse(bad_request, "no request line");
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (target.empty() || target.find_first_of(blanks) != target.npos || !is_http_version(version))
    return refuse(bad_request, "no request line");
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return refuse(version_not_supported, "HTTP/1.0 and HTTP/1.1 are spoken here");
  if (line.substr(0, first) != "GET")
    return refuse(method_not_allowed, "a tracker is asked by GET");
  keeps_ = version == "HTTP/1.1";
  in_fields_ = true;
  on_target(target);
}

void HttpRequestReader::on_target(std::string_view target) {
  // RFC 9112, section 3.2.2: "http://host/path" is to be taken as well.
  constexpr std::string_view scheme = "http://";
  if (same_but_for_case(target.substr(0, scheme.size()), scheme)) {
    target.remove_prefix(scheme.size());
    const auto path = target.find_first_of("/?");
    target.remove_prefix(std::min(path, target.size()));
    if (target.empty() || target.front() == '?') path_ = "/";
  } else if (target.front() != '/') {
    return refuse(bad_request, "what is asked for is no path");
  }
  const auto query = std::min(target.find('?'), target.size());
  path_ += target.substr(0, query);
  query_ = target.substr(std::min(query + 1, target.size()));
}

void HttpRequestReader::on_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon)))
    return refuse(bad_request, "a line of the head is no field");
  if (++fields_ > http_fields_max) return refuse(fields_too_large, "the head has too many fields");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same_but_for_case(name, "Connection")) return on_connection(value);
  if (same_but_for_case(name, "Transfer-Encoding") ||
      (same_but_for_case(name, "Content-Length") &&
       (value.empty() || value.find_first_not_of('0') != value.npos)))
    refuse(bad_request, "a body is not read here");
}

void HttpRequestReader::on_connection(std::string_view options) {
  while (true) {
    const auto comma = std::min(options.find(','), options.size());
    const std::string_view option = trimmed(options.substr(0, comma));
    if (same_but_for_case(option, "close")) closes_ = true;
    if (same_but_for_case(option, "keep-alive")) keeps_ = true;
    if (comma == options.size()) return;
    options.remove_prefix(comma + 1);
  }
}

void HttpRequestReader::refuse(int status, std::string_view reason) {
  state_ = State::refused;
  status_ = status;
  reason_ = reason;
  line_.clear();
}

}  // namespace seed::trackerd
