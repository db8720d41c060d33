// TrackerCounts: how often each tracker's host was asked, and how often in vain.
//
// Bound: hosts_max by name; all others together are "other".
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/session/snapshot.h"

namespace seed::session {

class TrackerCounts {
 public:
  /// As many lines as people look at.
  static constexpr std::size_t hosts_max = 50;

  /// An announce to `host` has ended. `failed`: there was no answer, or it was a refusal.
  void on_announce(const std::string& host, bool failed) {
    TrackerHostFacts& counts = of(host);
    ++counts.announces;
    if (failed) ++counts.announce_errors;
  }
  void on_scrape(const std::string& host, bool failed) {
    TrackerHostFacts& counts = of(host);
    ++counts.scrapes;
    if (failed) ++counts.scrape_errors;
  }

  /// By name; "other" is the last, if there is any.
  std::vector<TrackerHostFacts> facts() const {
    std::vector<TrackerHostFacts> out;
    out.reserve(hosts_.size() + 1);
    for (const auto& [host, counts] : hosts_) out.push_back(counts);
    if (other_.announces + other_.scrapes > 0) out.push_back(other_);
    return out;
  }

 private:
  TrackerHostFacts& of(const std::string& host) {
    if (const auto found = hosts_.find(host); found != hosts_.end()) return found->second;
    if (hosts_.size() >= hosts_max) return other_;
    TrackerHostFacts& counts = hosts_[host];
    counts.host = host;
    return counts;
  }

  std::map<std::string, TrackerHostFacts> hosts_;
  TrackerHostFacts other_{.host = "other"};
};

}  // namespace seed::session
