#include "core/dht/search.h"

#include <algorithm>
#include <utility>

#include "core/dht/item_signature.h"

namespace seed::dht {
namespace {

/// Contacts of the family that the lookup is in.
std::span<const NodeContact> contacts_of(const krpc::Response& response, Family family) {
  const auto& list = family == Family::v4 ? response.nodes : response.nodes6;
  return list ? std::span<const NodeContact>(*list) : std::span<const NodeContact>{};
}

Lookup::Options options_of(const NodeId& own) {
  Lookup::Options out;
  out.own = own;
  return out;
}

/// The item that an answer has, if it is one and belongs at `target`; its signature is not checked.
std::optional<Item> item_of(const krpc::Response& response, const Sha1& target, Bytes salt) {
  if (response.value.empty() || response.value.size() > ItemStore::value_bytes_max)
    return std::nullopt;
  Item out{response.value, std::nullopt};
  if (response.key) {
    if (!response.signature || !response.seq || *response.seq < 0) return std::nullopt;
    out.changing = MutablePart{*response.key, to_buffer(salt), *response.seq, *response.signature};
  }
  return out.target() == target ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

NodeId target_of(const SearchGoal& goal) {
  if (const auto* peers = std::get_if<PeerSearch>(&goal)) return id_of(peers->info_hash);
  if (const auto* item = std::get_if<ItemSearch>(&goal)) return id_of(item->target);
  if (const auto* storing = std::get_if<ItemStoring>(&goal)) return id_of(storing->item.target());
  return std::get<NodeSearch>(goal).target;
}

Search::Search(SearchId id, SearchGoal goal, Family family, const NodeId& own)
    : id_(id),
      goal_(std::move(goal)),
      family_(family),
      lookup_(target_of(goal_), options_of(own)) {}

std::optional<Search::Ask> Search::next_query(Instant now) {
  if (ended_) return std::nullopt;
  if (step_ == Step::looking) {
    if (const auto to = lookup_.next_to_ask(now)) return Ask{*to, question(), Step::looking};
    if (const auto aside = lookup_.next_aside())
      return Ask{aside->to, krpc::FindNode{aside->point, {}}, Step::aside};
    if (!lookup_.done() || !stores()) return std::nullopt;
    begin_storing();
  }
  if (ended_ || next_to_store_ == to_store_.size()) return std::nullopt;
  const auto& node = to_store_[next_to_store_++];
  ++storing_open_;
  return Ask{node.contact, store(node), Step::storing};
}

Search::Found Search::on_response(Step step, const Endpoint& from, const krpc::Response& response,
                                  Instant now) {
  Found out;
  if (step == Step::storing) {
    --storing_open_;
    ++stored_on_;
    return out;
  }
  if (step == Step::aside) {
    lookup_.on_aside({response.id, from}, contacts_of(response, family_));
    return out;
  }
  lookup_.on_answer({response.id, from}, contacts_of(response, family_), response.token, now);
  if (const auto* search = std::get_if<NodeSearch>(&goal_); search != nullptr) {
    if (!search->both_families) return out;
    const auto other = contacts_of(response, family_ == Family::v4 ? Family::v6 : Family::v4);
    out.other_family.assign(other.begin(), other.end());
  } else if (std::holds_alternative<PeerSearch>(goal_)) {
    std::vector<Endpoint> told;
    // Nobody out there tells us whom to dial in our own network.
    for (const Endpoint& peer : response.values)
      if (!peer.address.is_private() || from.address.is_private()) told.push_back(peer);
    out.peers = add_peers(told);
    count_swarm(response);
  } else {
    out.item = take_item(from, response);
  }
  return out;
}

void Search::on_error(Step step, const Endpoint& from, const krpc::Error& error) {
  on_lost(step, from);
  if (step == Step::storing) refusal_ = error;
}

void Search::on_slow(Step step, const Endpoint& to) {
  if (step == Step::looking) lookup_.on_slow(to);
  if (step == Step::aside) lookup_.on_aside_slow(to);
}

void Search::on_lost(Step step, const Endpoint& to) {
  if (step == Step::looking)
    lookup_.on_failure(to);
  else if (step == Step::aside)
    lookup_.on_aside_failure(to);
  else
    --storing_open_;
}

std::vector<Endpoint> Search::add_peers(const std::vector<Endpoint>& peers) {
  std::vector<Endpoint> out;
  for (const Endpoint& peer : peers)
    if (seen_.size() < peers_max && seen_.insert(peer).second) out.push_back(peer);
  return out;
}

void Search::add_filters(const BloomFilter& seeds, const BloomFilter& peers) {
  if (seeds.estimate() > swarm_max || peers.estimate() > swarm_max) return;
  seeds_.join(seeds);
  peers_.join(peers);
  counted_ = true;
}

std::optional<Item> Search::add_item(const Item& item) {
  const auto* wanted = std::get_if<ItemSearch>(&goal_);
  if (wanted == nullptr || item.target() != wanted->target) return std::nullopt;
  if (item.changing && item.changing->salt != wanted->salt) return std::nullopt;
  return take_better(item);
}

bool Search::done() const {
  if (ended_) return true;
  if (step_ == Step::looking) return lookup_.done() && !stores();
  return next_to_store_ == to_store_.size() && storing_open_ == 0;
}

std::optional<Search::Swarm> Search::swarm() const {
  if (!counted_ && uncounted_.empty()) return std::nullopt;
  BloomFilter others = peers_;
  // BEP 33, "Handling legacy responses": such a one may be a seed that another node knows.
  for (const IpAddress& address : uncounted_)
    if (!seeds_.may_contain(address)) others.insert(address);
  return Swarm{seeds_.estimate(), others.estimate()};
}

krpc::What Search::question() const {
  if (const auto* peers = std::get_if<PeerSearch>(&goal_))
    return krpc::GetPeers{peers->info_hash, {}, peers->noseed, peers->scrape};
  if (const auto* nodes = std::get_if<NodeSearch>(&goal_))
    return krpc::FindNode{nodes->target, {nodes->both_families, nodes->both_families}};
  krpc::Get out;
  out.target = Sha1{lookup_.target().octets};
  const auto* wanted = std::get_if<ItemSearch>(&goal_);
  if (best_ && best_->changing)
    out.seq = best_->changing->seq;
  else if (wanted != nullptr)
    out.seq = wanted->seq_known;
  return out;
}

krpc::What Search::store(const Lookup::WithToken& node) const {
  if (const auto* peers = std::get_if<PeerSearch>(&goal_)) {
    const auto& announce = *peers->announce;
    return krpc::AnnouncePeer{peers->info_hash, announce.port, announce.implied_port, announce.seed,
                              node.token};
  }
  const auto& storing = std::get<ItemStoring>(goal_);
  krpc::Put out{storing.item, std::nullopt, node.token};
  // BEP 44, "CAS": not "to a node that did not return any data for the get".
  if (std::ranges::find(has_item_, node.contact.endpoint) != has_item_.end()) out.cas = storing.cas;
  return out;
}

bool Search::stores() const {
  if (const auto* peers = std::get_if<PeerSearch>(&goal_)) return peers->announce.has_value();
  return std::holds_alternative<ItemStoring>(goal_);
}

void Search::begin_storing() {
  step_ = Step::storing;
  // Some nodes take another value of the same number with a yes, and keep what they have.
  if (const Item* ours = own_item();
      ours != nullptr && ours->changing && best_ && best_->changing &&
      (best_->changing->seq > ours->changing->seq ||
       (best_->changing->seq == ours->changing->seq && best_->value != ours->value))) {
    refusal_ = krpc::make_error(krpc::ErrorCode::seq_too_low, "a newer item is there");
    ended_ = true;
    return;
  }
  to_store_ = lookup_.closest_with_token();
}

void Search::count_swarm(const krpc::Response& response) {
  if (!std::get<PeerSearch>(goal_).scrape) return;
  if (response.seeds || response.peers)
    return add_filters(response.seeds.value_or(BloomFilter{}),
                       response.peers.value_or(BloomFilter{}));
  for (const Endpoint& peer : response.values)
    if (uncounted_.size() < peers_max) uncounted_.push_back(peer.address);
}

std::optional<Item> Search::take_item(const Endpoint& from, const krpc::Response& response) {
  // A node that has none newer than we asked for tells its sequence number alone.
  if (response.seq || !response.value.empty()) has_item_.push_back(from);
  const Item* ours = own_item();
  const auto* wanted = std::get_if<ItemSearch>(&goal_);
  const Bytes salt = wanted != nullptr ? Bytes(wanted->salt)
                     : ours->changing  ? Bytes(ours->changing->salt)
                                       : Bytes{};
  auto item = item_of(response, Sha1{lookup_.target().octets}, salt);
  return item ? take_better(*std::move(item)) : std::nullopt;
}

std::optional<Item> Search::take_better(Item item) {
  const auto* wanted = std::get_if<ItemSearch>(&goal_);
  if (best_ && !item.changing) return std::nullopt;
  if (item.changing) {
    const auto seq = item.changing->seq;
    if (best_ && best_->changing && seq <= best_->changing->seq) return std::nullopt;
    if (wanted != nullptr && wanted->seq_known && seq <= *wanted->seq_known) return std::nullopt;
    if (!signature_valid(item)) return std::nullopt;
  }
  best_ = item;
  // It cannot change, so there is nothing better.
  if (wanted != nullptr && !item.changing) ended_ = true;
  return item;
}

const Item* Search::own_item() const {
  const auto* storing = std::get_if<ItemStoring>(&goal_);
  return storing != nullptr ? &storing->item : nullptr;
}

}  // namespace seed::dht
