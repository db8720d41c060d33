// LINK: seed::blocklist
// A list of any octets is refused, or a table that is kept and comes back the same; so is what is
// kept. What a line says is in the table, and the simplest lines say what they say to a naive eye.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/blocklist/gunzip.h"
#include "core/blocklist/line.h"
#include "core/blocklist/list.h"

namespace {

using namespace seed;

/// Of "a.b.c.d-e.f.g.h" in plain decimal numbers and nothing else.
std::optional<blocklist::AddressRange> naive_range(const std::string& line) {
  if (line.find_first_not_of("0123456789.-") != line.npos) return std::nullopt;
  // A second one would be a sign.
  if (std::ranges::count(line, '-') != 1) return std::nullopt;
  unsigned n[8] = {};
  int end = -1;
  std::sscanf(line.c_str(), "%3u.%3u.%3u.%3u-%3u.%3u.%3u.%3u%n", &n[0], &n[1], &n[2], &n[3], &n[4],
              &n[5], &n[6], &n[7], &end);
  if (end < 0 || static_cast<std::size_t>(end) != line.size()) return std::nullopt;
  for (const unsigned octet : n)
    if (octet > 255) return std::nullopt;
  const IpAddress first = IpAddress::v4(n[0] << 24 | n[1] << 16 | n[2] << 8 | n[3]);
  const IpAddress last = IpAddress::v4(n[4] << 24 | n[5] << 16 | n[6] << 8 | n[7]);
  if (last < first) return std::nullopt;
  return blocklist::AddressRange{first, last};
}

void check_line(const blocklist::Table& table, const std::string& line) {
  const blocklist::Line read = blocklist::parse_line(line);
  if (const auto range = naive_range(line))
    SEED_CHECK(read.kind == blocklist::LineKind::rule && read.range == *range);
  if (read.kind != blocklist::LineKind::rule) return;
  SEED_CHECK(table.contains(read.range.first) && table.contains(read.range.last));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto check = [](const blocklist::Table& table) {
    const Buffer kept = table.encode();
    const auto again = blocklist::Table::decode(kept);
    SEED_CHECK(again && again->size() == table.size() && again->encode() == kept);
  };
  if (const auto list = blocklist::parse_list({data, size})) {
    SEED_CHECK(!list->table.empty());
    check(list->table);
    // The mark is the list's, not the line's; a longer line is passed over.
    std::string_view text = as_text({data, size});
    if (!blocklist::is_gzip({data, size}) && !text.starts_with("\xef\xbb\xbf"))
      while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
        if (end <= limits::blocklist_line_bytes_max)
          check_line(list->table, std::string(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
      }
  }
  if (const auto table = blocklist::Table::decode({data, size})) check(*table);
  return 0;
}
