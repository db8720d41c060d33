#include "core/tracker/http_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace seed::tracker {
namespace {

/// BEP 31 has an integer or the string "never"; some trackers send the minutes as a string.
void read_retry(const bencode::Value& value, Refusal& refusal) {
  std::int64_t minutes = 0;
  if (const auto number = value.as_integer()) {
    minutes = *number;
  } else if (const auto text = value.as_string()) {
    if (as_text(*text) == "never") {
      refusal.never = true;
      return;
    }
    const auto view = as_text(*text);
    const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), minutes);
    if (error != std::errc{} || end != view.data() + view.size()) return;
  }
  if (minutes <= 0) return;
  const std::int64_t most =
      std::chrono::duration_cast<std::chrono::minutes>(limits::announce_interval_max).count();
  refusal.retry_in = std::chrono::minutes(std::min(minutes, most));
}

}  // namespace

Result<bencode::Document> parse_reply(Bytes body, int http_status) {
  bencode::ParseLimits bounds;
  bounds.tokens_max = reply_tokens_max;
  auto document = bencode::Document::parse_prefix(body, bounds);
  if (document && document->root().is_dict()) return document;
  SEED_TRY_VOID(check_status(http_status));
  if (body.empty()) return fail(FaultCode::malformed, "the tracker's answer is empty");
  return fail(FaultCode::malformed, "the answer is not a tracker's");
}

std::optional<Refusal> refusal_in(const bencode::Value& reply) {
  const auto reason = reply.find("failure reason");
  if (!reason) return std::nullopt;
  Refusal refusal;
  refusal.text = sane_text(reason->as_string().value_or(Bytes{}));
  if (refusal.text.empty()) refusal.text = "the tracker gave no reason";
  if (const auto retry = reply.find("retry in")) read_retry(*retry, refusal);
  return refusal;
}

Result<void> check_status(int http_status) {
  if (http_status >= 200 && http_status < 300) return {};
  return fail(FaultCode::refused, fmt::format("the tracker answered HTTP {}", http_status));
}

}  // namespace seed::tracker
