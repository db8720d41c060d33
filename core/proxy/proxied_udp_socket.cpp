#include "core/proxy/proxied_udp_socket.h"

#include <fmt/format.h>

#include <utility>

#include "core/proxy/proxied_net.h"
#include "core/socks/udp_header.h"

namespace seed::proxy {

ProxiedUdpSocket::ProxiedUdpSocket(ProxiedNet& through, const Endpoint& at,
                                   io::UdpSocketOwner& owner)
    : through_(through), at_(at), owner_(owner), association_(through.net_, through.clock_) {
  through_.sockets_.push_back(this);
  association_.set_proxy(through_.options_.proxy, through_.options_.without);
}

ProxiedUdpSocket::~ProxiedUdpSocket() { std::erase(through_.sockets_, this); }

Result<void> ProxiedUdpSocket::send(Bytes datagram, const Endpoint& to) {
  if (const auto& relay = association_.relay()) return send_by(*relay, datagram, to);
  const Fault& why = association_.trouble();
  if (why.code != FaultCode::busy || held_.size() >= held_max) return std::unexpected(why);
  held_.emplace_back(to_buffer(datagram), to);
  return {};
}

void ProxiedUdpSocket::on_turn_end() {
  if (held_.empty()) return;
  if (const auto& relay = association_.relay()) {
    // One that is lost here is lost as any datagram may be.
    for (const auto& [datagram, to] : std::exchange(held_, {}))
      static_cast<void>(send_by(*relay, datagram, to));
  } else if (association_.trouble().code != FaultCode::busy) {
    held_.clear();
  }
}

Result<void> ProxiedUdpSocket::send_by(const Endpoint& relay, Bytes datagram, const Endpoint& to) {
  SEED_TRY(const auto address, through_.told_to_proxy(to));
  SEED_TRY_VOID(open_towards(relay.address));
  packet_.clear();
  socks::append_udp_header(packet_, address);
  packet_.insert(packet_.end(), datagram.begin(), datagram.end());
  SEED_TRY_VOID(socket_->send(packet_, relay));
  association_.on_datagram_sent();
  return {};
}

Result<void> ProxiedUdpSocket::open_towards(const IpAddress& relay) {
  const IpAddress source = through_.options_.proxy->source_towards(relay);
  if (socket_ && socket_source_ == source) return {};
  socket_.reset();
  SEED_TRY(socket_, through_.net_.open_udp({source, 0}, *this));
  socket_source_ = source;
  return {};
}

void ProxiedUdpSocket::on_datagram(MutableBytes datagram, const Endpoint& from) {
  if (from != association_.relay()) return;
  association_.on_datagram_heard();
  const auto header = socks::parse_udp_header(datagram);
  if (!header) return;
  if (const auto sender = named_here(header->address))
    owner_.on_datagram(datagram.subspan(header->octets), *sender);
}

std::optional<Endpoint> ProxiedUdpSocket::named_here(const socks::Address& address) const {
  if (const auto* endpoint = std::get_if<Endpoint>(&address)) {
    // Nobody out there has such an address, and here it would be taken for somebody else's.
    if (HostNames::is_stand_in(endpoint->address)) return std::nullopt;
    return *endpoint;
  }
  const auto& host = std::get<socks::HostName>(address);
  const auto literal = IpAddress::parse(host.name);
  const auto known = literal ? literal : through_.names_.find(host.name);
  if (!known) return std::nullopt;
  return Endpoint{*known, host.port};
}

}  // namespace seed::proxy
