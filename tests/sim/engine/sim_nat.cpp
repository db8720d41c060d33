#include "tests/sim/engine/sim_nat.h"

#include <algorithm>

namespace seed::sim {

Endpoint SimNat::out(const Endpoint& inner, const Endpoint& to) {
  if (kind_ == Nat::none) return inner;
  sent_[inner].insert(to);
  if (kind_ != Nat::symmetric) return inner;
  const auto [place, fresh] = outers_.try_emplace({inner, to}, inner.address, next_port_);
  if (fresh) {
    by_outer_.emplace(place->second, std::pair(inner, to));
    ++next_port_;
  }
  return place->second;
}

std::optional<Endpoint> SimNat::in(const Endpoint& outer, const Endpoint& from) const {
  if (kind_ == Nat::none) return outer;
  if (kind_ == Nat::symmetric) {
    const auto found = by_outer_.find(outer);
    if (found == by_outer_.end() || found->second.second != from) return std::nullopt;
    return found->second.first;
  }
  const auto sent = sent_.find(outer);
  if (sent == sent_.end()) return std::nullopt;
  const bool let_in =
      kind_ == Nat::full_cone || (kind_ == Nat::port_restricted && sent->second.contains(from)) ||
      (kind_ == Nat::restricted && std::ranges::any_of(sent->second, [&](const Endpoint& known) {
         return known.address == from.address;
       }));
  return let_in ? std::optional(outer) : std::nullopt;
}

}  // namespace seed::sim
