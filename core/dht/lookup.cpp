#include "core/dht/lookup.h"

#include <algorithm>
#include <utility>

#include "core/dht/holder.h"

namespace seed::dht {
namespace {

/// The point furthest from `target`.
NodeId opposite(const NodeId& target) {
  NodeId out;
  std::ranges::transform(target.octets, out.octets.begin(),
                         [](std::uint8_t octet) { return static_cast<std::uint8_t>(~octet); });
  return out;
}

/// How far away the furthest of the nodes is; nothing when they are fewer than an answer holds.
std::optional<NodeId> horizon_of(const NodeId& target, std::span<const NodeContact> nodes) {
  if (nodes.size() < Lookup::results_max) return std::nullopt;
  NodeId out;
  for (const NodeContact& node : nodes) out = std::max(out, distance(target, node.id));
  return out;
}

}  // namespace

void Lookup::start(std::span<const NodeContact> nodes) {
  for (const NodeContact& node : nodes) add(node, 1, std::nullopt);
}

void Lookup::start(const Endpoint& endpoint) {
  const NodeContact contact{opposite(target_), endpoint};
  add(contact, 1, std::nullopt);
  const auto added = std::ranges::find(candidates_, contact, &Candidate::contact);
  if (added != candidates_.end()) added->id_known = false;
}

std::optional<NodeContact> Lookup::next_to_ask(Instant now) {
  if (count_open(false) >= options_.parallel || count_open(true) >= options_.open_max || done())
    return std::nullopt;
  auto row = progress().next;
  if (!row && !suspect_open()) {
    row = next_suspect();
    if (row) ++suspects_asked_;
  }
  if (!row) return std::nullopt;
  Candidate& chosen = candidates_[*row];
  chosen.state = State::asked;
  asked_.insert(chosen.contact.endpoint);
  if (statistics_.asked++ == 0) began_ = now;
  return chosen.contact;
}

void Lookup::on_answer(const NodeContact& from, std::span<const NodeContact> nodes, Bytes token,
                       Instant now) {
  Candidate* found = find_open(from.endpoint);
  if (found == nullptr) return;
  Candidate candidate = std::move(*found);
  candidates_.erase(candidates_.begin() + (found - candidates_.data()));
  ++statistics_.answered;
  statistics_.took = now - began_;
  if (from.id == options_.own) return;

  const std::size_t informant = informants_.size();
  informants_.emplace_back();
  const NodeId named = std::exchange(candidate.contact.id, from.id);
  if (named == from.id)
    for (const std::size_t row : candidate.named_by) ++informants_[row].right;
  const auto blamed = named == from.id ? std::vector<std::size_t>{} : candidate.named_by;
  candidate.chose_id = candidate.id_known && closer(target_, from.id, named);
  candidate.id_known = true;
  candidate.state = State::answered;
  candidate.otherwise.reset();
  if (token.size() <= token_bytes_max) candidate.token = to_buffer(token);
  nodes = nodes.first(std::min(nodes.size(), nodes_per_answer_max));
  candidate.horizon = horizon_of(target_, nodes);
  candidate.informant = informant;
  const std::size_t hop = candidate.hop + 1;
  insert(std::move(candidate));
  was_wrong(blamed);
  add_named(from, nodes, hop, informant);
}

void Lookup::on_slow(const Endpoint& endpoint) {
  Candidate* candidate = find_open(endpoint);
  if (candidate == nullptr || candidate->state == State::slow) return;
  candidate->state = State::slow;
  ++statistics_.slow;
}

void Lookup::on_failure(const Endpoint& endpoint) {
  Candidate* found = find_open(endpoint);
  if (found == nullptr) return;
  found->state = State::failed;
  ++statistics_.failed;
  const auto blamed = found->named_by;
  try_otherwise(*found);
  was_wrong(blamed);
}

std::optional<Lookup::Aside> Lookup::next_aside() {
  if (count_open(false) >= options_.parallel || count_open(true) >= options_.open_max)
    return std::nullopt;
  const auto row = progress().aside;
  if (!row) return std::nullopt;
  Candidate& chosen = candidates_[*row];
  chosen.aside = AsideState::asked;
  ++statistics_.asides;
  return Aside{chosen.contact, chosen.contact.id};
}

void Lookup::on_aside(const NodeContact& from, std::span<const NodeContact> nodes) {
  Candidate* asked = find_aside(from.endpoint);
  if (asked == nullptr) return;
  asked->aside = AsideState::over;
  if (asked->contact.id == from.id)
    add_named(from, nodes.first(std::min(nodes.size(), nodes_per_answer_max)), asked->hop + 1,
              asked->informant);
}

void Lookup::on_aside_slow(const Endpoint& endpoint) {
  if (Candidate* asked = find_aside(endpoint)) asked->aside = AsideState::slow;
}

void Lookup::on_aside_failure(const Endpoint& endpoint) {
  if (Candidate* asked = find_aside(endpoint)) asked->aside = AsideState::over;
}

bool Lookup::done() const {
  const Progress now = progress();
  if (now.next || now.aside || now.waiting) return false;
  return now.complete || (!next_suspect() && !suspect_open());
}

std::vector<NodeContact> Lookup::closest(std::size_t count) const {
  std::vector<NodeContact> out;
  for (const Candidate* candidate : results(false, count)) out.push_back(candidate->contact);
  return out;
}

std::vector<Lookup::WithToken> Lookup::closest_with_token(std::size_t count) const {
  std::vector<WithToken> out;
  for (const Candidate* candidate : results(true, count))
    out.push_back({candidate->contact, candidate->token});
  return out;
}

Lookup::Statistics Lookup::statistics() const {
  Statistics out = statistics_;
  for (const Candidate* candidate : results(false, results_max))
    out.hops = std::max(out.hops, candidate->hop);
  return out;
}

void Lookup::add(const NodeContact& contact, std::size_t hop,
                 std::optional<std::size_t> informant) {
  if (!can_be_sent_to(contact.endpoint) || contact.id == options_.own) return;
  const Endpoint holder = holder_of(contact.endpoint);
  const auto present = std::ranges::find_if(candidates_, [&](const Candidate& candidate) {
    return holder_of(candidate.contact.endpoint) == holder;
  });
  if (present != candidates_.end()) {
    if (informant) name_again(*present, {contact, *informant});
    return;
  }
  if (asked_.contains(contact.endpoint)) return;
  Candidate candidate;
  candidate.contact = contact;
  candidate.hop = hop;
  if (informant) candidate.named_by.push_back(*informant);
  insert(std::move(candidate));
}

void Lookup::add_named(const NodeContact& by, std::span<const NodeContact> nodes, std::size_t hop,
                       std::size_t informant) {
  for (const NodeContact& node : nodes)
    // Nobody out there tells us what to send into our own network.
    if (!node.endpoint.address.is_private() || by.endpoint.address.is_private())
      add(node, hop, informant);
}

void Lookup::name_again(Candidate& present, const Naming& naming) {
  if (present.contact != naming.contact) {
    // One of the two is wrong, perhaps so that the other is not asked.
    if (present.state == State::answered) return;
    present.otherwise = naming;
    if (present.state == State::failed || (present.state == State::fresh && suspect(present)))
      try_otherwise(present);
    return;
  }
  auto& named_by = present.named_by;
  const bool told = std::ranges::find(named_by, naming.informant) != named_by.end();
  // Who was begun with stands on nobody's word.
  if (!named_by.empty() && !told && named_by.size() < named_by_max)
    named_by.push_back(naming.informant);
}

/// Puts a candidate that was not there, or is not believed in, where another has named it.
void Lookup::try_otherwise(Candidate& present) {
  if (!present.otherwise || present.tries >= tries_max ||
      asked_.contains(present.otherwise->contact.endpoint))
    return;
  Candidate again;
  again.contact = present.otherwise->contact;
  again.hop = present.hop;
  again.tries = present.tries + 1;
  again.named_by.push_back(present.otherwise->informant);
  candidates_.erase(candidates_.begin() + (&present - candidates_.data()));
  insert(std::move(again));
}

/// Once somebody is a liar, those it named are looked for where others have named them.
void Lookup::was_wrong(const std::vector<std::size_t>& informants) {
  bool exposed = false;
  for (const std::size_t row : informants) {
    const bool before = liar(row);
    ++informants_[row].wrong;
    exposed = exposed || (!before && liar(row));
  }
  if (!exposed) return;
  const auto better_named = [this](const Candidate& one) {
    return one.state == State::fresh && one.tries < tries_max && one.otherwise && suspect(one) &&
           !liar(one.otherwise->informant) && !asked_.contains(one.otherwise->contact.endpoint);
  };
  for (;;) {
    const auto found = std::ranges::find_if(candidates_, better_named);
    if (found == candidates_.end()) return;
    try_otherwise(*found);
  }
}

void Lookup::insert(Candidate candidate) {
  candidate.away = distance(target_, candidate.contact.id);
  const auto at = std::ranges::upper_bound(candidates_, candidate.away, {}, &Candidate::away);
  candidates_.insert(at, std::move(candidate));
  if (candidates_.size() > candidates_max) trim();
}

/// Forgets one: a failed one, else a suspect if there are many, else the furthest; but none of the
/// results so far.
void Lookup::trim() {
  const auto kept = results(false, results_max);
  const auto furthest = [&](auto&& which) {
    return std::find_if(candidates_.rbegin(), candidates_.rend(), [&](const Candidate& one) {
      return which(one) && std::ranges::find(kept, &one) == kept.end();
    });
  };
  const auto idle_suspect = [this](const Candidate& one) { return !one.open() && suspect(one); };
  auto victim = furthest([](const Candidate& one) { return one.state == State::failed; });
  if (victim == candidates_.rend() &&
      static_cast<std::size_t>(std::ranges::count_if(candidates_, idle_suspect)) > suspects_max)
    victim = furthest(idle_suspect);
  if (victim == candidates_.rend())
    victim = furthest([](const Candidate& one) { return !one.open(); });
  if (victim != candidates_.rend()) candidates_.erase(std::next(victim).base());
}

Lookup::Candidate* Lookup::find_open(const Endpoint& endpoint) {
  const auto found = std::ranges::find_if(candidates_, [&](const Candidate& candidate) {
    return candidate.open() && candidate.contact.endpoint == endpoint;
  });
  return found == candidates_.end() ? nullptr : &*found;
}

Lookup::Candidate* Lookup::find_aside(const Endpoint& endpoint) {
  const auto found = std::ranges::find_if(candidates_, [&](const Candidate& candidate) {
    const bool open = candidate.aside == AsideState::asked || candidate.aside == AsideState::slow;
    return open && candidate.contact.endpoint == endpoint;
  });
  return found == candidates_.end() ? nullptr : &*found;
}

std::size_t Lookup::count_open(bool with_slow) const {
  return static_cast<std::size_t>(std::ranges::count_if(candidates_, [&](const Candidate& one) {
    const bool slow = one.state == State::slow || one.aside == AsideState::slow;
    return one.state == State::asked || one.aside == AsideState::asked || (with_slow && slow);
  }));
}

/// Closer than chance has it, and not by BEP 42; or it took the id when it was asked.
bool Lookup::unnatural(const Candidate& candidate) const {
  const NodeContact& contact = candidate.contact;
  return candidate.chose_id ||
         (common_prefix(target_, contact.id) >= options_.natural_prefix_bits &&
          !is_secure_for(contact.id, contact.endpoint.address));
}

bool Lookup::suspect(const Candidate& candidate) const {
  if (unnatural(candidate)) return true;
  if (candidate.state == State::answered || candidate.named_by.empty()) return false;
  return std::ranges::all_of(candidate.named_by, [this](std::size_t row) { return liar(row); });
}

bool Lookup::liar(std::size_t informant) const {
  const Informant& one = informants_[informant];
  return one.wrong >= wrong_names_max * (1 + one.right);
}

Lookup::Progress Lookup::progress() const {
  Progress out;
  std::vector<std::size_t> answered;
  for (std::size_t row = 0; row < candidates_.size(); ++row) {
    const Candidate& candidate = candidates_[row];
    if (suspect(candidate)) continue;
    if (candidate.open()) out.waiting = true;
    if (candidate.state == State::answered) {
      answered.push_back(row);
      if (answered.size() == results_max) break;
    }
    if (candidate.state == State::fresh && statistics_.asked < asked_max) {
      out.next = row;
      return out;
    }
  }
  out.complete = answered.size() == results_max;
  if (out.complete) plan_aside(answered, out);
  return out;
}

/// Asks aside who of the results, the closest first, may know more than it has told.
void Lookup::plan_aside(const std::vector<std::size_t>& results, Progress& progress) const {
  const NodeId& last = candidates_[results.back()].away;
  for (const std::size_t row : results) {
    const Candidate& one = candidates_[row];
    if (one.aside == AsideState::asked) progress.waiting = true;
    const bool told = !one.horizon || *one.horizon > last;
    if (told || one.aside != AsideState::idle || progress.aside) continue;
    if (statistics_.asides < options_.asides_max) progress.aside = row;
  }
}

std::optional<std::size_t> Lookup::next_suspect() const {
  if (suspects_asked_ >= suspects_asked_max || statistics_.asked >= asked_max) return std::nullopt;
  const auto found = std::ranges::find_if(candidates_, [this](const Candidate& candidate) {
    return candidate.state == State::fresh && suspect(candidate);
  });
  if (found == candidates_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - candidates_.begin());
}

bool Lookup::suspect_open() const {
  return std::ranges::any_of(candidates_, [this](const Candidate& candidate) {
    return candidate.open() && suspect(candidate);
  });
}

std::vector<const Lookup::Candidate*> Lookup::results(bool with_token, std::size_t count) const {
  std::vector<const Candidate*> out;
  for (const bool wanted : {false, true})
    for (const Candidate& candidate : candidates_) {
      if (out.size() >= count) return out;
      if (candidate.state == State::answered && unnatural(candidate) == wanted &&
          !(with_token && candidate.token.empty()))
        out.push_back(&candidate);
    }
  return out;
}

}  // namespace seed::dht
