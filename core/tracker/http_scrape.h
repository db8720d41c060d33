// HTTP scrape: URL by the convention, query for many torrents, answer (BEP 48).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/result.h"
#include "core/tracker/scrape.h"

namespace seed::tracker {

/// Where to scrape for an announce URL: for http and https, "announce" at the start of the last
/// part of the path becomes "scrape", and without it there is none (BEP 48); for udp the announce
/// URL itself (BEP 15); nothing for anything else.
std::optional<std::string> scrape_url_of(std::string_view announce_url);

/// `scrape_url` with an info_hash for each torrent, at most scrape_torrents_max of them.
std::string scrape_request_url(std::string_view scrape_url, std::span<const Sha1> info_hashes);

/// Faults as parse_announce_reply; malformed too without a `files` dictionary.
Result<ScrapeReply> parse_scrape_reply(Bytes body, int http_status = 200);

}  // namespace seed::tracker
