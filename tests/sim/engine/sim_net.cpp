#include "tests/sim/engine/sim_net.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace seed::sim {

SimNet::SimNet(Network& network, SimHost& host, Line line)
    : network_(network),
      host_(host),
      line_(line),
      nat_(line.nat),
      // A life that began with the ports of the one before would meet its half-open connections.
      next_port_(static_cast<std::uint16_t>(49152 + host.dice().below(8192))) {
  network_.add(*this);
}

SimNet::~SimNet() {
  network_.remove(*this);
  const auto pipes = pipes_;
  for (const auto& [number, pipe] : pipes)
    for (const auto side : {Pipe::Side::dialler, Pipe::Side::acceptor})
      if (pipe->end(side).net == this) pipe->leave(side);
}

Instant SimNet::through(std::size_t bytes, Instant ready, std::uint64_t per_second, Instant& free) {
  if (per_second == 0) return ready;
  free = std::max(free, ready) + Duration(bytes * 1'000'000'000ULL / per_second);
  return free;
}

Instant SimNet::through_up(std::size_t bytes, Instant ready) {
  return through(bytes, ready, line_.up_per_second, up_free_);
}

Instant SimNet::through_down(std::size_t bytes, Instant ready) {
  return through(bytes, ready, line_.down_per_second, down_free_);
}

void SimNet::cut_one(Rng& dice) {
  if (pipes_.empty()) return;
  auto chosen = pipes_.begin();
  std::advance(chosen, static_cast<std::ptrdiff_t>(dice.below(pipes_.size())));
  chosen->second->cut(network_.chance(network_.conditions.silent_cut));
}

void SimNet::end_all() {
  const auto pipes = pipes_;
  for (const auto& [number, pipe] : pipes)
    for (const auto side : {Pipe::Side::dialler, Pipe::Side::acceptor})
      if (pipe->end(side).net == this) pipe->reset(side, Outage::fault());
}

Endpoint SimNet::here(const Endpoint& at) const {
  return {at.address.is_unspecified() ? host_.address() : at.address, at.port};
}

Result<std::unique_ptr<io::Stream>> SimNet::dial(const Endpoint& to, const io::DialOptions&,
                                                 io::StreamOwner& owner) {
  if (outage_.refuses()) return std::unexpected(Outage::fault());
  if (to.address.is_v4() != host_.address().is_v4())
    return fail(FaultCode::unreachable, "network is unreachable");
  if (next_port_ == 65535) next_port_ = 49152;
  const Endpoint from{host_.address(), next_port_++};
  auto pipe = std::make_shared<Pipe>(network_.next_pipe(), *this, from, to);
  auto stream = std::make_unique<SimStream>(pipe, Pipe::Side::dialler, &owner);
  pipe->begin_dial(*stream);
  return stream;
}

Result<std::unique_ptr<io::Listener>> SimNet::listen(const Endpoint& at, io::ListenerOwner& owner) {
  if (outage_.refuses()) return std::unexpected(Outage::fault());
  if (at.address.is_v4() != host_.address().is_v4())
    return fail(FaultCode::unreachable, "address family not supported");
  auto listener = std::make_unique<SimListener>(*this, here(at), owner);
  if (!network_.listen(here(at), *listener))
    return fail(FaultCode::exists, "cannot listen on " + at.to_string() + ": address in use");
  return listener;
}

Result<std::unique_ptr<io::UdpSocket>> SimNet::open_udp(const Endpoint& at,
                                                        io::UdpSocketOwner& owner) {
  if (outage_.refuses()) return std::unexpected(Outage::fault());
  if (at.address.is_v4() != host_.address().is_v4())
    return fail(FaultCode::unreachable, "address family not supported");
  auto socket = std::make_unique<SimUdpSocket>(*this, here(at), owner);
  if (!network_.bind(here(at), *socket))
    return fail(FaultCode::exists, "cannot bind " + at.to_string() + ": address in use");
  return socket;
}

Result<std::unique_ptr<io::UdpSocket>> SimNet::open_group(const Endpoint& group,
                                                          const io::DialOptions&,
                                                          io::UdpSocketOwner& owner) {
  if (group.address.is_v4() != host_.address().is_v4())
    return fail(FaultCode::unreachable, "address family not supported");
  return std::make_unique<SimGroupSocket>(*this, group, owner);
}

// --- datagrams -----------------------------------------------------------------------------------

Result<void> SimUdpSocket::send(Bytes datagram, const Endpoint& to) {
  Network& network = net_.network();
  if (net_.outage().refuses() || dead()) return std::unexpected(Outage::fault());
  if (network.judge) network.judge(datagram, to);
  if (network.chance(network.conditions.loss)) return {};
  carry(to_buffer(datagram), to);
  if (network.chance(network.conditions.duplicate)) carry(to_buffer(datagram), to);
  return {};
}

void SimUdpSocket::carry(Buffer datagram, const Endpoint& to) {
  Network& network = net_.network();
  SimNet* target = network.net_at(to.address);
  Instant at = net_.through_up(datagram.size(), net_.host().now()) + net_.line().delay +
               (target != nullptr ? target->line().delay : 10ms);
  if (network.chance(network.conditions.reorder)) at += network.dice().between(0ms, 200ms);
  const Endpoint outer = net_.nat().out(at_, to);
  network.events().at(at, [&network, datagram = std::move(datagram), to, from = outer]() mutable {
    SimNet* there = network.net_at(to.address);
    const auto inner = there != nullptr ? there->nat().in(to, from) : std::nullopt;
    SimUdpSocket* socket = inner ? network.socket(*inner) : nullptr;
    if (socket == nullptr || socket->dead()) return;
    SimHost& host = socket->net().host();
    host.digest().note("datagram", host.now(), host.config().number);
    host.digest().add(datagram);
    host.enter([&] { socket->owner().on_datagram(datagram, from); });
  });
}

SimGroupSocket::SimGroupSocket(SimNet& net, const Endpoint& group, io::UdpSocketOwner& owner)
    : net_(net), group_(group), owner_(owner) {
  net_.network().group(group_).push_back(this);
}

SimGroupSocket::~SimGroupSocket() { std::erase(net_.network().group(group_), this); }

Result<void> SimGroupSocket::send(Bytes datagram, const Endpoint& to) {
  Network& network = net_.network();
  if (net_.outage().refuses()) return std::unexpected(Outage::fault());
  if (network.judge) network.judge(datagram, to);
  const Endpoint from{net_.host().address(), group_.port};
  for (SimGroupSocket* member : network.group(group_)) {
    const Instant at = net_.host().now() + net_.line().delay + member->net_.line().delay;
    network.events().at(
        at, [&network, member, group = group_, from, octets = to_buffer(datagram)]() mutable {
          // It may have left.
          const auto& members = network.group(group);
          if (std::ranges::find(members, member) == members.end()) return;
          SimHost& host = member->net_.host();
          host.digest().note("group", host.now(), host.config().number);
          host.digest().add(octets);
          host.enter([&] { member->owner_.on_datagram(octets, from); });
        });
  }
  return {};
}

}  // namespace seed::sim
