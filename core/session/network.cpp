// Session::Impl: the network that everything goes over: what is opened on it, and what is said anew
// when it has been away.
#include <string>
#include <utility>

#include "core/session/session_impl.h"

namespace seed::session {

void Session::Impl::begin_listening() {
  // First, so that a name of the proxy is looked up over nothing else.
  own_network_.bind(settings_);
  take_way();
  const io::SourceAddresses sources{.v4 = IpAddress::parse(settings_.bind_address_ipv4),
                                    .v6 = IpAddress::parse(settings_.bind_address_ipv6)};
  const FetchRules rules{config_.user_agent, sources, settings_.fetch_private_addresses};
  additions_.set_fetching(rules);
  metadata_sources_.set_fetching(rules);
  port_testing_.configure(settings_.port_test_url, rules);
  blocking_.configure(settings_, rules);
  tracking_.set_sources(sources);
  follow_network();
  if (!std::exchange(announce_again_, false)) return;
  torrents_.each([](torrent::Torrent& torrent) {
    if (torrent.active()) torrent.renew_announces();
  });
}

/// Before the start and after the end nothing is opened; what is open is the World's to cut.
void Session::Impl::on_uplink() {
  if (goodbye_.running()) follow_network();
}

/// What went over a network that is gone has ended, or is about to, by the World.
void Session::Impl::follow_network() {
  using News = OwnNetwork::News;
  const News news = own_network_.look();
  if (news == News::lost || news == News::renewed) {
    const std::string why =
        own_network_.there() ? "the network is another now" : own_network_.trouble();
    tracking_.cut(why);
    utp_.cut(why);
    mapping_.forget();
    // What it asked, and was told, was by the address that we had.
    dht_.close();
    local_discovery_.close();
    own_tracker_.close_sockets();
    if (own_network_.there()) proxying_.begin_anew(now());
  }
  const bool away = !own_network_.there() && goodbye_.running();
  if (away) tracking_.set_paused(true);
  // Of a family that has come it has no socket.
  if (news == News::wider) local_discovery_.close();
  listening_.set_network(own_network_.facts());
  listening_.open(settings_, config_.peer_port_was_set, now());
  use_sockets();
  if (news != News::none) {
    ++sequence_;
    tell_all(news);
    world_.alarm.again();
  }
  // Last, so that what waited is not asked twice.
  tracking_.set_paused(away);
}

/// All that go on by what is there now do so at once, and who knows us hears of us.
void Session::Impl::tell_all(OwnNetwork::News news) {
  using News = OwnNetwork::News;
  const bool begins = (news == News::renewed || news == News::wider) && goodbye_.running();
  if (begins) named_peers_.hurry(now());
  torrents_.each([&](torrent::Torrent& torrent) {
    if (news == News::wider) torrent.forgive_unreachable();
    torrent.on_network(begins);
    if (!begins) return;
    const TorrentId id = torrent.id();
    if (torrent.active()) dht_.hurry(id, now());
    local_discovery_.hurry(id, now());
    metadata_sources_.consider(id, now());
  });
}

/// The parts that speak by datagrams have the sockets that there are.
void Session::Impl::use_sockets() {
  transports_.configure(settings_);
  const auto trackers = proxying_.for_trackers(listening_.udp_v4(), listening_.udp_v6());
  tracking_.set_sockets(trackers.v4, trackers.v6, trackers.without);
  const auto nodes = proxying_.for_nodes(listening_.udp_v4(), listening_.udp_v6());
  utp_.set_sockets(nodes.v4, nodes.v6, listening_.generation());
  utp_.set_enabled(transports_.has_utp() && goodbye_.running());
  if (!goodbye_.running()) return;
  const bool was_running = dht_.running();
  dht_.configure(settings_, {nodes.v4, nodes.v6, !proxying_.strict()}, now());
  // Nobody of the local network is behind the proxy.
  local_discovery_.configure(settings_, proxying_.strict() ? 0 : listening_.port(), now());
  const bool tracks =
      own_tracker_.configure(settings_, own_network_.facts(), !proxying_.strict(), now());
  mapping_.configure(settings_, listening_.port(), now());
  on_external_port();
  if (tracks || (dht_.running() && !was_running))
    torrents_.each([&](torrent::Torrent& torrent) { undecided_.push_back(torrent.id()); });
}

/// What has gone one way must not go on by it: all is begun again by the other.
void Session::Impl::take_way() {
  const auto change = proxying_.configure(settings_);
  if (change == Proxying::Change::nothing) return;
  tracking_.set_sockets(nullptr, nullptr,
                        Fault{FaultCode::cancelled, 0, "it is asked by another way from now on"});
  tracking_.forget_names();
  // Where others see us is another now.
  announce_again_ = true;
  if (change != Proxying::Change::all) return;
  listening_.set_outward_only(proxying_.strict());
  handshakes_.clear();
  dht_.close();
  torrents_.each([](torrent::Torrent& torrent) { torrent.renew_links(); });
}

}  // namespace seed::session
