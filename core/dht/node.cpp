#include "core/dht/node.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "core/dht/krpc_reader.h"
#include "core/dht/krpc_writer.h"

namespace seed::dht {
namespace {

/// Nodes that a search begins with: more than it asks first, in case they are gone.
constexpr std::size_t starts_max = 2 * Lookup::results_max;
/// Searches that are given up in one turn; the rest in the next.
constexpr int impatient_per_turn = 64;

NodeId id_from(const Node::Options& options, Rng& rng) {
  return options.id ? *options.id : random_id(rng);
}

bool storable(const SearchGoal& goal) {
  const auto* storing = std::get_if<ItemStoring>(&goal);
  if (storing == nullptr) return true;
  const auto& [value, changing] = storing->item;
  return !value.empty() && value.size() <= ItemStore::value_bytes_max &&
         (!changing || changing->salt.size() <= ItemStore::salt_bytes_max);
}

}  // namespace

Node::Node(Family family, const Options& options, Rng rng, Instant now)
    : family_(family),
      dual_stack_(options.dual_stack),
      read_only_(options.read_only),
      rng_(rng),
      table_(id_from(options, rng_), rng_.fork()),
      queries_(options.queries_per_second, options.queries_burst, rng_.fork()),
      upkeep_(rng_.fork(), now),
      answering_(family, options.token_secret, options.limits, rng_.fork(), now) {}

// --- inputs -----------------------------------------------------------------------------------

void Node::on_datagram(Bytes datagram, const Endpoint& from, Instant now,
                       const RoutingTable* other) {
  ++counts_.datagrams_received;
  counts_.octets_received += datagram.size();
  if (family_of(from.address) != family_ || !can_be_sent_to(from)) {
    ++counts_.unexpected;
    return;
  }
  const auto message = krpc::parse(datagram);
  if (!message) {
    ++counts_.malformed;
    return;
  }
  if (std::holds_alternative<krpc::Query>(message->body))
    on_query(*message, datagram.size(), from, now, other);
  else
    on_answer(*message, from, now);
}

void Node::on_query(const krpc::Message& message, std::size_t bytes, const Endpoint& from,
                    Instant now, const RoutingTable* other) {
  ++counts_.queries_received;
  auto answer =
      read_only_ ? std::nullopt : answering_.answer(message, bytes, from, {table_, other}, now);
  if (!answer) {
    ++counts_.queries_unanswered;
    return;
  }
  send(from, std::move(*answer));
  const auto& query = std::get<krpc::Query>(message.body);
  // BEP 43: "the node should not add the message sender to its routing table".
  if (!query.read_only && !std::holds_alternative<krpc::Refused>(query.what))
    table_.on_query_from({query.id, from}, now);
}

void Node::on_answer(const krpc::Message& message, const Endpoint& from, Instant now) {
  const auto query = queries_.take(message.transaction, from, now);
  if (!query) {
    ++counts_.unexpected;
    return;
  }
  ++counts_.answers_received;
  if (message.ip) on_vote(from, message.ip->address, now);
  const auto* response = std::get_if<krpc::Response>(&message.body);
  if (response != nullptr && response->id != id()) {
    on_response(*query, *response, from, now);
  } else if (Search* search = searches_.find(query->purpose.search)) {
    const auto* error = std::get_if<krpc::Error>(&message.body);
    if (error != nullptr)
      search->on_error(query->purpose.step, query->to, *error);
    else
      search->on_lost(query->purpose.step, query->to);
  }
  settle(now);
}

void Node::on_response(const QueriesOut::Open& query, const krpc::Response& response,
                       const Endpoint& from, Instant now) {
  tell_table({response.id, from}, query.to, now);
  Search* search = searches_.find(query.purpose.search);
  if (search == nullptr) return;
  auto found = search->on_response(query.purpose.step, query.to, response, now);
  if (!found.peers.empty()) events_.push_back(PeersFound{search->id(), std::move(found.peers)});
  if (found.item) events_.push_back(ItemFound{search->id(), std::move(*found.item)});
  if (!found.other_family.empty()) events_.push_back(ContactsFound{std::move(found.other_family)});
}

void Node::tell_table(const NodeContact& contact, const Endpoint& asked, Instant now) {
  // The routers have enough to do with who is new.
  if (upkeep_.is_router(asked) && table_.counts(now).good >= Upkeep::nodes_enough) {
    table_.forget(contact.endpoint);
    return;
  }
  const bool first = table_.size() == 0;
  table_.on_answer(contact, now);
  if (first && table_.size() > 0) upkeep_.on_first_node(now);
}

void Node::on_deadline(Instant now) {
  while (const auto due = queries_.next_due(now)) {
    if (due->lost) table_.on_failure(due->to, now);
    Search* search = searches_.find(due->purpose.search);
    if (search == nullptr) continue;
    if (due->lost)
      search->on_lost(due->purpose.step, due->to);
    else
      search->on_slow(due->purpose.step, due->to);
  }
  if (upkeep_.tick_due(now)) {
    upkeep_.on_tick(table_, now);
    answering_.expire(now);
    secure_id(false, now);
  }
  settle(now);
  if (!searchable_) end_impatient(now);
}

// --- orders -----------------------------------------------------------------------------------

void Node::load(std::span<const NodeContact> contacts, Instant now) {
  std::vector<NodeContact> ours;
  for (const NodeContact& contact : contacts)
    if (family_of(contact.endpoint.address) == family_) ours.push_back(contact);
  table_.load(ours, now);
  upkeep_.begin(now);
  settle(now);
}

void Node::bootstrap(std::span<const Endpoint> routers, Instant now) {
  std::vector<Endpoint> ours;
  for (const Endpoint& router : routers)
    if (family_of(router.address) == family_ && can_be_sent_to(router)) ours.push_back(router);
  upkeep_.set_routers(std::move(ours), now);
  settle(now);
}

void Node::add_contact(const Endpoint& endpoint, Instant now) {
  if (family_of(endpoint.address) != family_ || !can_be_sent_to(endpoint)) return;
  upkeep_.hear_of(endpoint);
  settle(now);
}

bool Node::search(SearchId id, SearchGoal goal, bool urgent, Instant now) {
  if (!storable(goal) || !searches_.add(id, std::move(goal), urgent, now)) return false;
  settle(now);
  return true;
}

void Node::cancel(SearchId id, Instant now) {
  searches_.cancel(id);
  settle(now);
}

void Node::set_external(const std::optional<IpAddress>& address, Instant now) {
  external_told_ = address.has_value();
  external_ = external_told_ ? address : votes_.winner();
  secure_id(true, now);
  settle(now);
}

void Node::set_rates(std::uint32_t queries_per_second, std::uint32_t queries_burst,
                     const SourceLimits::Options& limits) {
  queries_.set_rate(queries_per_second, queries_burst);
  answering_.set_limits(limits);
}

void Node::on_vote(const Endpoint& from, const IpAddress& ours, Instant now) {
  // On our own network each is seen at an address of that, which is exempt from BEP 42 anyway.
  if (family_of(ours) != family_ || ours.is_private() || ours.is_unspecified() ||
      from.address.is_private() || !votes_.add(from, ours) || external_told_)
    return;
  external_ = ours;
  events_.push_back(AddressSeen{ours});
  secure_id(false, now);
}

/// Takes an id that our address may have, if ours is not one.
void Node::secure_id(bool at_once, Instant now) {
  if (!external_ || is_secure_for(id(), *external_)) return;
  if (!at_once && id_changed_ && now - *id_changed_ < id_change_pause) return;
  id_changed_ = now;
  table_.set_own(make_secure_id(*external_, rng_), now);
  events_.push_back(IdChanged{id()});
  upkeep_.begin(now);
}

// --- what goes out ----------------------------------------------------------------------------

void Node::settle(Instant now) {
  for (bool more = true; more;) {
    more = ask_all(now);
    more = finish_searches(now) || more;
    more = start_searches(now) || more;
  }
  hungry_ = !queries_.room(now);
}

/// Asks as long as there is something to ask and it may go; whether anything went.
bool Node::ask_all(Instant now) {
  bool out = false;
  while (queries_.room(now)) {
    // In turns, so that neither waits for the other to have nothing more to ask.
    pings_first_ = !pings_first_;
    const bool asked = pings_first_ ? ping(now) || ask(now) : ask(now) || ping(now);
    if (!asked) break;
    out = true;
  }
  return out;
}

bool Node::ask(Instant now) {
  auto turn = searches_.next_turn(now);
  if (!turn) return false;
  send_query(turn->ask.to.endpoint, std::move(turn->ask.what), {turn->slot, turn->ask.step}, now);
  return true;
}

bool Node::ping(Instant now) {
  const auto to = upkeep_.next_ping(table_, now);
  if (to) send_query(*to, krpc::Ping{}, {}, now);
  return to.has_value();
}

bool Node::finish_searches(Instant now) {
  bool out = false;
  while (const auto done = searches_.take_done()) {
    out = true;
    if (done->own)
      upkeep_.on_search_done(table_, done->search->statistics().answered, now);
    else
      report(*done->search);
  }
  return out;
}

bool Node::start_searches(Instant now) {
  bool out = false;
  if (const auto own = upkeep_.next_search(table_, now)) {
    start_own(*own, now);
    out = true;
  }
  if (searches_.waiting() == 0) return out;
  searchable_ = upkeep_.ready(table_, now);
  while (searchable_ && searches_.can_start()) {
    start(*searches_.next_waiting(), now);
    out = true;
  }
  return out;
}

void Node::end_impatient(Instant now) {
  for (int i = 0; i < impatient_per_turn; ++i) {
    auto waiting = searches_.next_impatient(now);
    if (!waiting) return;
    report(Search(waiting->id, std::move(waiting->goal), family_, id()));
  }
}

void Node::start_own(const NodeSearch& goal, Instant now) {
  NodeSearch asked = goal;
  asked.both_families = goal.both_families && dual_stack_;
  auto search = std::make_unique<Search>(SearchId{}, asked, family_, id());
  search->lookup().start(table_.starts(goal.target, starts_max, now));
  if (table_.counts(now).good < Upkeep::nodes_enough)
    for (const Endpoint& router : upkeep_.routers()) search->lookup().start(router);
  searches_.run(std::move(search), true);
}

void Node::start(Searches::Waiting waiting, Instant now) {
  auto search = std::make_unique<Search>(waiting.id, std::move(waiting.goal), family_, id());
  search->lookup().start(table_.starts(search->lookup().target(), starts_max, now));
  // We may be one of the nodes that others announce to.
  if (const auto* wanted = std::get_if<PeerSearch>(&search->goal())) {
    auto& store = answering_.peers();
    answering_.expire(now);
    const auto known = store.peers(wanted->info_hash, Answering::peers_told, wanted->noseed);
    if (auto peers = search->add_peers(known); !peers.empty())
      events_.push_back(PeersFound{waiting.id, std::move(peers)});
    const auto filters = store.filters(wanted->info_hash);
    if (wanted->scrape && store.knows(wanted->info_hash))
      search->add_filters(filters.seeds, filters.peers);
  }
  // Or put their items with.
  if (const auto* wanted = std::get_if<ItemSearch>(&search->goal()))
    if (const Item* stored = answering_.items().find(wanted->target, now))
      if (auto item = search->add_item(*stored))
        events_.push_back(ItemFound{waiting.id, *std::move(item)});
  searches_.run(std::move(search), false);
}

void Node::report(const Search& search) {
  events_.push_back(SearchDone{search.id(), search.statistics(), search.stored_on(),
                               search.refusal(), search.swarm()});
}

void Node::send_query(const Endpoint& to, krpc::What what, const QueriesOut::Purpose& purpose,
                      Instant now) {
  krpc::Message out;
  out.transaction = queries_.send(to, purpose, now);
  out.version.assign(krpc::own_version.begin(), krpc::own_version.end());
  out.body = krpc::Query{id(), read_only_, std::move(what)};
  ++counts_.queries_sent;
  send(to, krpc::encode(out));
}

void Node::send(const Endpoint& to, Buffer datagram) {
  ++counts_.datagrams_sent;
  counts_.octets_sent += datagram.size();
  events_.push_back(Send{to, std::move(datagram)});
}

// --- outputs ----------------------------------------------------------------------------------

std::optional<NodeEvent> Node::next_event() {
  if (events_.empty()) return std::nullopt;
  return events_.take_front();
}

Instant Node::deadline() const {
  Instant out = std::min(queries_.deadline(), upkeep_.deadline());
  out = std::min(out, hungry_ ? queries_.room_at() : upkeep_.ping_at());
  if (searches_.waiting() > 0 && !searchable_) out = std::min(out, searches_.impatient_at());
  return out;
}

Node::Saved Node::save(Instant now) const { return {id(), table_.save(contacts_saved_max, now)}; }

NodeFacts Node::facts(Instant now) const {
  const auto nodes = table_.counts(now);
  NodeFacts out;
  out.id = id();
  out.external = external_;
  out.read_only = read_only_;
  out.nodes_good = nodes.good;
  out.nodes_questionable = nodes.questionable;
  out.nodes_bad = nodes.bad;
  out.nodes_waiting = nodes.cached;
  out.searches_running = searches_.running();
  out.searches_waiting = searches_.waiting();
  out.queries_open = queries_.open();
  out.announces_stored = answering_.peers().announces();
  out.hashes_stored = answering_.peers().hashes();
  out.items_stored = answering_.items().size();
  out.item_bytes_stored = answering_.items().bytes();
  out.counts = counts_;
  return out;
}

}  // namespace seed::dht
