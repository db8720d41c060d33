#include "core/trackerd/choice.h"

#include <algorithm>
#include <array>

namespace seed::trackerd {
namespace {

using Position = PeerList::Position;
using Positions = std::vector<Position>;

bool may_tell(const PeerList& list, const Choice& choice, Position at) {
  return (choice.private_too || !list.stamp(at).is_private) &&
         !equal(list.peer_id(at), choice.asker);
}

Position tellable(const PeerList& list, const Choice& choice) {
  return choice.seeds ? list.size() : list.leechers();
}

Position below(Position bound, Rng& rng) { return static_cast<Position>(rng.below(bound)); }

/// 0 for the nearest; all are where nobody asked for near ones.
std::size_t distance(Bytes near, Bytes other) {
  if (near.empty()) return 0;
  const std::size_t nearest = near.size() == 4 ? 3 : 6;
  const std::size_t nearer = near.size() == 4 ? 2 : 4;
  if (std::ranges::equal(near.first(nearest), other.first(nearest))) return 0;
  return std::ranges::equal(near.first(nearer), other.first(nearer)) ? 1 : 2;
}

void look_through(const PeerList& list, const Choice& choice, Rng& rng, Positions& out) {
  const Position count = tellable(list, choice);
  if (count == 0) return;
  std::array<Positions, 3> found;
  Position at = below(count, rng);
  for (std::size_t left = std::min<std::size_t>(count, Choice::looked_at_max); left > 0; --left) {
    if (may_tell(list, choice, at)) found[distance(choice.near, list.address(at))].push_back(at);
    at = at + 1 == count ? 0 : at + 1;
  }
  for (Positions& ring : found) {
    for (std::size_t i = 0; i < ring.size() && out.size() < choice.wanted; ++i) {
      std::swap(ring[i], ring[i + below(static_cast<Position>(ring.size() - i), rng)]);
      out.push_back(ring[i]);
    }
  }
}

void choose_by_dice(const PeerList& list, const Choice& choice, Rng& rng, Positions& out) {
  const Position count = tellable(list, choice);
  // One more than wanted, for one may be who asks.
  const std::size_t parts = choice.wanted + 1;
  if (count <= parts) return look_through(list, choice, rng, out);
  // Turned by dice, for the last part is left out where the asker was in none.
  const Position turn = below(count, rng);
  for (std::size_t part = 0; part < parts; ++part) {
    const std::size_t begin = part * count / parts;
    const std::size_t end = (part + 1) * count / parts;
    const auto drawn = static_cast<std::size_t>(begin + rng.below(end - begin)) + turn;
    out.push_back(static_cast<Position>(drawn < count ? drawn : drawn - count));
    list.fetch(out.back());
  }
  std::erase_if(out, [&](Position at) { return !may_tell(list, choice, at); });
  if (out.size() > choice.wanted) out.pop_back();
  if (out.size() == choice.wanted) return;
  // Some of those drawn are of local networks.
  out.clear();
  look_through(list, choice, rng, out);
}

}  // namespace

void choose(const PeerList& list, const Choice& choice, Rng& rng, Positions& out) {
  out.clear();
  if (choice.wanted == 0) return;
  if (choice.near.empty())
    choose_by_dice(list, choice, rng, out);
  else
    look_through(list, choice, rng, out);
}

}  // namespace seed::trackerd
