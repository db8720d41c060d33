#include "core/proxy/proxied_net.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/proxy/proxied_stream.h"

namespace seed::proxy {

void ProxiedNet::set_options(const Options& options) {
  const bool moved = options.proxy != options_.proxy || options.without != options_.without;
  options_ = options;
  if (moved) begin_anew();
}

void ProxiedNet::begin_anew() {
  watch_.forget();
  for (ProxiedUdpSocket* socket : sockets_) {
    socket->socket_.reset();
    socket->held_.clear();
    socket->association_.set_proxy(options_.proxy, options_.without);
  }
}

Result<std::unique_ptr<io::Stream>> ProxiedNet::dial(const Endpoint& to,
                                                     const io::DialOptions& options,
                                                     io::StreamOwner& owner) {
  if (!options_.proxy) return fail(FaultCode::unreachable, options_.without);
  SEED_TRY(const auto address, told_to_proxy(to));
  return ProxiedStream::dial(net_, *options_.proxy, watch_, address, to, options, owner);
}

Result<std::unique_ptr<io::Listener>> ProxiedNet::listen(const Endpoint& at,
                                                         io::ListenerOwner& owner) {
  if (options_.listens) return net_.listen(at, owner);
  return fail(FaultCode::permission, "nobody can connect to us through the proxy");
}

Result<std::unique_ptr<io::UdpSocket>> ProxiedNet::open_udp(const Endpoint& at,
                                                            io::UdpSocketOwner& owner) {
  return std::make_unique<ProxiedUdpSocket>(*this, at, owner);
}

void ProxiedNet::on_turn_end() {
  for (ProxiedUdpSocket* socket : sockets_) socket->on_turn_end();
}

void ProxiedNet::on_deadline(Instant now) {
  watch_.on_deadline(now);
  for (ProxiedUdpSocket* socket : sockets_) socket->association_.on_deadline(now);
}

Instant ProxiedNet::deadline() const {
  Instant first = watch_.until();
  for (const ProxiedUdpSocket* socket : sockets_)
    first = std::min(first, socket->association_.deadline());
  return first;
}

std::optional<Fault> ProxiedNet::datagram_trouble() const {
  for (const ProxiedUdpSocket* socket : sockets_)
    if (!socket->association_.relay()) return socket->association_.trouble();
  return std::nullopt;
}

Result<socks::Address> ProxiedNet::told_to_proxy(const Endpoint& to) const {
  if (!HostNames::is_stand_in(to.address)) return socks::Address(to);
  auto name = names_.name_of(to.address);
  if (!name)
    return fail(FaultCode::unreachable,
                fmt::format("the name behind {} is forgotten", to.to_string()));
  return socks::Address(socks::HostName{*std::move(name), to.port});
}

}  // namespace seed::proxy
