#include "core/session/dht.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/base/url.h"
#include "core/bencode/document.h"
#include "core/bencode/writer.h"

namespace seed::session {

using dht::families;
using dht::Family;
using dht::Node;

namespace {

std::string kept_name(Family family) {
  return std::string(Dht::kept_prefix) + (family == Family::v4 ? "v4" : "v6");
}

Buffer encode(const Node::Saved& saved, Family family) {
  bencode::DictWriter out;
  out.string("id", saved.id.bytes());
  out.string("nodes", dht::encode_contacts(saved.contacts, family));
  return out.take();
}

std::optional<Node::Saved> parse(Bytes kept, Family family) {
  const auto document = bencode::Document::parse(kept);
  if (!document || !document->root().is_dict()) return std::nullopt;
  const auto id = dht::NodeId::from(document->root().string_or("id"));
  if (!id) return std::nullopt;
  return Node::Saved{*id, dht::parse_contacts(document->root().string_or("nodes"), family,
                                              Node::contacts_saved_max)};
}

}  // namespace

Dht::Dht(io::World world, Rng rng, DhtOwner& owner, log::Logger log)
    : world_(world), rng_(rng), owner_(owner), log_(std::move(log)) {}

Dht::~Dht() {
  for (const auto lookup : lookups_) world_.resolver.cancel(lookup);
}

// --- beginning and ending ------------------------------------------------------------------------

void Dht::load(const std::string& name, Bytes value) {
  for (const Family family : families)
    if (name == kept_name(family)) saved_[index_of(family)] = parse(value, family);
}

void Dht::configure(const config::Settings& settings, const Sockets& sockets, Instant now) {
  sockets_ = {sockets.v4, sockets.v6};
  reachable_ = sockets.reachable;
  const bool was_running = running();
  for (const Family family : families) {
    const bool wanted = settings.dht_enabled && socket(family) != nullptr;
    if (wanted && !nodes_[index_of(family)]) begin(family, now);
    if (!wanted && nodes_[index_of(family)]) end(family);
    if (nodes_[index_of(family)]) nodes_[index_of(family)]->set_read_only(!reachable_);
  }
  if (!running()) {
    look_up_at_ = save_at_ = never;
    return;
  }
  if (!was_running) save_at_ = now + saved_every;
  if (std::exchange(router_names_, settings.dht_bootstrap_nodes) != settings.dht_bootstrap_nodes ||
      !was_running)
    look_up_routers(now);
  drain(now);
}

void Dht::begin(Family family, Instant now) {
  const std::size_t i = index_of(family);
  Node::Options options;
  if (saved_[i]) options.id = saved_[i]->id;
  world_.entropy.fill(options.token_secret);
  options.dual_stack = sockets_[0] != nullptr && sockets_[1] != nullptr;
  nodes_[i] = std::make_unique<Node>(family, options, rng_.fork(), now);
  nodes_[i]->set_read_only(!reachable_);
  if (family == Family::v4 && external_) nodes_[i]->set_external(external_, now);
  if (saved_[i]) nodes_[i]->load(saved_[i]->contacts, now);
  drain(now);
  if (!routers_.empty()) nodes_[i]->bootstrap(routers_, now);
}

void Dht::set_external(const std::optional<IpAddress>& address, Instant now) {
  if (std::exchange(external_, address) == address) return;
  const auto& node = nodes_[index_of(Family::v4)];
  if (!node) return;
  node->set_external(address, now);
  drain(now);
}

void Dht::end(Family family) {
  const std::size_t i = index_of(family);
  save(family, world_.clock.now());
  nodes_[i].reset();
  for (const auto& [id, asked] : std::exchange(asked_[i], {}))
    if (--searching_[asked.torrent].open == 0) {
      searching_.erase(asked.torrent);
      due_.set(asked.torrent, world_.clock.now() + starved_again_after);
    }
  orders_.on_node_gone(family);
}

void Dht::close() {
  for (const Family family : families)
    if (nodes_[index_of(family)]) end(family);
  sockets_ = {};
  look_up_at_ = save_at_ = never;
}

void Dht::save(Family family, Instant now) {
  const std::size_t i = index_of(family);
  auto saved = nodes_[i]->save(now);
  // One that has met nobody yet knows less than what was kept.
  if (saved.contacts.empty() && saved_[i]) saved.contacts = std::move(saved_[i]->contacts);
  if (saved_[i] == saved) return;
  saved_[i] = std::move(saved);
  owner_.keep_dht(kept_name(family), encode(*saved_[i], family));
}

void Dht::look_up_routers(Instant now) {
  for (const auto lookup : std::exchange(lookups_, {})) world_.resolver.cancel(lookup);
  routers_.clear();
  look_up_at_ = router_names_.empty() ? never : now + look_up_pause_;
  look_up_pause_ = std::min(2 * look_up_pause_, lookup_again_after_max);
  for (const auto& name : router_names_) {
    const auto at = Url::parse("dht://" + name);
    if (!at || at->port == 0) continue;
    if (const auto address = IpAddress::parse(at->host)) {
      bootstrap(std::array{Endpoint{*address, at->port}}, now);
      continue;
    }
    lookups_.push_back(world_.resolver.resolve(
        at->host, [this, port = at->port](Result<std::vector<IpAddress>> found) {
          if (!found) return;
          std::vector<Endpoint> routers;
          for (const auto& address : *found) routers.push_back({address, port});
          bootstrap(routers, world_.clock.now());
          world_.alarm.again();
        }));
  }
}

void Dht::bootstrap(std::span<const Endpoint> routers, Instant now) {
  look_up_at_ = never;
  look_up_pause_ = lookup_again_after;
  routers_.insert(routers_.end(), routers.begin(), routers.end());
  for (const auto& node : nodes_) {
    if (!node) continue;
    node->bootstrap(routers_, now);
    drain(now);
  }
}

// --- datagrams -----------------------------------------------------------------------------------

bool Dht::owns_datagram(Bytes datagram) {
  return datagram.size() >= 2 && datagram.front() == 'd' && datagram.back() == 'e';
}

void Dht::on_datagram(Bytes datagram, const Endpoint& from, Instant now) {
  const std::size_t i = index_of(dht::family_of(from.address));
  if (!nodes_[i] || owner_.turns_away(from.address)) return;
  const auto& other = nodes_[1 - i];
  nodes_[i]->on_datagram(datagram, from, now, other ? &other->table() : nullptr);
  drain(now);
}

void Dht::on_node_named(const Endpoint& endpoint, Instant now) {
  const auto& node = nodes_[index_of(dht::family_of(endpoint.address))];
  if (!node || !dht::can_be_sent_to(endpoint)) return;
  node->add_contact(endpoint, now);
  drain(now);
}

io::UdpSocket* Dht::socket(Family family) const { return sockets_[index_of(family)]; }

void Dht::drain(Instant now) {
  for (bool any = true; any;) {
    any = drain_nodes(now);
    any = carry_orders(now) || any;
  }
}

/// What one node tells may be for the other, so again until neither tells anything.
bool Dht::drain_nodes(Instant now) {
  bool any = false;
  for (const Family family : families) {
    const auto& node = nodes_[index_of(family)];
    if (!node) continue;
    while (auto event = node->next_event()) {
      on(family, *event, now);
      any = true;
    }
  }
  return any;
}

bool Dht::carry_orders(Instant now) {
  bool any = false;
  while (const auto ended = orders_.next_ended()) {
    any = true;
    if (const auto& node = nodes_[index_of(ended->family)]) node->cancel(ended->id, now);
  }
  while (auto search = orders_.next_search()) {
    any = true;
    const auto& node = nodes_[index_of(search->family)];
    // Somebody waits for the answer.
    if (!node || !node->search(search->id, std::move(search->goal), true, now))
      orders_.on_refused(search->id);
  }
  return any;
}

void Dht::on(Family family, dht::NodeEvent& event, Instant now) {
  const std::size_t i = index_of(family);
  if (const auto* send = std::get_if<dht::Send>(&event)) {
    // A lost datagram is the network's way.
    if (socket(family) != nullptr && !owner_.turns_away(send->to.address))
      static_cast<void>(socket(family)->send(send->datagram, send->to));
  } else if (const auto* found = std::get_if<dht::PeersFound>(&event)) {
    on_found(family, *found);
  } else if (const auto* item = std::get_if<dht::ItemFound>(&event)) {
    orders_.on_found(*item);
  } else if (const auto* done = std::get_if<dht::SearchDone>(&event)) {
    on_done(family, *done, now);
  } else if (const auto* contacts = std::get_if<dht::ContactsFound>(&event)) {
    if (nodes_[1 - i])
      for (const auto& contact : contacts->contacts)
        nodes_[1 - i]->add_contact(contact.endpoint, now);
  } else if (const auto* seen = std::get_if<dht::AddressSeen>(&event)) {
    owner_.on_own_address(seen->address);
  } else if (std::holds_alternative<dht::IdChanged>(event)) {
    save(family, now);
  }
}

// --- torrents ------------------------------------------------------------------------------------

void Dht::consider(TorrentId torrent, Instant now) {
  if (!running()) return;
  const auto wish = owner_.dht_wish(torrent);
  if (!wish) {
    due_.clear(torrent);
    urgent_.erase(torrent);
    starved_pauses_.erase(torrent);
    return end_searches(torrent, now);
  }
  if (searching_.contains(torrent) || (due_.contains(torrent) && !wish->starved)) return;
  // Hurried already.
  if (urgent_.contains(torrent) && due_.contains(torrent)) return;
  if (wish->starved) urgent_.insert(torrent);
  due_.set(torrent, now + rng_.between(Duration{}, wish->seed ? seeds_begin_within : begin_within));
}

void Dht::hurry(TorrentId torrent, Instant now) {
  if (!running() || !owner_.dht_wish(torrent) || searching_.contains(torrent)) return;
  urgent_.insert(torrent);
  due_.set(torrent, now);
}

void Dht::begin_search(TorrentId torrent, Instant now) {
  const auto wish = owner_.dht_wish(torrent);
  if (!wish) return;
  const bool urgent = urgent_.erase(torrent) > 0;
  search_for(torrent, *wish, false, urgent, now);
  if (wish->info_hash_v2) search_for(torrent, *wish, true, urgent, now);
  if (!searching_.contains(torrent)) due_.set(torrent, now + starved_again_after);
  drain(now);
}

void Dht::search_for(TorrentId torrent, const DhtWish& wish, bool by_v2, bool urgent, Instant now) {
  dht::PeerSearch goal;
  goal.info_hash = by_v2 ? *wish.info_hash_v2 : wish.info_hash;
  goal.noseed = wish.seed;
  for (const Family family : families) {
    const std::size_t i = index_of(family);
    const bool v4 = family == Family::v4;
    goal.announce.reset();
    if (const auto port = owner_.listen_port(v4 ? IpAddress::any_v4() : IpAddress::any_v6());
        port != 0)
      goal.announce = dht::PeerSearch::Announce{
          .port = port, .implied_port = v4 && !owner_.port_is_mapped(), .seed = wish.seed};
    const dht::SearchId id{next_search_++};
    if (!nodes_[i] || !nodes_[i]->search(id, goal, urgent, now)) continue;
    asked_[i].emplace(id, Asked{torrent, by_v2});
    Searching& searching = searching_[torrent];
    searching.ids.emplace_back(family, id);
    ++searching.open;
  }
}

void Dht::end_searches(TorrentId torrent, Instant now) {
  const auto searching = searching_.extract(torrent);
  if (searching.empty()) return;
  for (const auto& [family, id] : searching.mapped().ids) {
    const std::size_t i = index_of(family);
    // One that has ended is not asked for any more, nor is one of a node that is gone.
    if (asked_[i].erase(id) > 0) nodes_[i]->cancel(id, now);
  }
  drain(now);
}

void Dht::on_found(Family family, const dht::PeersFound& found) {
  const auto asked = asked_[index_of(family)].find(found.search);
  if (asked == asked_[index_of(family)].end()) return;
  const auto& [torrent, by_v2] = asked->second;
  searching_[torrent].found += found.peers.size();
  owner_.on_dht_peers(torrent, found.peers, by_v2);
}

void Dht::on_done(Family family, const dht::SearchDone& done, Instant now) {
  if (DhtOrders::owns(done.search)) return orders_.on_done(done);
  auto& asked = asked_[index_of(family)];
  const auto ended = asked.find(done.search);
  if (ended == asked.end()) return;
  const TorrentId torrent = ended->second.torrent;
  asked.erase(ended);
  Searching& searching = searching_[torrent];
  searching.stored_on += done.stored_on;
  if (--searching.open > 0) return;
  const Searching result = searching;
  searching_.erase(torrent);
  on_searched(torrent, result, now);
}

void Dht::on_searched(TorrentId torrent, const Searching& result, Instant now) {
  const auto wish = owner_.dht_wish(torrent);
  if (!wish) {
    starved_pauses_.erase(torrent);
    return;
  }
  const bool in_vain = result.stored_on == 0 || (wish->starved && result.found == 0);
  Duration pause = wish->seed ? seed_again_after : again_after;
  if (in_vain || wish->starved) {
    Duration& last = starved_pauses_[torrent];
    last = last == Duration{} ? starved_again_after : std::min(2 * last, again_after);
    pause = last;
  } else {
    starved_pauses_.erase(torrent);
  }
  due_.set(torrent, now + rng_.between(pause, pause + pause / 8));
}

// --- orders --------------------------------------------------------------------------------------

void Dht::get(const DhtGetOrder& order, OrderAnswer<DhtItem> answer, Instant now) {
  orders_.get(order, std::move(answer), running_nodes(), now);
  drain(now);
}

void Dht::put(DhtPutOrder order, OrderAnswer<DhtPutReply> answer, Instant now) {
  orders_.put(std::move(order), std::move(answer), running_nodes(), now);
  drain(now);
}

void Dht::scrape(const Sha1& info_hash, OrderAnswer<DhtScrapeReply> answer, Instant now) {
  orders_.scrape(info_hash, std::move(answer), running_nodes(), now);
  drain(now);
}

// --- time ----------------------------------------------------------------------------------------

void Dht::on_deadline(Instant now) {
  for (const auto& node : nodes_)
    if (node && node->deadline() <= now) {
      node->on_deadline(now);
      drain(now);
    }
  if (orders_.deadline() <= now) {
    orders_.on_deadline(now);
    drain(now);
  }
  if (look_up_at_ <= now) look_up_routers(now);
  if (save_at_ <= now) {
    save_at_ = now + saved_every;
    for (const Family family : families)
      if (nodes_[index_of(family)]) save(family, now);
  }
  if (!running()) return;
  while (const auto torrent = due_.take_due(now)) begin_search(*torrent, now);
}

Instant Dht::deadline() const {
  Instant when = std::min({look_up_at_, save_at_, orders_.deadline()});
  if (running()) when = std::min(when, due_.next());
  for (const auto& node : nodes_)
    if (node) when = std::min(when, node->deadline());
  return when;
}

std::size_t Dht::nodes() const {
  std::size_t count = 0;
  for (const auto& node : nodes_) {
    if (!node) continue;
    const auto facts = node->facts(world_.clock.now());
    count += facts.nodes_good + facts.nodes_questionable;
  }
  return count;
}

}  // namespace seed::session
