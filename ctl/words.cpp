#include "ctl/words.h"

#include <algorithm>
#include <charconv>

#include "core/base/ascii.h"

namespace seed::ctl {

namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t out = 0;
  if (!is_decimal(text)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (true) {
    const std::size_t end = text.find(separator);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::vector<std::int64_t>> parse_numbers(std::string_view text) {
  std::vector<std::int64_t> out;
  for (const std::string_view part : split(text, ',')) {
    const std::size_t dash = part.find('-');
    const auto first = whole_number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : whole_number(part.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    if (*last - *first >= static_cast<std::int64_t>(numbers_max - out.size())) return std::nullopt;
    // Counted by steps: the number after the largest there is is none.
    for (std::int64_t step = 0; step <= *last - *first; ++step) out.push_back(*first + step);
  }
  return out;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ascii_lower(c);
  return out;
}

std::string said_once(std::string_view text) {
  const std::size_t colon = text.find(": ");
  if (colon == 0 || colon == std::string_view::npos) return std::string(text);
  const std::string_view host = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 2);
  const bool again = host.find(' ') == std::string_view::npos && rest.find(host) != rest.npos;
  return std::string(again ? rest : text);
}

bool is_decimal(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_hex(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

}  // namespace seed::ctl
