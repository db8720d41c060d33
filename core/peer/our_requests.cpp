#include "core/peer/our_requests.h"

namespace seed::peer {

bool OurRequests::withdraw(const BlockRef& block) {
  if (!take(block)) return false;
  ++late_;
  return true;
}

std::vector<BlockRef> OurRequests::withdraw_all() {
  auto out = queue_.take_if([](const BlockRef&) { return true; });
  late_ += out.size();
  return out;
}

bool OurRequests::explain_late() {
  if (late_ == 0) {
    ++strays_;
    return false;
  }
  --late_;
  return true;
}

void OurRequests::refuse_late() {
  if (late_ != 0) --late_;
}

}  // namespace seed::peer
