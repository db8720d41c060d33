// Session::Impl: the network that everything goes over: what is opened on it, and what is said anew
// when it has been away.
#include "core/session/session_impl.h"

namespace seed::session {

void Session::Impl::begin_listening() {
  const io::SourceAddresses sources{.v4 = IpAddress::parse(settings_.bind_address_ipv4),
                                    .v6 = IpAddress::parse(settings_.bind_address_ipv6)};
  const FetchRules rules{config_.user_agent, sources, settings_.fetch_private_addresses};
  additions_.set_fetching(rules);
  port_testing_.configure(settings_.port_test_url, rules);
  blocking_.configure(settings_, rules);
  tracking_.set_sources(sources);
  own_network_.bind(settings_);
  follow_network();
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
    tracking_.cut(own_network_.there() ? "the network is another now" : own_network_.trouble());
    mapping_.forget();
  }
  listening_.set_network(own_network_.facts());
  listening_.open(settings_, config_.peer_port_was_set, now());
  use_sockets();
  tracking_.set_paused(!own_network_.there() && goodbye_.running());
  if (news == News::none) return;
  ++sequence_;
  const bool renewed = news == News::renewed && goodbye_.running();
  torrents_.each([&](torrent::Torrent& torrent) {
    torrent.on_network(renewed);
    if (renewed && torrent.active()) dht_.hurry(torrent.id(), now());
  });
  world_.alarm.again();
}

/// The parts that speak by datagrams have the sockets that there are.
void Session::Impl::use_sockets() {
  tracking_.set_sockets(listening_.udp_v4(), listening_.udp_v6());
  if (!goodbye_.running()) return;
  const bool was_running = dht_.running();
  dht_.configure(settings_, listening_.udp_v4(), listening_.udp_v6(), now());
  mapping_.configure(settings_, listening_.port(), now());
  if (dht_.running() && !was_running)
    torrents_.each([&](torrent::Torrent& torrent) { undecided_.push_back(torrent.id()); });
}

}  // namespace seed::session
