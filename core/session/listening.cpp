#include "core/session/listening.h"

#include <algorithm>
#include <utility>

namespace seed::session {

namespace {

bool uses_tcp(const config::Settings& settings) {
  return std::ranges::find(settings.preferred_transports, config::Transport::tcp) !=
         settings.preferred_transports.end();
}

}  // namespace

Listening::Listening(io::Net& net, io::ListenerOwner& streams, io::UdpSocketOwner& datagrams,
                     Rng rng, log::Logger log)
    : net_(net), streams_(streams), datagrams_(datagrams), rng_(rng), log_(std::move(log)) {}

void Listening::open(const config::Settings& settings, bool port_was_set, Instant now) {
  const bool same_addresses = settings.bind_address_ipv4 == settings_.bind_address_ipv4 &&
                              settings.bind_address_ipv6 == settings_.bind_address_ipv6 &&
                              opened_life_ == network_.life;
  const bool same_port = keeps_port(settings, port_was_set);
  const bool turned = std::exchange(opened_outward_, outward_only_) != outward_only_;
  const bool same = !turned && same_port && (port_ != 0 || outward_only_) &&
                    uses_tcp(settings) == uses_tcp(settings_) && same_addresses;
  settings_ = settings;
  port_was_set_ = port_was_set;
  opened_life_ = network_.life;
  if (!network_.there()) {
    close();
    retry_at_ = never;
    error_ = network_.trouble;
    return;
  }
  if (same) return open_late();
  // A try that fails leaves the spare sockets, and what they wait for, as they are.
  if (same_addresses && !turned)
    close_port();
  else
    close();
  if (outward_only_) return open_outward();
  if (settings.peer_port_random_on_start && random_port_ == 0)
    random_port_ = static_cast<std::uint16_t>(49152 + rng_.below(65536 - 49152));
  std::uint16_t first = settings.peer_port;
  std::uint16_t last = settings.peer_port;
  if (given_port_) {
    first = last = *given_port_;
  } else if (random_port_ != 0) {
    first = last = random_port_;
  } else if (!port_was_set) {
    first = first_port;
    last = last_port;
  }
  Fault fault;
  for (std::uint32_t port = first; port <= last; ++port) {
    if (const auto opened = open_at(static_cast<std::uint16_t>(port)); opened) {
      port_ = static_cast<std::uint16_t>(port);
      ++generation_;
      error_.clear();
      retry_at_ = never;
      spare_v4_.reset();
      spare_v6_.reset();
      log_.info("listening for peers", {{"port", port_}});
      return;
    } else {
      fault = opened.error();
    }
  }
  if (given_port_) {
    log_.warn("cannot listen at the port that the gateway gave",
              {{"port", *given_port_}, {"error", fault.text}});
    given_port_.reset();
    return open(config::Settings(settings_), port_was_set, now);
  }
  close_port();
  open_spares();
  random_port_ = 0;
  if (error_ != fault.text)
    log_.error("cannot listen for peers; trying again", {{"port", first}, {"error", fault.text}});
  error_ = fault.text;
  retry_at_ = now + retry_after;
}

/// It is open where it is to be; forgets a given port that these settings have nothing to do with.
bool Listening::keeps_port(const config::Settings& settings, bool port_was_set) {
  const bool same = settings.peer_port == settings_.peer_port && port_was_set == port_was_set_;
  const bool same_gateway = settings.port_forwarding_enabled == settings_.port_forwarding_enabled &&
                            settings.port_mapping_gateway == settings_.port_mapping_gateway &&
                            settings.bind_address_ipv4 == settings_.bind_address_ipv4;
  const bool was_given = given_port_.has_value();
  if (!same || !same_gateway) given_port_.reset();
  return same && (given_port_ ? given_port_ == port_ : !was_given);
}

void Listening::move_to(std::uint16_t port, Instant now) {
  if (port_ == 0 || port == port_) return;
  given_port_ = port;
  retry_at_ = now;
}

void Listening::open_outward() {
  error_.clear();
  retry_at_ = never;
  open_spares();
  log_.info("not listening for peers: nobody can come in through the proxy", {});
}

Result<void> Listening::open_at(std::uint16_t port) {
  close_port();
  const bool takes_tcp = uses_tcp(settings_);
  const auto v4 = address_v4();
  const auto v6 = address_v6();
  if (!v4 && !v6) return fail(FaultCode::unsupported, "neither IPv4 nor IPv6 has a bind address");
  if (v4) {
    if (takes_tcp) {
      SEED_TRY(tcp_v4_, net_.listen({*v4, port}, streams_));
    }
    SEED_TRY(udp_v4_, net_.open_udp({*v4, port}, datagrams_));
  }
  if (v6) {
    // A host without IPv6 is no reason to do without IPv4.
    Result<std::unique_ptr<io::Listener>> tcp;
    if (takes_tcp) tcp = net_.listen({*v6, port}, streams_);
    auto udp = net_.open_udp({*v6, port}, datagrams_);
    const bool taken = (!tcp && tcp.error().code == FaultCode::exists) ||
                       (!udp && udp.error().code == FaultCode::exists);
    if (taken || !v4) {
      if (!tcp) return std::unexpected(tcp.error());
      if (!udp) return std::unexpected(udp.error());
    }
    if (tcp && udp) {
      tcp_v6_ = *std::move(tcp);
      udp_v6_ = *std::move(udp);
    }
  }
  return {};
}

/// What an address has come for since: IPv6, mostly, which takes a second longer than IPv4. One
/// that cannot be had is done without.
void Listening::open_late() {
  if (outward_only_) return open_spares();
  const auto open = [&](const std::optional<IpAddress>& at, std::unique_ptr<io::Listener>& tcp,
                        std::unique_ptr<io::UdpSocket>& udp) {
    if (!at || udp) return;
    Result<std::unique_ptr<io::Listener>> listener;
    if (uses_tcp(settings_)) listener = net_.listen({*at, port_}, streams_);
    auto socket = net_.open_udp({*at, port_}, datagrams_);
    if (!listener || !socket) return;
    tcp = *std::move(listener);
    udp = *std::move(socket);
  };
  open(address_v4(), tcp_v4_, udp_v4_);
  open(address_v6(), tcp_v6_, udp_v6_);
}

/// One that cannot be had is done without.
void Listening::open_spares() {
  const auto open = [&](const std::optional<IpAddress>& at, std::unique_ptr<io::UdpSocket>& spare) {
    if (!at || spare) return;
    auto opened = net_.open_udp({*at, 0}, datagrams_);
    if (!opened) return;
    spare = *std::move(opened);
    ++generation_;
  };
  open(address_v4(), spare_v4_);
  open(address_v6(), spare_v6_);
}

std::optional<IpAddress> Listening::address_v4() const {
  return network_.v4 ? IpAddress::parse(settings_.bind_address_ipv4) : std::nullopt;
}

std::optional<IpAddress> Listening::address_v6() const {
  return network_.v6 ? IpAddress::parse(settings_.bind_address_ipv6) : std::nullopt;
}

void Listening::close() {
  close_port();
  spare_v4_.reset();
  spare_v6_.reset();
}

void Listening::close_port() {
  if (udp_v4_ || udp_v6_) ++generation_;
  tcp_v4_.reset();
  tcp_v6_.reset();
  udp_v4_.reset();
  udp_v6_.reset();
  port_ = 0;
}

void Listening::on_accept_fault(const Fault& fault, Instant now) {
  if (now < fault_silent_until_) return;
  fault_silent_until_ = now + fault_told_every;
  log_.error("cannot accept connections for now", {{"error", fault.text}});
}

void Listening::on_deadline(Instant now) {
  if (retry_at_ > now) return;
  retry_at_ = never;
  const config::Settings settings = settings_;
  open(settings, port_was_set_, now);
}

}  // namespace seed::session
