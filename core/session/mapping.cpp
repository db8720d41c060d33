#include "core/session/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace seed::session {

using portmap::Protocol;

namespace {

/// RFC 6335, 6: nobody's in particular.
constexpr std::uint16_t first_dynamic_port = 49152;
constexpr std::uint16_t dynamic_ports = 16384;

std::string_view name_of(Protocol protocol) { return protocol == Protocol::tcp ? "tcp" : "udp"; }

Endpoint endpoint_of(const io::UpnpMapping& mapping) {
  return {mapping.external_address, mapping.external_port};
}

}  // namespace

Mapping::Mapping(io::World world, Rng rng, MappingOwner& owner, log::Logger log)
    : world_(world), rng_(rng), owner_(owner), log_(std::move(log)) {
  world_.entropy.fill(secret_);
}

Mapping::~Mapping() = default;

// --- beginning and ending ------------------------------------------------------------------------

void Mapping::load(Bytes secret) {
  kept_ = secret.size() == secret_.size();
  if (kept_) std::ranges::copy(secret, secret_.begin());
}

void Mapping::configure(const config::Settings& settings, std::uint16_t port, Instant now) {
  enabled_ = settings.port_forwarding_enabled;
  const bool wanted = enabled_ && port != 0 && !settings.bind_address_ipv4.empty();
  const bool same = port == port_ && settings.port_mapping_gateway == named_gateway_ &&
                    settings.bind_address_ipv4 == bind_address_;
  if (wanted == wanted_ && (same || !wanted)) return;
  moved_ = wanted && wanted_ && port == move_to_ &&
           settings.port_mapping_gateway == named_gateway_ &&
           settings.bind_address_ipv4 == bind_address_;
  // To take it back could be to lose it: it runs out by itself.
  if (moved_)
    client_.reset();
  else if (wanted_)
    end(now);
  if (!wanted) forget_port_before();
  if (!moved_) translates_ = false;
  move_to_.reset();
  wanted_ = wanted;
  port_ = port;
  named_gateway_ = settings.port_mapping_gateway;
  bind_address_ = settings.bind_address_ipv4;
  if (wanted_) begin(now);
}

void Mapping::begin(Instant now) {
  if (!std::exchange(kept_, true)) owner_.keep_mapping(to_buffer(Bytes(secret_)));
  ++life_;
  ports_ = {};
  ports_[0].local = {Protocol::tcp, port_};
  ports_[1].local = {Protocol::udp, port_};
  if (port_before_) port_before_->until = now + upnp_after;
  find_router(now);
}

/// What the router may have given is taken back; nobody waits for that but close().
void Mapping::end(Instant now) {
  ++life_;
  find_at_ = never;
  upnp_at_ = never;
  error_.clear();
  if (client_) {
    client_->unmap_all(now);
    drain();
  }
  for (Port& port : ports_) {
    port.renew_at = never;
    port.native.reset();
    if (const auto upnp = std::exchange(port.upnp, std::nullopt)) take_back(*upnp);
    settle(port);
  }
}

void Mapping::forget() {
  ++life_;
  const auto before = external_port();
  port_before_ = before ? std::optional(PortBefore{*before}) : std::nullopt;
  wanted_ = false;
  move_to_.reset();
  find_at_ = never;
  upnp_at_ = never;
  error_.clear();
  client_.reset();
  socket_.reset();
  router_.reset();
  for (Port& port : ports_) {
    port.renew_at = never;
    port.native.reset();
    port.upnp.reset();
    settle(port, "our network is gone, or another");
  }
}

void Mapping::forget_port_before() {
  if (std::exchange(port_before_, std::nullopt)) owner_.on_external_port();
}

void Mapping::close(Instant now) {
  if (wanted_) end(now);
  wanted_ = false;
  close_by_ = now + take_back_max;
}

/// What a router is still being asked for by UPnP may be given, and is to be taken back then.
bool Mapping::closed(Instant now) const {
  return ((!client_ || client_->done()) && asking_ == 0 && taking_back_ == 0) || now >= close_by_;
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
  io::GatewayQuery query;
  query.router = IpAddress::parse(named_gateway_);
  world_.gateway.default_gateway(query, [this, life = life_](Result<io::GatewayFacts> found) {
    if (life == life_) on_router(std::move(found), world_.clock.now());
  });
}

void Mapping::on_router(Result<io::GatewayFacts> found, Instant now) {
  const auto& network = world_.uplink.facts();
  // A VPN's interface may have no default route, or one without a router.
  if (const auto named = IpAddress::parse(named_gateway_);
      named && !found && !network.interface.empty() && network.v4)
    found = io::GatewayFacts{*named, *network.v4, network.interface};
  // Ports are forwarded to the address that asks, and that is the one we listen at.
  if (const auto bound = IpAddress::parse(bind_address_);
      found && bound && !bound->is_unspecified())
    found->source = *bound;
  const auto met = found ? meet_router(*found, now) : std::unexpected(found.error());
  if (!met) {
    if (std::exchange(error_, met.error().text) != error_)
      log_.info("no router to forward the peer port", {{"error", error_}});
    return;
  }
  error_.clear();
  for (const Port& port : ports_) client_->map(port.local, port.local.number, now);
  drain();
  world_.alarm.again();
}

/// Another router than before has nothing of ours.
Result<void> Mapping::meet_router(const io::GatewayFacts& router, Instant now) {
  if (!client_ || router_ != router) {
    client_.reset();
    socket_.reset();
    router_.reset();
    for (Port& port : ports_) {
      port.native.reset();
      port.upnp.reset();
      port.renew_at = never;
      settle(port, "the router is another now");
    }
    SEED_TRY(socket_, world_.net.open_udp({router.source, 0}, *this));
    router_ = router;
    portmap::Client::Options options;
    options.gateway = {router.router, portmap::gateway_port};
    options.local = router.source;
    options.secret = secret_;
    client_ = std::make_unique<portmap::Client>(options, rng_.fork());
  }
  const bool answered = std::ranges::any_of(
      ports_, [](const Port& port) { return port.external || !port.native_error.empty(); });
  if (!answered) upnp_at_ = std::min(upnp_at_, now + upnp_after);
  return {};
}

void Mapping::on_datagram(MutableBytes datagram, const Endpoint& from) {
  if (!client_) return;
  client_->on_datagram(datagram, from, world_.clock.now());
  drain();
  world_.alarm.again();
}

void Mapping::drain() {
  while (const auto event = client_->next_event()) on(*event);
}

void Mapping::on(const portmap::Client::Event& event) {
  if (const auto* send = std::get_if<portmap::Client::Send>(&event)) {
    if (socket_) static_cast<void>(socket_->send(send->datagram, send->to));
  } else if (const auto* mapped = std::get_if<portmap::Client::Mapped>(&event)) {
    on_native(port_of(mapped->port), mapped->external);
  } else if (const auto* lost = std::get_if<portmap::Client::Lost>(&event)) {
    Port& port = port_of(lost->port);
    port.native.reset();
    settle(port, lost->text);
  } else if (const auto* failed = std::get_if<portmap::Client::Failed>(&event)) {
    Port& port = port_of(failed->port);
    port.native.reset();
    port.native_error = failed->fault.text;
    settle(port, failed->fault.text);
    if (wanted_ && port.renew_at == never) ask_upnp(port);
    log_failure(port);
  } else {
    log_.info("the router began anew: it is asked again", {});
  }
}

void Mapping::on_native(Port& port, const Endpoint& external) {
  port.native = external;
  port.native_error.clear();
  port.upnp_error.clear();
  port.renew_at = never;
  // Taking back one from the same external port would be taking back both.
  if (const auto upnp = std::exchange(port.upnp, std::nullopt);
      upnp && upnp->external_port != external.port)
    take_back(*upnp);
  settle(port);
}

Mapping::Port& Mapping::port_of(const portmap::LocalPort& local) {
  return ports_[local.protocol == Protocol::tcp ? 0 : 1];
}

/// Where others reach us, by what is mapped.
void Mapping::settle(Port& port, std::string_view why) {
  std::optional<Endpoint> external = port.native;
  if (!external && port.upnp) external = endpoint_of(*port.upnp);
  if (port.external == external) return;
  port.external = external;
  if (external) {
    port.last_logged.clear();
    log_.info("the router forwards the peer port", {{"protocol", name_of(port.local.protocol)},
                                                    {"port", port.local.number},
                                                    {"external", *external},
                                                    {"by", way_of(port)}});
  } else if (!why.empty()) {
    log_.info("the router no longer forwards the peer port",
              {{"protocol", name_of(port.local.protocol)}, {"why", why}});
  }
  if (port.local.protocol != Protocol::tcp) return;
  if (external) port_before_.reset();
  see_given_port();
  owner_.on_external_port();
}

void Mapping::see_given_port() {
  move_to_.reset();
  const auto& given = ports_[0].native;
  if (named_gateway_.empty() || !given) return;
  const bool moved = std::exchange(moved_, false);
  if (given->port == port_) return;
  // One that gives another whatever we do is not to be run after.
  translates_ = translates_ || moved;
  if (!translates_) move_to_ = given->port;
}

// --- UPnP ----------------------------------------------------------------------------------------

void Mapping::ask_upnp(Port& port) {
  if (port.asking_upnp || !router_) return;
  port.asking_upnp = true;
  ++asking_;
  io::UpnpMapping wanted;
  wanted.via = {router_->router, router_->source};
  wanted.internal_port = port.local.number;
  wanted.external_port = port.upnp_wanted != 0 ? port.upnp_wanted : port.local.number;
  wanted.udp = port.local.protocol == Protocol::udp;
  wanted.lifetime = upnp_lifetime;
  world_.gateway.upnp_map(wanted, [this, life = life_, &port](Result<io::UpnpMapping> given) {
    --asking_;
    if (life == life_) return on_upnp(port, std::move(given), world_.clock.now());
    // It was given to nobody.
    if (given) take_back(*given);
    world_.alarm.again();
  });
}

void Mapping::on_upnp(Port& port, Result<io::UpnpMapping> given, Instant now) {
  port.asking_upnp = false;
  world_.alarm.again();
  if (port.native) {
    // The router has come to speak its own way meanwhile.
    if (given && given->external_port != port.native->port) take_back(*given);
    return;
  }
  if (given) {
    port.upnp = *given;
    port.upnp_error.clear();
    port.upnp_wanted = given->external_port;
    port.upnp_others = 0;
    const Duration lifetime = given->lifetime == Duration{} ? upnp_lifetime : given->lifetime;
    port.renew_at = now + lifetime / 2;
    return settle(port);
  }
  port.upnp.reset();
  // A router of the first version has no other to offer.
  if (given.error().code == FaultCode::exists && port.upnp_others < upnp_others_max) {
    ++port.upnp_others;
    port.upnp_wanted = static_cast<std::uint16_t>(first_dynamic_port + rng_.below(dynamic_ports));
    settle(port, given.error().text);
    return ask_upnp(port);
  }
  port.renew_at = now + again_after;
  port.upnp_wanted = 0;
  port.upnp_others = 0;
  port.upnp_error = given.error().text;
  settle(port, given.error().text);
  log_failure(port);
}

// --- in words ------------------------------------------------------------------------------------

/// Once for each reason, and when there is no way left.
void Mapping::log_failure(Port& port) {
  if (port.external || port.native_error.empty() || port.upnp_error.empty()) return;
  auto words = words_of(port);
  if (words == port.last_logged) return;
  log_.warn("the router does not forward the peer port",
            {{"protocol", name_of(port.local.protocol)},
             {"router", router_ ? router_->router.to_string() : std::string()},
             {"error", words}});
  port.last_logged = std::move(words);
}

std::string_view Mapping::way_of(const Port& port) const {
  if (!port.native) return "UPnP";
  return client_->language() == portmap::Client::Language::pcp ? "PCP" : "NAT-PMP";
}

std::string Mapping::words_of(const Port& port) const {
  if (port.external) return fmt::format("{} by {}", port.external->to_string(), way_of(port));
  if (port.native_error.empty() && port.upnp_error.empty()) return "asked for";
  if (port.native_error.empty() || port.upnp_error.empty())
    return port.native_error + port.upnp_error;
  return port.native_error + "; UPnP: " + port.upnp_error;
}

std::string Mapping::status() const {
  if (!enabled_) return {};
  if (!wanted_) return "there is no port over IPv4 to forward";
  if (!error_.empty()) return error_;
  if (!router_) return "looking for the router";
  return fmt::format("router {}: TCP {}; UDP {}", router_->router.to_string(), words_of(ports_[0]),
                     words_of(ports_[1]));
}

// --- time ----------------------------------------------------------------------------------------

void Mapping::on_deadline(Instant now) {
  if (client_ && client_->deadline().value_or(never) <= now) {
    client_->on_deadline(now);
    drain();
  }
  if (port_before_ && port_before_->until <= now) forget_port_before();
  if (!wanted_) return;
  // Its address may be another by now.
  if (find_at_ <= now) find_router(now);
  if (upnp_at_ <= now) {
    upnp_at_ = never;
    for (Port& port : ports_)
      if (!client_->heard() && port.renew_at == never) ask_upnp(port);
  }
  for (Port& port : ports_)
    if (port.renew_at <= now) {
      port.renew_at = never;
      ask_upnp(port);
    }
}

Instant Mapping::deadline() const {
  Instant when = wanted_ ? std::min(find_at_, upnp_at_) : never;
  if (port_before_) when = std::min(when, port_before_->until);
  if (client_) when = std::min(when, client_->deadline().value_or(never));
  if (!closed(world_.clock.now())) when = std::min(when, close_by_);
  for (const Port& port : ports_)
    if (wanted_) when = std::min(when, port.renew_at);
  return when;
}

}  // namespace seed::session
