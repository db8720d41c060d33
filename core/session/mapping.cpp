#include "core/session/mapping.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace seed::session {

using portmap::Protocol;

Mapping::Mapping(io::World world, Rng rng, MappingOwner& owner, log::Logger log)
    : world_(world), rng_(rng), owner_(owner), log_(std::move(log)) {
  world_.entropy.fill(secret_);
}

Mapping::~Mapping() = default;

// --- beginning and ending ------------------------------------------------------------------------

void Mapping::configure(const config::Settings& settings, std::uint16_t port, Instant now) {
  const bool v4 = !settings.bind_address_ipv4.empty();
  const bool wanted = settings.port_forwarding_enabled && port != 0 && v4;
  if (wanted == wanted_ && port == port_ && settings.port_mapping_gateway == named_gateway_) return;
  if (wanted_) end(now);
  wanted_ = wanted;
  port_ = port;
  named_gateway_ = settings.port_mapping_gateway;
  if (wanted_) begin(now);
}

void Mapping::begin(Instant now) {
  ++life_;
  ports_ = {};
  ports_[0].local = {Protocol::tcp, port_};
  ports_[1].local = {Protocol::udp, port_};
  find_router(now);
}

/// What the router may have given is taken back; nobody waits for that but close().
void Mapping::end(Instant now) {
  ++life_;
  find_at_ = never;
  error_.clear();
  if (client_) {
    client_->unmap_all(now);
    drain();
  }
  for (Port& port : ports_) {
    port.renew_at = never;
    if (const auto upnp = std::exchange(port.upnp, std::nullopt)) take_back(*upnp);
    set_external(port, std::nullopt);
  }
}

void Mapping::forget() {
  ++life_;
  wanted_ = false;
  find_at_ = never;
  error_.clear();
  client_.reset();
  socket_.reset();
  router_.reset();
  for (Port& port : ports_) {
    port.renew_at = never;
    port.upnp.reset();
    set_external(port, std::nullopt);
  }
}

void Mapping::close(Instant now) {
  if (wanted_) end(now);
  wanted_ = false;
  close_by_ = now + take_back_max;
}

bool Mapping::closed(Instant now) const {
  return ((!client_ || client_->done()) && taking_back_ == 0) || now >= close_by_;
}

void Mapping::take_back(const io::UpnpMapping& mapping) {
  ++taking_back_;
  world_.gateway.upnp_unmap(mapping, [this](const Result<void>&) {
    --taking_back_;
    world_.alarm.again();
  });
}

// --- the router ----------------------------------------------------------------------------------

void Mapping::find_router(Instant now) {
  find_at_ = now + again_after;
  world_.gateway.default_gateway({}, [this, life = life_](Result<io::GatewayFacts> found) {
    if (life == life_) on_router(std::move(found), world_.clock.now());
  });
}

void Mapping::on_router(Result<io::GatewayFacts> found, Instant now) {
  const auto& network = world_.uplink.facts();
  if (const auto named = IpAddress::parse(named_gateway_)) {
    // A VPN's interface may have no default route, or one without a router.
    if (!found && !network.interface.empty() && network.v4)
      found = io::GatewayFacts{*named, *network.v4, network.interface};
    if (found) found->router = *named;
  }
  if (!found) {
    error_ = found.error().text;
    return;
  }
  if (client_ && router_ == *found) return;
  router_ = *std::move(found);
  client_.reset();
  socket_.reset();
  auto socket = world_.net.open_udp({router_->source, 0}, *this);
  if (!socket) {
    error_ = socket.error().text;
    return;
  }
  socket_ = *std::move(socket);
  portmap::Client::Options options;
  options.gateway = {router_->router, portmap::gateway_port};
  options.local = router_->source;
  options.secret = secret_;
  client_ = std::make_unique<portmap::Client>(options, rng_.fork());
  for (const Port& port : ports_) client_->map(port.local, port.local.number, now);
  drain();
  world_.alarm.again();
}

void Mapping::on_datagram(MutableBytes datagram, const Endpoint& from) {
  if (!client_) return;
  client_->on_datagram(datagram, from, world_.clock.now());
  drain();
}

void Mapping::drain() {
  while (const auto event = client_->next_event()) on(*event);
}

void Mapping::on(const portmap::Client::Event& event) {
  if (const auto* send = std::get_if<portmap::Client::Send>(&event)) {
    if (socket_) static_cast<void>(socket_->send(send->datagram, send->to));
  } else if (const auto* mapped = std::get_if<portmap::Client::Mapped>(&event)) {
    error_.clear();
    set_external(port_of(mapped->port), mapped->external);
  } else if (const auto* lost = std::get_if<portmap::Client::Lost>(&event)) {
    set_external(port_of(lost->port), std::nullopt);
  } else if (const auto* failed = std::get_if<portmap::Client::Failed>(&event)) {
    Port& port = port_of(failed->port);
    if (!port.upnp) error_ = failed->fault.text;
    if (wanted_ && port.renew_at == never) ask_upnp(port);
  }
}

Mapping::Port& Mapping::port_of(const portmap::LocalPort& local) {
  return ports_[local.protocol == Protocol::tcp ? 0 : 1];
}

void Mapping::set_external(Port& port, std::optional<Endpoint> external) {
  if (port.external == external) return;
  port.external = external;
  const bool tcp = port.local.protocol == Protocol::tcp;
  if (external)
    log_.info("the router forwards the peer port",
              {{"protocol", tcp ? "tcp" : "udp"}, {"external", *external}});
  if (tcp) owner_.on_external_port();
}

// --- UPnP ----------------------------------------------------------------------------------------

void Mapping::ask_upnp(Port& port) {
  if (port.asking_upnp || !router_) return;
  port.asking_upnp = true;
  io::UpnpMapping wanted;
  wanted.via = {router_->router, router_->source};
  wanted.internal_port = port.local.number;
  wanted.external_port = port.upnp ? port.upnp->external_port : port.local.number;
  wanted.udp = port.local.protocol == Protocol::udp;
  wanted.lifetime = upnp_lifetime;
  world_.gateway.upnp_map(wanted, [this, life = life_, &port](Result<io::UpnpMapping> given) {
    if (life == life_) return on_upnp(port, std::move(given), world_.clock.now());
    // It was given to nobody.
    if (given) take_back(*given);
  });
}

void Mapping::on_upnp(Port& port, Result<io::UpnpMapping> given, Instant now) {
  port.asking_upnp = false;
  if (!given) {
    port.renew_at = now + again_after;
    port.upnp.reset();
    if (!port.external || error_.empty()) error_ = given.error().text;
    set_external(port, std::nullopt);
  } else {
    error_.clear();
    port.upnp = *given;
    const Duration lifetime = given->lifetime == Duration{} ? upnp_lifetime : given->lifetime;
    port.renew_at = now + lifetime / 2;
    set_external(port, Endpoint{given->external_address, given->external_port});
  }
  world_.alarm.again();
}

// --- time ----------------------------------------------------------------------------------------

void Mapping::on_deadline(Instant now) {
  if (client_ && client_->deadline().value_or(never) <= now) {
    client_->on_deadline(now);
    drain();
  }
  if (!wanted_) return;
  // Its address may be another by now.
  if (find_at_ <= now) find_router(now);
  for (Port& port : ports_)
    if (port.renew_at <= now) {
      port.renew_at = never;
      // One that was mapped in the router's own way meanwhile need not be by this.
      if (port.upnp || !port.external) ask_upnp(port);
    }
}

Instant Mapping::deadline() const {
  Instant when = wanted_ ? find_at_ : never;
  if (client_) when = std::min(when, client_->deadline().value_or(never));
  if (!closed(world_.clock.now())) when = std::min(when, close_by_);
  for (const Port& port : ports_)
    if (wanted_) when = std::min(when, port.renew_at);
  return when;
}

}  // namespace seed::session
