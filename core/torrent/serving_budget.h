// ServingBudget: how much each link may ask for that is not metered as payload is: metadata,
// hashes. What is beyond is refused, as BEP 9 proposes against floods.
#pragma once

#include <algorithm>
#include <unordered_map>

#include "core/base/ids.h"
#include "core/base/instant.h"

namespace seed::torrent {

class ServingBudget {
 public:
  ServingBudget(double per_second_max, double burst_max)
      : per_second_max_(per_second_max), burst_max_(burst_max) {}

  /// False, and nothing is spent, when the link has not so much left.
  bool spend(LinkId link, double cost, Instant now) {
    auto& account = accounts_.try_emplace(link, Account{burst_max_, now}).first->second;
    account.left =
        std::min(burst_max_, account.left + seconds_of(now - account.at) * per_second_max_);
    account.at = now;
    if (account.left < cost) return false;
    account.left -= cost;
    return true;
  }
  void on_gone(LinkId link) { accounts_.erase(link); }

 private:
  struct Account {
    double left;
    Instant at;
  };

  double per_second_max_;
  double burst_max_;
  std::unordered_map<LinkId, Account, SlotIdHash<struct LinkTag>> accounts_;
};

}  // namespace seed::torrent
