#include "core/session/tracker_edits.h"

#include <algorithm>
#include <utility>

#include "core/base/url.h"
#include "core/torrent/announcing.h"

namespace seed::session {

namespace {

bool usable_tracker(const std::string& url) {
  const auto parsed = Url::parse(url);
  return parsed && (parsed->scheme == "http" || parsed->scheme == "https" ||
                    (parsed->scheme == "udp" && parsed->port != 0));
}

bool add(tracker::TierList& tiers, const std::string& url) {
  if (!usable_tracker(url) || torrent::has_url(tiers, url)) return false;
  tiers.push_back({url});
  return true;
}

bool remove(tracker::TierList& tiers, const std::string& url) {
  bool removed = false;
  for (auto& tier : tiers) removed = std::erase(tier, url) > 0 || removed;
  return removed;
}

bool replace(tracker::TierList& tiers, const std::string& url, const std::string& with) {
  if (url.empty() || !usable_tracker(with) || torrent::has_url(tiers, with)) return false;
  bool replaced = false;
  for (auto& tier : tiers)
    for (auto& item : tier)
      if (item == url) {
        item = with;
        replaced = true;
      }
  return replaced;
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

TrackerEdit edit_trackers(tracker::TierList tiers, const SetOrder& order,
                          const std::function<std::string(std::int64_t)>& url_of) {
  TrackerEdit edit{std::move(tiers), std::nullopt};
  if (order.tracker_list) {
    if (auto list = parse_tracker_list(*order.tracker_list))
      edit.tiers = *std::move(list);
    else
      edit.error = OrderError{OrderErrorCode::tracker_list_invalid, "Invalid tracker list"};
  }
  // Each of the three must change something, if it says anything.
  const auto carry_out = [&](const auto& items, auto&& change) {
    bool changed = false;
    for (const auto& item : items) changed = change(item) || changed;
    if (!items.empty() && !changed)
      edit.error =
          OrderError{OrderErrorCode::tracker_list_unchanged, "error setting announce list"};
  };
  carry_out(order.tracker_add, [&](const auto& url) { return add(edit.tiers, url); });
  carry_out(order.tracker_remove, [&](const auto& id) { return remove(edit.tiers, url_of(id)); });
  carry_out(order.tracker_replace,
            [&](const auto& item) { return replace(edit.tiers, url_of(item.first), item.second); });
  std::erase_if(edit.tiers, [](const auto& tier) { return tier.empty(); });
  return edit;
}

}  // namespace seed::session
