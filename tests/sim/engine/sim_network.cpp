#include "tests/sim/engine/sim_network.h"

#include "tests/sim/engine/sim_net.h"

namespace seed::sim {

SimListener* Network::listener(const Endpoint& at) {
  const auto found = listeners_.find(at);
  return found == listeners_.end() ? nullptr : found->second;
}

SimUdpSocket* Network::socket(const Endpoint& at) {
  const auto found = sockets_.find(at);
  return found == sockets_.end() ? nullptr : found->second;
}

bool Network::listen(const Endpoint& at, SimListener& listener) {
  return listeners_.emplace(at, &listener).second;
}

bool Network::bind(const Endpoint& at, SimUdpSocket& socket) {
  return sockets_.emplace(at, &socket).second;
}

void Network::close(const Endpoint& at, const SimListener& listener) {
  const auto found = listeners_.find(at);
  if (found != listeners_.end() && found->second == &listener) listeners_.erase(found);
}

void Network::close(const Endpoint& at, const SimUdpSocket& socket) {
  const auto found = sockets_.find(at);
  if (found != sockets_.end() && found->second == &socket) sockets_.erase(found);
}

void Network::add(SimNet& net) { nets_[net.host().address()] = &net; }

void Network::remove(SimNet& net) {
  const auto found = nets_.find(net.host().address());
  if (found != nets_.end() && found->second == &net) nets_.erase(found);
}

SimNet* Network::net_at(const IpAddress& address) {
  const auto found = nets_.find(address);
  return found == nets_.end() ? nullptr : found->second;
}

}  // namespace seed::sim
