#include "core/tracker/scrape.h"

#include <algorithm>

namespace seed::tracker {

const ScrapeCounts* ScrapeReply::find(const Sha1& info_hash) const {
  const auto found = std::ranges::find(entries, info_hash, &ScrapeEntry::info_hash);
  return found == entries.end() ? nullptr : &found->counts;
}

}  // namespace seed::tracker
