#include "core/session/proxying.h"

#include <algorithm>
#include <utility>

namespace seed::session {

using config::ProxyMode;

Proxying::Proxying(io::World outside, io::UdpSocketOwner& datagrams, log::Logger log)
    : outside_(outside),
      datagrams_(datagrams),
      log_(std::move(log)),
      through_(outside.net, outside.clock, names_),
      unresolved_(outside.alarm, names_),
      peers_net_(outside.net),
      trackers_net_(outside.net),
      peers_resolver_(outside.resolver),
      trackers_resolver_(outside.resolver),
      http_(outside.http) {}

Proxying::~Proxying() {
  if (lookup_) outside_.resolver.cancel(*lookup_);
}

io::World Proxying::world() {
  return {outside_.clock,  outside_.alarm, outside_.entropy, peers_net_,
          peers_resolver_, http_,          outside_.gateway, outside_.workers,
          outside_.files,  outside_.store, outside_.uplink};
}

io::World Proxying::tracker_world() {
  return {outside_.clock,     outside_.alarm, outside_.entropy, trackers_net_,
          trackers_resolver_, http_,          outside_.gateway, outside_.workers,
          outside_.files,     outside_.store, outside_.uplink};
}

// --- the settings --------------------------------------------------------------------------------

Proxying::Change Proxying::configure(const config::Settings& settings) {
  const io::SourceAddresses sources{.v4 = IpAddress::parse(settings.bind_address_ipv4),
                                    .v6 = IpAddress::parse(settings.bind_address_ipv6)};
  const bool was_strict = strict();
  const bool other_sources = sources_.v4 != sources.v4 || sources_.v6 != sources.v6;
  const bool other_url = std::exchange(text_, settings.proxy_url) != settings.proxy_url;
  const bool other_mode = std::exchange(mode_, settings.proxy_mode) != settings.proxy_mode;
  sources_ = sources;
  if (!other_url && (text_.empty() || (!other_mode && !other_sources))) return Change::nothing;
  if (other_url) {
    const auto parsed = ProxyUrl::parse(text_);
    url_ = parsed ? std::optional(*parsed) : std::nullopt;
    server_.reset();
    if (lookup_) outside_.resolver.cancel(*std::exchange(lookup_, std::nullopt));
    look_up_at_ = never;
    look_up_pause_ = name_again_after;
  }
  use_ways();
  if (is_socks() && !server_) find_server();
  use_server();
  outside_.alarm.again();
  return was_strict || strict() ? Change::all : Change::trackers;
}

void Proxying::begin_anew(Instant now) {
  if (!url_) return;
  look_up_pause_ = name_again_after;
  if (look_up_at_ != never) look_up_at_ = now;
  // One that was cut off is answered some time.
  if (lookup_) {
    outside_.resolver.cancel(*std::exchange(lookup_, std::nullopt));
    find_server();
  }
  through_.begin_anew();
  outside_.alarm.again();
}

/// Who is given what: one place, so that nothing is forgotten.
void Proxying::use_ways() {
  tracker_socket_.reset();
  peers_net_.set(strict() ? static_cast<io::Net&>(through_) : outside_.net);
  peers_resolver_.set(strict() ? static_cast<io::Resolver&>(unresolved_) : outside_.resolver);
  trackers_net_.set(url_ ? static_cast<io::Net&>(through_) : outside_.net);
  trackers_resolver_.set(url_ ? static_cast<io::Resolver&>(unresolved_) : outside_.resolver);
  http_.set(url_);
  if (!url_) {
    told_.clear();
    log_.info("no proxy any more: all goes directly", {});
    return;
  }
  log_.info("through a proxy", {{"proxy", url_->host_and_port()},
                                {"kind", is_socks() ? "socks5" : "http"},
                                {"mode", strict() ? "strict" : "trackers_only"}});
  if (!is_socks() || strict()) return;
  if (auto opened = through_.open_udp({}, datagrams_)) tracker_socket_ = *std::move(opened);
}

// --- the proxy's own name ------------------------------------------------------------------------

void Proxying::find_server() {
  if (const auto literal = IpAddress::parse(url_->host)) {
    server_ = literal;
    return;
  }
  look_up_at_ = never;
  lookup_ = outside_.resolver.resolve(url_->host, [this](const Result<std::vector<IpAddress>>& it) {
    lookup_.reset();
    on_server(it, outside_.clock.now());
  });
}

void Proxying::on_server(const Result<std::vector<IpAddress>>& found, Instant now) {
  const auto usable = [this](const IpAddress& address) {
    return (address.is_v4() ? sources_.v4 : sources_.v6).has_value();
  };
  if (!found || found->empty()) {
    name_fault_ = found ? "it has no address" : found.error().text;
    look_up_at_ = now + look_up_pause_;
    look_up_pause_ = std::min(2 * look_up_pause_, name_age_max);
  } else {
    name_fault_.clear();
    look_up_at_ = now + name_age_max;
    look_up_pause_ = name_again_after;
    // The one there is stays as long as it is one of them.
    if (!server_ || std::ranges::find(*found, *server_) == found->end()) {
      const auto best = std::ranges::find_if(*found, usable);
      server_ = best != found->end() ? *best : found->front();
    }
  }
  use_server();
  outside_.alarm.again();
}

void Proxying::use_server() {
  proxy::ProxiedNet::Options options;
  if (!url_) return through_.set_options(options);
  if (!is_socks()) {
    options.without = "a proxy of HTTP carries neither peers nor datagrams";
  } else if (!server_) {
    options.without = "the proxy's name " + url_->host + " is not known yet";
    if (!name_fault_.empty()) options.without += ": " + name_fault_;
  } else if (const auto& source = server_->is_v4() ? sources_.v4 : sources_.v6; !source) {
    options.without = "the proxy's address has a family without a bind address";
  } else {
    options.proxy = proxy::Proxy{.server = {*server_, url_->port}, .login = {}, .source = *source};
    if (!url_->user.empty()) options.proxy->login = socks::Login{url_->user, url_->password};
  }
  through_.set_options(options);
}

// --- what goes, and what does not ----------------------------------------------------------------

bool Proxying::holds_dials(Instant now) const {
  return strict() && (!is_socks() || !server_ || through_.watch().pauses(now));
}

std::optional<Fault> Proxying::datagram_trouble() const {
  if (!url_) return std::nullopt;
  if (!is_socks()) return Fault{FaultCode::unsupported, 0, "a proxy of HTTP relays no datagrams"};
  return through_.datagram_trouble();
}

Proxying::Sockets Proxying::for_trackers(io::UdpSocket* v4, io::UdpSocket* v6) const {
  if (!url_) return {v4, v6};
  if (datagram_trouble_) return {nullptr, nullptr, datagram_trouble_};
  io::UdpSocket* const any = strict() ? (v4 != nullptr ? v4 : v6) : tracker_socket_.get();
  // A name may be of either family, and a relay reaches both.
  return {any, any};
}

Proxying::Sockets Proxying::for_nodes(io::UdpSocket* v4, io::UdpSocket* v6) const {
  if (strict() && datagram_trouble_) return {nullptr, nullptr, datagram_trouble_};
  return {v4, v6};
}

std::string Proxying::trouble() const {
  if (!url_) return {};
  const auto& watch = through_.watch().trouble();
  if (strict() && !is_socks())
    return "nothing but HTTP goes through it: no peers, no DHT and no UDP trackers";
  if (strict() && watch) return "peers cannot be reached: " + watch->text;
  if (!datagram_trouble_) return {};
  return (strict() ? "no DHT and no UDP trackers: " : "no UDP trackers: ") +
         datagram_trouble_->text;
}

// --- turns ---------------------------------------------------------------------------------------

bool Proxying::on_turn_end() {
  unresolved_.on_turn_end();
  through_.on_turn_end();
  auto now_so = datagram_trouble();
  // The first try is under way: what is sent waits for it.
  if (now_so && now_so->code == FaultCode::busy) now_so.reset();
  const bool changed = now_so != datagram_trouble_;
  datagram_trouble_ = std::move(now_so);
  tell(trouble());
  return changed;
}

void Proxying::tell(const std::string& trouble) {
  if (std::exchange(told_, trouble) == trouble) return;
  if (trouble.empty())
    log_.info("the proxy carries all that it is to carry", {});
  else
    log_.warn("the proxy fails", {{"why", trouble}});
}

void Proxying::on_deadline(Instant now) {
  through_.on_deadline(now);
  if (look_up_at_ <= now) find_server();
}

Instant Proxying::deadline() const { return std::min(through_.deadline(), look_up_at_); }

}  // namespace seed::session
