#include "core/session/fetching.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace seed::session {

namespace {

/// RFC 9110, section 15, for what a server says that has not what was asked for.
std::string_view phrase_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 410:
      return "Gone";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "the server refused";
  }
}

}  // namespace

io::HttpRequest fetch_request(const FetchRules& rules, std::string url, const FetchBounds& bounds) {
  io::HttpRequest request;
  request.url = std::move(url);
  request.user_agent = rules.user_agent;
  request.body_bytes_max = bounds.body_bytes_max;
  request.timeout = bounds.timeout;
  request.sources = rules.sources;
  request.private_addresses_allowed = rules.private_addresses;
  return request;
}

std::string fetch_error_text(std::string_view failed, const Fault& fault) {
  const bool forbidden = fault.code == FaultCode::permission;
  return fmt::format("{}: {}{} (0)", failed, fault.text,
                     forbidden ? ", which the setting fetch_private_addresses does not allow" : "");
}

std::string fetch_error_text(std::string_view failed, int status) {
  return fmt::format("{}: {} ({})", failed, phrase_of(status), status);
}

bool has_scheme(std::string_view url, std::string_view prefix) {
  return url.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), url.begin(), [](char small, char any) {
           return small == any || (any >= 'A' && any <= 'Z' && small == any - 'A' + 'a');
         });
}

}  // namespace seed::session
