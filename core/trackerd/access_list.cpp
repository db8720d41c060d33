#include "core/trackerd/access_list.h"

#include <algorithm>
#include <utility>

namespace seed::trackerd {

void AccessList::set_list(std::vector<Sha1> info_hashes) {
  if (info_hashes.size() > listed_max) info_hashes.resize(listed_max);
  listed_ = std::move(info_hashes);
  std::ranges::sort(listed_);
  const auto doublets = std::ranges::unique(listed_);
  listed_.erase(doublets.begin(), doublets.end());
  listed_.shrink_to_fit();
}

bool AccessList::admits(const Sha1& info_hash) const {
  return !listed_only_ || own_.contains(info_hash) ||
         std::ranges::binary_search(listed_, info_hash);
}

}  // namespace seed::trackerd
