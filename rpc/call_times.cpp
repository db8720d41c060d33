#include "rpc/call_times.h"

#include <algorithm>

#include "rpc/methods.h"

namespace seed::rpc {

CallTimes::CallTimes() : by_place_(methods().size()) {}

CallTimes::OfMethod& CallTimes::of(std::string_view method) {
  const auto all = methods();
  const auto found = std::ranges::find(all, method, [](const Method* row) { return row->name; });
  return by_place_.at(static_cast<std::size_t>(found - all.begin()));
}

std::vector<CallTimes::Facts> CallTimes::facts() const {
  std::vector<Facts> out;
  for (std::size_t place = 0; place < by_place_.size(); ++place) {
    const OfMethod& row = by_place_[place];
    Facts facts{methods()[place]->name, row.calls.copy(), row.loop.copy(),
                row.errors.load(std::memory_order_relaxed)};
    if (facts.calls.count() > 0) out.push_back(std::move(facts));
  }
  return out;
}

}  // namespace seed::rpc
