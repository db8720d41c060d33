// Session::Impl: peers that no tracker has named: the DHT, and what comes in by datagrams.
#include <utility>

#include "core/base/public_address.h"
#include "core/session/session_impl.h"

namespace seed::session {

void Session::Impl::on_datagram(MutableBytes datagram, const Endpoint& from) {
  if (utp_.on_datagram(datagram, from, now()) || tracking_.on_datagram(datagram, from)) return;
  if (Dht::owns_datagram(datagram)) dht_.on_datagram(datagram, from, now());
}

void Session::Impl::prepare(peer::Local& local, const IpAddress& remote) {
  local.remote = remote;
  local.listen_port = told_port(remote);
  local.reqq = settings_.reqq;
  local.dht = dht_port(remote) != 0;
  local.holepunch = transports_.has_utp();
  local.encryption = static_cast<peer::Encryption>(settings_.encryption);
  world_.entropy.fill(local.secret.emplace().octets);
}

/// A torrent's maker has chosen the URL, not the user: it must not lead to what only this host can
/// reach.
void Session::Impl::prepare(io::HttpRequest& request) {
  request.user_agent = config_.user_agent;
  request.sources = {.v4 = IpAddress::parse(settings_.bind_address_ipv4),
                     .v6 = IpAddress::parse(settings_.bind_address_ipv6)};
  request.private_addresses_allowed = settings_.fetch_private_addresses;
}

std::uint16_t Session::Impl::dht_port(const IpAddress& remote) {
  if (!dht_.running()) return 0;
  const auto external = remote.is_v4() ? mapping_.external_udp() : std::nullopt;
  return external ? external->port : listening_.port();
}

/// As the world sees us: whom BEP 40 has us dial first hangs on it.
void Session::Impl::on_own_address(const IpAddress& address) {
  auto& own = own_addresses_[address.is_v4() ? 0 : 1];
  if (std::exchange(own, address) == address) return;
  torrents_.each([&](torrent::Torrent& torrent) { tell_own(torrent); });
}

void Session::Impl::tell_own(torrent::Torrent& torrent) {
  for (const auto& own : own_addresses_)
    if (own && told_port(*own) != 0) torrent.learn_own({*own, told_port(*own)});
}

std::optional<DhtWish> Session::Impl::dht_wish(TorrentId id) {
  const auto* torrent = torrents_.find(id);
  if (torrent == nullptr || !torrent->wants_strangers() || !goodbye_.running()) return std::nullopt;
  return DhtWish{.info_hash = torrent->hashes().short_hash(),
                 .info_hash_v2 = torrent->hashes().second_hash(),
                 .seed = torrent->done(),
                 .starved = !torrent->done() && !torrent->has_links()};
}

void Session::Impl::on_dht_peers(TorrentId id, std::span<const Endpoint> peers, bool by_v2) {
  auto* torrent = torrents_.find(id);
  if (torrent == nullptr || !torrent->wants_strangers()) return;
  for (const Endpoint& peer : peers)
    torrent->add_candidate(peer, swarm::Source::dht, {.v2 = by_v2});
}

void Session::Impl::dht_scrape(const DhtScrapeOrder& order, OrderAnswer<DhtScrapeReply> answer) {
  const Selection which{
      .kind = Selection::Kind::listed, .listed = {order.torrent}, .only_labels = order.only_labels};
  const auto chosen = torrents_.choose(which, now());
  const auto* hash = std::get_if<Sha1>(&order.torrent);
  if (chosen.empty() && hash == nullptr)
    return answer(std::unexpected(
        OrderError{OrderErrorCode::invalid_params, "there is no torrent of that id"}));
  // BEP 27: that anybody has it is for its trackers alone.
  if (!chosen.empty() && !chosen.front()->is_public())
    return answer(
        std::unexpected(OrderError{OrderErrorCode::invalid_params, "the torrent is private"}));
  const Sha1 info_hash = chosen.empty() ? *hash : chosen.front()->hashes().short_hash();
  dht_.scrape(info_hash, std::move(answer), now());
}

void Session::Impl::keep_dht(const std::string& name, Buffer value) {
  std::vector<io::StoreChange> changes(1);
  changes[0].name = name;
  changes[0].value = std::move(value);
  // Another table is saved in some minutes.
  saving_.commit(std::move(changes), [](const Result<void>&) {});
}

void Session::Impl::keep_mapping(Buffer secret) {
  std::vector<io::StoreChange> changes(1);
  changes[0].name = Mapping::kept_name;
  changes[0].value = std::move(secret);
  // One that is lost is another one after a restart.
  saving_.commit(std::move(changes), [](const Result<void>&) {});
}

/// All that know us hear of it now.
void Session::Impl::on_external_port() {
  const auto external = mapping_.external();
  // A router behind another one knows nothing of how the world sees us.
  const bool known = external && is_public(external->address);
  dht_.set_external(known ? std::optional(external->address) : std::nullopt, now());
  if (const auto port = mapping_.port_to_listen_at()) {
    listening_.move_to(*port, now());
    world_.alarm.again();
  }
  if (!goodbye_.running() || told_port() == 0) return;
  // Nobody was told another one before the first.
  if (last_told_port_ == 0) last_told_port_ = told_port();
  if (last_told_port_ == told_port()) return;
  if (now() < next_telling_) {
    tell_port_at_ = next_telling_;
    return world_.alarm.again();
  }
  last_told_port_ = told_port();
  next_telling_ = now() + external_port_told_min;
  torrents_.each([&](torrent::Torrent& torrent) {
    // Else it would dial itself there.
    tell_own(torrent);
    if (!torrent.active()) return;
    torrent.tell_port(told_port());
    torrent.renew_announces();
    dht_.hurry(torrent.id(), now());
  });
}

std::vector<Sha1> Session::Impl::announced_hashes(TorrentId id) {
  const auto* torrent = torrents_.find(id);
  if (torrent == nullptr || !torrent->wants_strangers() || !goodbye_.running()) return {};
  std::vector<Sha1> out{torrent->hashes().short_hash()};
  if (const auto second = torrent->hashes().second_hash()) out.push_back(*second);
  return out;
}

/// Private torrents too, and those that rest: the tracker is for them because they are ours.
std::vector<Sha1> Session::Impl::own_hashes(TorrentId id) {
  const auto* torrent = torrents_.find(id);
  // One that is leaving is found by its hash no more.
  if (torrent == nullptr || torrents_.find(torrent->hashes().short_hash()) != torrent) return {};
  std::vector<Sha1> out{torrent->hashes().short_hash()};
  if (const auto second = torrent->hashes().second_hash()) out.push_back(*second);
  return out;
}

void Session::Impl::on_local_peer(const Sha1& info_hash, const Endpoint& peer) {
  auto* torrent = torrents_.find(info_hash);
  if (torrent != nullptr && torrent->wants_strangers())
    torrent->add_candidate(peer, swarm::Source::lsd,
                           {.v2 = info_hash == torrent->hashes().second_hash()});
}

/// For those whose state has changed in this turn; magnets have sources, too.
void Session::Impl::find_strangers() {
  for (const TorrentId id : std::exchange(undecided_, {})) {
    dht_.consider(id, now());
    local_discovery_.consider(id, now());
    own_tracker_.consider(id);
    metadata_sources_.consider(id, now());
  }
}

/// Those that a torrent names (BEP 5, "Torrent File Extensions").
void Session::Impl::meet_nodes(const metainfo::Metainfo& metainfo) {
  if (metainfo.is_private) return;
  for (const auto& node : metainfo.nodes) named_peers_.meet(std::nullopt, node.host, node.port);
}

}  // namespace seed::session
