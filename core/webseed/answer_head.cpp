#include "core/webseed/answer_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/ascii.h"
#include "core/base/http_status.h"

namespace seed::webseed {
namespace {

using Verdict = Judgement::Verdict;

/// Takes a number off the front; nothing for none, or one beyond 64 bits.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return out;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

Judgement absent(std::string why) { return {.verdict = Verdict::absent, .why = std::move(why)}; }
Judgement failed(std::string why) { return {.verdict = Verdict::failed, .why = std::move(why)}; }

Judgement other_length(std::uint64_t theirs, std::uint64_t ours) {
  return absent(fmt::format("its file has {} bytes, the torrent's {}", theirs, ours));
}

/// 206: the range that was asked for, or the beginning of it.
Judgement judge_part(const AnswerHead& head, const Asked& asked) {
  const auto range = parse_content_range(head.content_range);
  if (!range) return failed("says not which part of the file it sends");
  if (range->size && *range->size != asked.file_length)
    return other_length(*range->size, asked.file_length);
  const std::uint64_t length = range->last - range->first + 1;
  if (range->first != asked.offset || length > asked.length)
    return failed("sends another part of the file than it was asked for");
  if (head.content_length && *head.content_length != length)
    return failed("contradicts itself about how much it sends");
  return {.verdict = Verdict::take, .ends_there = length == asked.length};
}

/// 200: all of the file, from a server that serves no ranges.
Judgement judge_whole(const AnswerHead& head, const Asked& asked) {
  if (head.content_length && *head.content_length != asked.file_length)
    return other_length(*head.content_length, asked.file_length);
  if (asked.offset > skip_bytes_max)
    return absent(
        fmt::format("serves no parts of files, and this one has {} bytes", asked.file_length));
  return {.verdict = Verdict::take,
          .skip = asked.offset,
          .ends_there = asked.offset + asked.length == asked.file_length};
}

Judgement judge_refusal(const AnswerHead& head, const Asked& asked) {
  const std::string said = fmt::format("{} {}", head.status, reason_of(head.status));
  switch (head.status) {
    case 404:
    case 410:
    case 451:  // RFC 7725
      return absent("answers " + said);
    case 416: {
      // RFC 9110, 14.4: "bytes */1234" is how long it is.
      std::string_view text = head.content_range;
      if (text.starts_with("bytes */")) {
        text.remove_prefix(8);
        if (const auto size = take_number(text)) return other_length(*size, asked.file_length);
      }
      return absent("its file is shorter than the torrent's");
    }
    default: {
      Judgement out = failed("answers " + said);
      out.retry_after = parse_retry_after(head.retry_after);
      return out;
    }
  }
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view unit = "bytes ";
  if (text.size() < unit.size() || !same_but_for_case(text.substr(0, unit.size()), unit))
    return std::nullopt;
  text.remove_prefix(unit.size());
  const auto first = take_number(text);
  if (!first || !take(text, '-')) return std::nullopt;
  const auto last = take_number(text);
  if (!last || !take(text, '/')) return std::nullopt;
  ContentRange out{*first, *last};
  // Of 2^64 octets nobody could say how many they are.
  if (*first > *last || *last == ~std::uint64_t{0}) return std::nullopt;
  if (text == "*") return out;
  out.size = take_number(text);
  if (!out.size || !text.empty() || *out.size <= *last) return std::nullopt;
  return out;
}

std::optional<Duration> parse_retry_after(std::string_view text) {
  const auto seconds = take_number(text);
  if (!seconds || !text.empty()) return std::nullopt;
  // What is more than a year is as good as a year, and can be counted.
  constexpr std::uint64_t year = std::uint64_t{365} * 24 * 3600;
  return std::chrono::seconds(std::min(*seconds, year));
}

Judgement judge(const AnswerHead& head, const Asked& asked) {
  if (head.status != 200 && head.status != 206) return judge_refusal(head, asked);
  if (!head.content_encoding.empty() && !same_but_for_case(head.content_encoding, "identity"))
    return absent("sends it encoded though asked not to");
  constexpr std::string_view several = "multipart/";
  if (head.content_type.size() >= several.size() &&
      same_but_for_case(std::string_view(head.content_type).substr(0, several.size()), several) &&
      head.status == 206)
    return failed("sends several parts though asked for one");
  return head.status == 206 ? judge_part(head, asked) : judge_whole(head, asked);
}

}  // namespace seed::webseed
