// HTTP reply: what announce and scrape answers have in common: a dictionary, a refusal, a status.
#pragma once

#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/bencode/document.h"
#include "core/tracker/announce.h"

namespace seed::tracker {

/// Values in one answer: each of peers_per_answer_max peers may be a dictionary of three, with room
/// to spare. Beyond: malformed.
inline constexpr std::size_t reply_tokens_max = 256 * 1024;

/// The answer's document, whose root is a dictionary. What follows the dictionary is ignored: some
/// trackers end with a line feed. Fault: refused for a status other than 2xx without a dictionary,
/// else malformed.
Result<bencode::Document> parse_reply(Bytes body, int http_status);
/// `failure reason` and `retry in` (BEP 31: minutes, or "never").
std::optional<Refusal> refusal_in(const bencode::Value& reply);
/// The Fault of a status other than 2xx, for a dictionary without a failure reason.
Result<void> check_status(int http_status);

}  // namespace seed::tracker
