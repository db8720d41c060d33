#include "core/session/fetching.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/ascii.h"
#include "core/base/http_status.h"
#include "core/blocklist/gunzip.h"

namespace seed::session {

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
  const auto phrase = reason_of(status);
  return fmt::format("{}: {} ({})", failed, phrase.empty() ? "the server refused" : phrase, status);
}

Result<Buffer> inflated(Buffer bytes, std::size_t bytes_max) {
  if (!blocklist::is_gzip(bytes)) return bytes;
  Buffer out;
  SEED_TRY_VOID(blocklist::gunzip(bytes, bytes_max, [&](Bytes part) {
    out.insert(out.end(), part.begin(), part.end());
    return true;
  }));
  return out;
}

bool has_scheme(std::string_view url, std::string_view prefix) {
  return same_but_for_case(url.substr(0, prefix.size()), prefix);
}

}  // namespace seed::session
