// Fetching: how the daemon fetches what somebody ordered it to: torrents by URL, blocklists, the
// answer of a port checker. Trackers and peers are not meant.
#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/instant.h"
#include "core/base/result.h"
#include "core/io/http.h"
#include "core/session/session.h"

namespace seed::session {

struct FetchRules {
  std::string user_agent{};
  io::SourceAddresses sources{};
  /// The setting fetch_private_addresses: who may order a fetch would else see what only this host
  /// can reach.
  bool private_addresses = false;
};

struct FetchBounds {
  Duration timeout;
  std::size_t body_bytes_max = 0;
};

io::HttpRequest fetch_request(const FetchRules& rules, std::string url, const FetchBounds& bounds);

inline constexpr std::string_view torrent_fetch_failed = "Couldn't fetch torrent";
/// "<failed>: <why> (<status, or 0>)", the contract's form (section 6.8).
std::string fetch_error_text(std::string_view failed, const Fault& fault);
std::string fetch_error_text(std::string_view failed, int status);

/// A server may send a .torrent by gzip though it was not asked to; none begins as gzip data does.
/// Fault: malformed, or too_large beyond `bytes_max` octets inflated.
Result<Buffer> inflated(Buffer bytes, std::size_t bytes_max);

/// `prefix` is in small letters. RFC 3986, section 3.1: schemes are the same in any case.
bool has_scheme(std::string_view url, std::string_view prefix);

}  // namespace seed::session
