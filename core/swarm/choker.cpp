#include "core/swarm/choker.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace seed::swarm {

namespace {

using Links = std::vector<LinkId>;

/// A link that may have a slot, with dice for what is equal otherwise.
struct Contender {
  const ChokeFacts* facts = nullptr;
  std::uint64_t dice = 0;
  ChokeState::Turn* turn = nullptr;
};

std::vector<Contender> contenders(std::span<const ChokeFacts> facts, Rng& rng) {
  std::vector<Contender> out;
  for (const ChokeFacts& it : facts)
    if (it.interested && !it.upload_only) out.push_back({&it, rng.next(), nullptr});
  return out;
}

// Who gives most is first; equals keep what they have. Between rounds nobody loses a regular slot,
// so those who have one come first.
void rank_for_leech(std::vector<Contender>& who, bool round, LinkId optimistic) {
  std::ranges::sort(who, {}, [&](const Contender& it) {
    const bool regular = it.facts->unchoked && it.facts->link != optimistic;
    return std::tuple(!round && !regular, ~it.facts->rate_to_us, !it.facts->unchoked, it.dice);
  });
}

LinkId draw_optimistic(const std::vector<Contender>& from, Instant now, Rng& rng) {
  const auto weight = [now](const Contender& it) {
    return now - it.facts->connected_at < new_peer_age ? new_peer_weight : std::uint64_t{1};
  };
  std::uint64_t sum = 0;
  for (const Contender& it : from) sum += weight(it);
  std::uint64_t dice = rng.below(sum);
  for (const Contender& it : from) {
    if (dice < weight(it)) return it.facts->link;
    dice -= weight(it);
  }
  return {};
}

// The optimistic slot stays with its peer for its time, unless that peer left, lost interest, is
// regular now, or may not be asked at all.
void take_optimistic(const std::vector<Contender>& rest, Instant now, Rng& rng, ChokeState& state,
                     Links& out) {
  const auto same = [&](const Contender& it) { return it.facts->link == state.optimistic; };
  const bool there = std::ranges::any_of(rest, same);
  if (there && now < state.optimistic_until) {
    out.push_back(state.optimistic);
    return;
  }
  std::vector<Contender> others;
  for (const Contender& it : rest)
    if (!same(it)) others.push_back(it);
  if (others.empty()) others = rest;
  state.optimistic = others.empty() ? LinkId{} : draw_optimistic(others, now, rng);
  if (!state.optimistic) return;
  state.optimistic_until = now + optimistic_turn;
  out.push_back(state.optimistic);
}

ChokeState::Turn& turn_of(ChokeState& state, LinkId link) {
  const auto found = std::ranges::lower_bound(state.turns, link, {}, &ChokeState::Turn::link);
  if (found != state.turns.end() && found->link == link) return *found;
  ChokeState::Turn fresh;
  fresh.link = link;
  fresh.turns = state.turns_floor;
  return *state.turns.insert(found, fresh);
}

void forget_gone(std::span<const ChokeFacts> facts, ChokeState& state) {
  Links present;
  for (const ChokeFacts& it : facts) present.push_back(it.link);
  std::ranges::sort(present);
  std::erase_if(state.turns, [&](const ChokeState::Turn& turn) {
    return !std::ranges::binary_search(present, turn.link);
  });
}

bool turn_over(const ChokeFacts& facts, const ChokeState::Turn& turn, Instant now) {
  const Duration lasted = now - turn.began;
  const std::uint64_t took = facts.uploaded - std::min(facts.uploaded, turn.uploaded_then);
  return lasted >= turn_max || took >= turn_bytes_max ||
         (lasted >= turn_idle_after && took < turn_idle_bytes);
}

void end_turn(const ChokeFacts& facts, ChokeState::Turn& turn, Instant now) {
  const std::uint64_t took = facts.uploaded - std::min(facts.uploaded, turn.uploaded_then);
  const double lasted = std::max(seconds_of(now - turn.began), 1.0);
  turn.speed = static_cast<std::uint64_t>(static_cast<double>(took) / lasted);
  turn.had_turn = true;
  turn.began = never;
  if (std::exchange(turn.given, false)) ++turn.turns;
}

// Turns begin and end as the links gained, used and lost their slots.
void book_turns(std::span<const ChokeFacts> facts, Instant now, bool round, ChokeState& state) {
  for (const ChokeFacts& it : facts) {
    ChokeState::Turn& turn = turn_of(state, it.link);
    if (turn.began == never && it.unchoked) {
      turn.began = now;
      turn.uploaded_then = it.uploaded;
    }
    const bool lost = !it.unchoked || !it.interested || it.upload_only;
    if (turn.began != never && (lost || (round && turn_over(it, turn, now))))
      end_turn(it, turn, now);
  }
}

/// The slots in turns: to those in their turn, then to who had fewest.
Links give_turns(std::vector<Contender> who, std::size_t slots, Instant now, ChokeState& state) {
  if (who.empty()) return {};
  std::uint32_t floor = 0xffffffff;
  for (Contender& it : who) {
    it.turn = &turn_of(state, it.facts->link);
    // Who took no part had its slots elsewhere, or wanted none: it has nothing to make up for.
    it.turn->turns = std::max(it.turn->turns, state.turns_floor);
    floor = std::min(floor, it.turn->turns);
  }
  state.turns_floor = floor;
  // A newcomer's speed is unknown and given a chance.
  std::ranges::sort(who, {}, [](const Contender& it) {
    return std::tuple(it.turn->began == never, it.turn->began == never ? it.turn->turns : 0,
                      it.turn->had_turn, ~it.turn->speed, it.dice);
  });
  Links out;
  for (std::size_t i = 0; i < std::min(slots, who.size()); ++i) {
    ChokeState::Turn& turn = *who[i].turn;
    if (turn.began == never) {
      turn.began = now;
      turn.uploaded_then = who[i].facts->uploaded;
    }
    turn.given = true;
    out.push_back(turn.link);
  }
  for (std::size_t i = slots; i < who.size(); ++i)
    if (who[i].turn->began != never) end_turn(*who[i].facts, *who[i].turn, now);
  return out;
}

Links plan_leech(std::vector<Contender> who, std::size_t slots, Instant now, bool round, Rng& rng,
                 ChokeState& state) {
  rank_for_leech(who, round, state.optimistic);
  const std::size_t regular = slots > 1 ? slots - 1 : slots;
  Links out;
  std::vector<Contender> rest;
  // The peer of the optimistic slot keeps that slot until it earns one by what it sends.
  std::vector<Contender> snubbing;
  for (const Contender& it : who) {
    const bool keeps_optimistic = it.facts->link == state.optimistic &&
                                  now < state.optimistic_until && it.facts->rate_to_us == 0;
    if (out.size() == regular || (keeps_optimistic && slots > 1))
      rest.push_back(it);
    else if (snubbed(*it.facts, now) && (round || !it.facts->unchoked))
      snubbing.push_back(it);
    else
      out.push_back(it.facts->link);
  }
  // What nobody earns is given all the same: where all have from one seed, nobody could earn it.
  const Links turns = give_turns(snubbing, regular - out.size(), now, state);
  out.insert(out.end(), turns.begin(), turns.end());
  for (const Contender& it : snubbing)
    if (std::ranges::find(turns, it.facts->link) == turns.end()) rest.push_back(it);
  if (slots > 1) take_optimistic(rest, now, rng, state, out);
  return out;
}

}  // namespace

bool snubbed(const ChokeFacts& facts, Instant now) {
  if (facts.wanting_since == never) return false;
  return now - std::max(facts.wanting_since, facts.last_block_at) >= snubbed_after;
}

std::vector<LinkId> plan_unchokes(std::span<const ChokeFacts> facts, const ChokeTerms& terms,
                                  Instant now, Rng& rng, ChokeState& state) {
  const bool round = now >= state.next_round;
  if (round) state.next_round = now + choke_round;
  forget_gone(facts, state);
  book_turns(facts, now, round, state);
  std::vector<Contender> who = contenders(facts, rng);
  Links out;
  if (terms.slots > 0 && !who.empty()) {
    if (terms.seeding)
      out = give_turns(std::move(who), terms.slots, now, state);
    else
      out = plan_leech(std::move(who), terms.slots, now, round, rng, state);
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace seed::swarm
