#include "core/session/tracker_edits.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/base/limits.h"
#include "core/base/url.h"

namespace seed::session {

namespace {

bool usable_tracker(const std::string& url) {
  const auto parsed = Url::parse(url);
  return parsed && (parsed->scheme == "http" || parsed->scheme == "https" ||
                    (parsed->scheme == "udp" && parsed->port != 0));
}

std::size_t count_of(const tracker::TierList& tiers) {
  std::size_t count = 0;
  for (const auto& tier : tiers) count += tier.size();
  return count;
}

/// The URLs of a list; copies, because the list changes under them.
std::unordered_set<std::string> urls_of(const tracker::TierList& tiers) {
  std::unordered_set<std::string> out;
  for (const auto& tier : tiers) out.insert(tier.begin(), tier.end());
  return out;
}

/// The first limits::trackers_per_torrent_max.
void cut(tracker::TierList& tiers) {
  std::size_t left = limits::trackers_per_torrent_max;
  for (auto& tier : tiers) {
    tier.resize(std::min(tier.size(), left));
    left -= tier.size();
  }
  std::erase_if(tiers, [](const auto& tier) { return tier.empty(); });
}

/// Calls `each` with every line, without blanks; false from it ends the walk.
template <typename Each>
bool each_line(const std::string& text, Each&& each) {
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    std::erase_if(line, [](char c) { return c == '\r' || c == ' ' || c == '\t'; });
    if (!each(std::move(line))) return false;
  }
  return true;
}

void append(tracker::TierList& tiers, std::string line) {
  if (!line.empty())
    tiers.back().push_back(std::move(line));
  else if (!tiers.back().empty())
    tiers.emplace_back();
}

void end_list(tracker::TierList& tiers) {
  if (tiers.back().empty()) tiers.pop_back();
  cut(tiers);
}

}  // namespace

std::optional<tracker::TierList> parse_tracker_list(const std::string& text) {
  tracker::TierList tiers(1);
  const bool usable = each_line(text, [&](std::string line) {
    if (!line.empty() && !usable_tracker(line)) return false;
    append(tiers, std::move(line));
    return true;
  });
  if (!usable) return std::nullopt;
  end_list(tiers);
  return tiers;
}

tracker::TierList default_tracker_list(const std::string& text) {
  tracker::TierList tiers(1);
  each_line(text, [&](std::string line) {
    if (line.empty() || usable_tracker(line)) append(tiers, std::move(line));
    return true;
  });
  end_list(tiers);
  return tiers;
}

TrackerEdits::TrackerEdits(const SetOrder& order)
    : list_given_(order.tracker_list.has_value()),
      add_given_(!order.tracker_add.empty()),
      remove_given_(!order.tracker_remove.empty()),
      replace_given_(!order.tracker_replace.empty()) {
  if (order.tracker_list) list_ = parse_tracker_list(*order.tracker_list);
  std::unordered_set<std::string_view> seen;
  for (const auto& url : order.tracker_add)
    if (seen.insert(url).second && usable_tracker(url)) add_.push_back(url);
  remove_ = order.tracker_remove;
  for (const auto& item : order.tracker_replace)
    if (usable_tracker(item.second)) replace_.push_back(item);
}

TrackerEdit TrackerEdits::edit(tracker::TierList tiers, const TrackerUrls& urls) const {
  TrackerEdit out{std::move(tiers), std::nullopt};
  if (list_)
    out.tiers = *list_;
  else if (list_given_)
    out.error = OrderError{OrderErrorCode::tracker_list_invalid, "Invalid tracker list"};
  // Each of the three must change something, if it says anything.
  const auto expect = [&](bool given, bool changed) {
    if (given && !changed)
      out.error = OrderError{OrderErrorCode::tracker_list_unchanged, "error setting announce list"};
  };
  expect(add_given_, add_given_ && add(out.tiers));
  expect(remove_given_, remove_given_ && remove(out.tiers, urls));
  expect(replace_given_, replace_given_ && replace(out.tiers, urls));
  std::erase_if(out.tiers, [](const auto& tier) { return tier.empty(); });
  return out;
}

bool TrackerEdits::add(tracker::TierList& tiers) const {
  const auto known = urls_of(tiers);
  std::size_t count = count_of(tiers);
  bool added = false;
  for (const auto& url : add_) {
    if (count >= limits::trackers_per_torrent_max) break;
    if (known.contains(url)) continue;
    tiers.push_back({url});
    ++count;
    added = true;
  }
  return added;
}

bool TrackerEdits::remove(tracker::TierList& tiers, const TrackerUrls& urls) const {
  std::unordered_set<std::string_view> gone;
  for (const auto id : remove_)
    if (const auto found = urls.find(id); found != urls.end()) gone.insert(found->second);
  if (gone.empty()) return false;
  bool removed = false;
  for (auto& tier : tiers)
    removed =
        std::erase_if(tier, [&](const auto& url) { return gone.contains(url); }) > 0 || removed;
  return removed;
}

bool TrackerEdits::replace(tracker::TierList& tiers, const TrackerUrls& urls) const {
  auto known = urls_of(tiers);
  bool replaced = false;
  for (const auto& [id, with] : replace_) {
    // Ids belong to one torrent: of most orders most torrents have none.
    const auto found = urls.find(id);
    if (found == urls.end() || known.contains(with) || known.erase(found->second) == 0) continue;
    for (auto& tier : tiers) std::ranges::replace(tier, found->second, with);
    known.insert(with);
    replaced = true;
  }
  return replaced;
}

}  // namespace seed::session
