// A Client and a ScriptedGateway over virtual time, and what the client told.
#pragma once

#include <string>
#include <vector>

#include "core/portmap/client.h"
#include "tests/support/catch.h"
#include "tests/unit/core/portmap/scripted_gateway.h"

namespace seed::portmap::test {

inline const Endpoint gateway_at{*IpAddress::parse("192.168.1.1"), gateway_port};
inline const Endpoint gateway_6{*IpAddress::parse("2001:db8::1"), gateway_port};
inline constexpr LocalPort tcp{Protocol::tcp, 6881};
inline constexpr LocalPort udp{Protocol::udp, 6881};

inline Client::Options options_for(const Endpoint& gateway, std::uint8_t secret = 1) {
  Client::Options out;
  out.gateway = gateway;
  out.local = *IpAddress::parse(gateway.address.is_v4() ? "192.168.1.2" : "2001:db8::2");
  out.secret.fill(secret);
  return out;
}

/// A client and a gateway over virtual time, 5 ms apart.
struct Bench {
  explicit Bench(const Endpoint& at = gateway_at, std::uint8_t secret = 1)
      : client(options_for(at, secret), Rng(1)), to(at) {}

  Client client;
  Endpoint to;
  ScriptedGateway gateway;
  Instant now{1h};
  std::vector<Instant> sent;  ///< when each datagram went out
  std::vector<Client::Event> told;

  void drain() {
    while (auto event = client.next_event()) {
      const auto* send = std::get_if<Client::Send>(&*event);
      if (send == nullptr) {
        told.push_back(*event);
        continue;
      }
      CHECK(send->to == to);
      sent.push_back(now);
      if (const auto answer = gateway.on_request(send->datagram, now)) arriving.push_back(*answer);
    }
    deliver();
  }
  void deliver() {
    while (!arriving.empty()) {
      const Buffer datagram = arriving.front();
      arriving.erase(arriving.begin());
      now += 5ms;
      receive(datagram);
    }
  }
  void receive(const Buffer& datagram) { receive(datagram, to); }
  void receive(const Buffer& datagram, const Endpoint& from) {
    client.on_datagram(datagram, from, now);
    drain();
  }
  void map(const LocalPort& port, std::uint16_t wanted = 6881) {
    CHECK(client.map(port, wanted, now));
    drain();
  }
  /// Lets time pass, with every deadline on the way.
  void pass(Duration span) {
    const Instant end = now + span;
    while (client.deadline() && *client.deadline() <= end) {
      now = std::max(now, *client.deadline());
      client.on_deadline(now);
      drain();
    }
    now = std::max(now, end);
  }
  template <typename Kind>
  std::vector<Kind> all() const {
    std::vector<Kind> out;
    for (const auto& event : told)
      if (const auto* one = std::get_if<Kind>(&event)) out.push_back(*one);
    return out;
  }
  std::vector<std::string> mapped() const {
    std::vector<std::string> out;
    for (const auto& one : all<Client::Mapped>()) out.push_back(one.external.to_string());
    return out;
  }
  /// Seconds between the datagrams sent, rounded down to 10 ms.
  std::vector<double> gaps() const {
    std::vector<double> out;
    for (std::size_t i = 1; i < sent.size(); ++i) out.push_back(seconds_of(sent[i] - sent[i - 1]));
    return out;
  }

 private:
  std::vector<Buffer> arriving;
};

using Strings = std::vector<std::string>;

}  // namespace seed::portmap::test
