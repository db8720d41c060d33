#include "core/proxy/association.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/limits.h"

namespace seed::proxy {
namespace {

/// A proxy that is restarted is back in seconds; one that refuses is asked once a minute.
constexpr Duration retry_wait_min = 1s;
constexpr Duration retry_wait_max = 60s;
/// Some hundred questions of the DHT are unanswered by then.
constexpr Duration silence_min = 3min;
constexpr Duration silence_longest = 1h;
/// A proxy says nothing on a connection that is up. What it says nevertheless is read, so that its
/// end is noticed.
constexpr std::size_t chatter_bytes = 512;

}  // namespace

void Association::set_proxy(const std::optional<Proxy>& proxy, const std::string& without) {
  drop();
  proxy_ = proxy;
  retry_wait_ = {};
  silence_max_ = silence_min;
  trouble_ = {FaultCode::unreachable, 0, without};
  if (!proxy_) return;
  trouble_ = {FaultCode::busy, 0, "the proxy is being asked to relay datagrams"};
  connect();
}

void Association::connect() {
  const Instant now = clock_.now();
  retry_ = never;
  give_up_ = now + limits::dial_timeout;
  // From where datagrams will come is not known yet (RFC 1928, 4).
  const bool v4 = proxy_->server.address.is_v4();
  negotiation_.emplace(socks::Command::udp_associate,
                       Endpoint{v4 ? IpAddress::any_v4() : IpAddress::any_v6(), 0}, proxy_->login);
  if (const auto event = negotiation_->next_event()) return act(*event);
  io::DialOptions options;
  options.source = proxy_->source_towards(proxy_->server.address);
  auto dialled = net_.dial(proxy_->server, options, *this);
  if (!dialled) return lose(dialled.error());
  stream_ = *std::move(dialled);
}

void Association::on_connected() { send_negotiation(); }

std::size_t Association::may_read() {
  return negotiation_ ? negotiation_->wanted() : chatter_bytes;
}

void Association::on_bytes(MutableBytes received) {
  if (!negotiation_) return;
  negotiation_->on_bytes(received);
  send_negotiation();
  if (const auto event = negotiation_->next_event()) act(*event);
}

void Association::send_negotiation() {
  if (!negotiation_->outgoing().empty()) stream_->write(std::move(negotiation_->outgoing()));
}

void Association::act(const socks::Negotiation::Event& event) {
  if (const auto* refused = std::get_if<socks::Negotiation::Refused>(&event))
    return lose(refused->fault);
  const auto& bound = std::get<socks::Negotiation::Ready>(event).bound;
  const auto* endpoint = std::get_if<Endpoint>(&bound);
  if (endpoint == nullptr || endpoint->port == 0)
    return lose({FaultCode::unsupported, 0, "the proxy does not say where its relay is"});
  relay_ = *endpoint;
  // "The same address as mine", as many proxies say it.
  if (relay_->address.is_unspecified()) relay_->address = proxy_->server.address;
  negotiation_.reset();
  give_up_ = never;
  retry_wait_ = {};
}

void Association::on_end(const Fault& fault) {
  lose({fault.code, fault.system_error,
        fmt::format("the proxy {}: {}", proxy_->server.to_string(), fault.text)});
}

void Association::lose(const Fault& fault) {
  drop();
  trouble_ = fault;
  retry_wait_ = std::clamp(2 * retry_wait_, retry_wait_min, retry_wait_max);
  retry_ = clock_.now() + retry_wait_;
}

void Association::drop() {
  stream_.reset();
  negotiation_.reset();
  relay_.reset();
  give_up_ = retry_ = silent_since_ = never;
}

void Association::on_datagram_sent() {
  if (silent_since_ == never) silent_since_ = clock_.now();
}

void Association::on_datagram_heard() {
  silent_since_ = never;
  silence_max_ = silence_min;
}

void Association::on_deadline(Instant now) {
  if (retry_ <= now) return connect();
  if (give_up_ <= now) return lose({FaultCode::timed_out, 0, "the proxy does not answer"});
  if (later(silent_since_, silence_max_) > now) return;
  silence_max_ = std::min(2 * silence_max_, silence_longest);
  lose({FaultCode::timed_out, 0, "nothing comes through the proxy"});
}

Instant Association::deadline() const {
  return std::min({retry_, give_up_, later(silent_since_, silence_max_)});
}

}  // namespace seed::proxy
