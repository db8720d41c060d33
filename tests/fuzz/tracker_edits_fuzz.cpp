// LINK: seed::session
// An order for a list of trackers, in lines: "=" sets the list so far as a text, "+url" adds, "-id"
// removes, "id url" replaces. What comes out keeps its bounds, and reads back the same.
#include <charconv>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/session/tracker_edits.h"

using namespace seed;
using namespace seed::session;

namespace {

std::string text_of(const tracker::TierList& tiers) {
  std::string out;
  for (const auto& tier : tiers) {
    for (const auto& url : tier) out += url + "\n";
    out += "\n";
  }
  return out;
}

void check_bounds(const tracker::TierList& tiers) {
  std::size_t count = 0;
  for (const auto& tier : tiers) {
    SEED_CHECK(!tier.empty());
    count += tier.size();
  }
  SEED_CHECK(count <= limits::trackers_per_torrent_max);
  SEED_CHECK(parse_tracker_list(text_of(tiers)) == tiers);
}

void take_line(SetOrder& order, std::string line, std::string& list) {
  const auto number = [](std::string_view text) {
    std::int64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
  };
  if (line == "=")
    order.tracker_list = std::exchange(list, {});
  else if (line.starts_with('+'))
    order.tracker_add.push_back(line.substr(1));
  else if (line.starts_with('-'))
    order.tracker_remove.push_back(number(std::string_view(line).substr(1)));
  else if (const auto space = line.find(' '); space != line.npos)
    order.tracker_replace.emplace_back(number(line), line.substr(space + 1));
  else
    list += line + "\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = as_text({data, size});
  const std::string whole(rest);
  const auto strict = parse_tracker_list(whole);
  const auto lenient = default_tracker_list(whole);
  check_bounds(lenient);
  if (strict) SEED_CHECK(*strict == lenient);
  SetOrder order;
  std::string list;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    take_line(order, std::string(line), list);
  }
  const tracker::TierList before{{"http://a.example/announce", "udp://b.example:80"},
                                 {"https://c.example/x"}};
  const TrackerUrls urls{{0, before[0][0]}, {1, before[0][1]}, {2, before[1][0]}};
  const TrackerEdits edits(order);
  const auto edit = edits.edit(before, urls);
  check_bounds(edit.tiers);
  if (!edits.any()) SEED_CHECK(edit.tiers == before && !edit.error);
  return 0;
}
