#include "core/portmap/client.h"

#include <algorithm>
#include <utility>

#include "core/base/digest.h"

namespace seed::portmap {
namespace {

/// RFC 6886, 3.1: 250 ms, doubling, nine tries in all.
constexpr Duration nat_pmp_first_wait = 250ms;
constexpr int nat_pmp_tries = 9;
/// RFC 6887, 8.1.1: IRT and MRT.
constexpr Duration pcp_first_wait = 3s;
constexpr Duration pcp_wait_max = 1024s;
/// A gateway that speaks only NAT-PMP says so at once; 21 s of silence are enough.
constexpr int pcp_first_tries = 3;
/// One that has spoken PCP may be restarting: 381 s are less than what is left of a mapping's time.
constexpr int pcp_tries = 7;
/// A gateway that does not answer within two seconds will not before we end.
constexpr Duration unmap_first_wait = 250ms;
constexpr int unmap_tries = 3;
/// After silence: PCP's MRT, so that a gateway without either protocol costs a dozen packets each
/// 20 minutes.
constexpr Duration silence_pause = 1024s;

}  // namespace

Client::Client(const Options& options, Rng rng) : rng_(rng), options_(options) {}

bool Client::map(const LocalPort& port, std::uint16_t external_port, Instant now) {
  const auto found = mappings_.find(port);
  if (found != mappings_.end()) {
    if (!std::exchange(found->second.leaving, false)) return true;
    if (is_about(Request::unmap, port)) exchange_.reset();
    found->second.due = now;
  } else {
    if (mappings_.size() >= mappings_max) return false;
    Mapping made;
    made.wanted_port = external_port;
    made.wanted_address = options_.local.is_v4() ? IpAddress::any_v4() : IpAddress::any_v6();
    made.due = now;
    mappings_.emplace(port, made);
  }
  advance(now);
  return true;
}

void Client::unmap(const LocalPort& port, Instant now) {
  const auto found = mappings_.find(port);
  if (found == mappings_.end()) return;
  found->second.leaving = true;
  leave(now);
}

void Client::unmap_all(Instant now) {
  for (auto& [port, mapping] : mappings_) mapping.leaving = true;
  leave(now);
}

/// What leaves need not wait: what is being asked for is asked again afterwards.
void Client::leave(Instant now) {
  if (exchange_ && exchange_->request != Request::unmap) exchange_.reset();
  advance(now);
}

/// Begins the next request when none is under way: what leaves goes first.
void Client::advance(Instant now) {
  // A gateway that never answered has nothing to take back.
  std::erase_if(mappings_, [&](const auto& entry) {
    return entry.second.leaving && (!entry.second.asked || !heard_);
  });
  if (exchange_) return;
  const auto leaving =
      std::ranges::find_if(mappings_, [](const auto& entry) { return entry.second.leaving; });
  if (leaving != mappings_.end()) return begin(Request::unmap, leaving->first, now);
  const auto due = next_due(now);
  if (due == mappings_.end()) return;
  const bool needs_address = language_ == Language::nat_pmp && address_due_ <= now;
  begin(needs_address ? Request::address : Request::map, due->first, now);
}

Client::Mappings::iterator Client::next_due(Instant now) {
  const auto first =
      std::ranges::min_element(mappings_, {}, [](const auto& entry) { return entry.second.due; });
  return first != mappings_.end() && first->second.due <= now ? first : mappings_.end();
}

void Client::begin(Request request, const LocalPort& port, Instant now) {
  exchange_ = Exchange{request, port, 0, {}, {}};
  if (request == Request::map) mappings_.at(port).asked = true;
  send(now);
}

void Client::send(Instant now) {
  lengthen_wait();
  ++exchange_->sent;
  exchange_->again = later(now, exchange_->wait);
  events_.push_back(Send{options_.gateway, encode(*exchange_)});
}

void Client::lengthen_wait() {
  Exchange& exchange = *exchange_;
  const bool first = exchange.sent == 0;
  if (exchange.request == Request::unmap) {
    exchange.wait = first ? unmap_first_wait : 2 * exchange.wait;
  } else if (language_ == Language::nat_pmp) {
    exchange.wait = first ? nat_pmp_first_wait : 2 * exchange.wait;
  } else {
    const Duration base = first ? pcp_first_wait : std::min(2 * exchange.wait, pcp_wait_max);
    exchange.wait = rng_.between(base - base / 10, base + base / 10);
  }
}

Buffer Client::encode(const Exchange& exchange) {
  if (exchange.request == Request::address) return nat_pmp::encode_address_request();
  const Mapping& mapping = mappings_.at(exchange.port);
  const bool taken_back = exchange.request == Request::unmap;
  const auto lifetime = taken_back ? std::chrono::seconds(0) : options_.lifetime;
  if (language_ == Language::pcp) return encode_pcp(exchange.port, mapping, lifetime);
  return nat_pmp::encode_map(exchange.port, taken_back ? std::uint16_t{0} : mapping.wanted_port,
                             lifetime);
}

Buffer Client::encode_pcp(const LocalPort& port, const Mapping& mapping,
                          std::chrono::seconds lifetime) {
  pcp::MapRequest request;
  request.client = options_.local;
  request.nonce = nonce_of(port);
  request.port = port;
  // RFC 6887, 15: nothing is suggested when a mapping is taken back.
  request.external.address = options_.local.is_v4() ? IpAddress::any_v4() : IpAddress::any_v6();
  if (lifetime > 0s) request.external = {mapping.wanted_address, mapping.wanted_port};
  request.lifetime = lifetime;
  return pcp::encode_map(request);
}

/// The same for one port as long as the secret is: RFC 6887, 11.2.1 wants it so for renewals.
pcp::Nonce Client::nonce_of(const LocalPort& port) const {
  ByteWriter seed;
  seed.put(options_.secret).u8(static_cast<std::uint8_t>(port.protocol)).u16(port.number);
  const Sha1 digest = sha1(seed.bytes());
  pcp::Nonce out{};
  std::ranges::copy(digest.bytes().first(out.size()), out.begin());
  return out;
}

void Client::on_deadline(Instant now) {
  lapse(now);
  if (exchange_ && exchange_->again <= now) {
    if (exchange_->sent < tries_max())
      send(now);
    else
      give_up(now);
  }
  advance(now);
}

int Client::tries_max() const {
  if (exchange_->request == Request::unmap) return unmap_tries;
  if (language_ == Language::nat_pmp) return nat_pmp_tries;
  return heard_ ? pcp_tries : pcp_first_tries;
}

/// Mappings whose time is over are gone, whatever is being asked.
void Client::lapse(Instant now) {
  for (auto& [port, mapping] : mappings_) {
    if (mapping.external && mapping.expires <= now)
      lose(port, mapping, "its time ran out without a renewal");
  }
}

void Client::lose(const LocalPort& port, Mapping& mapping, std::string_view why) {
  mapping.external.reset();
  mapping.doubted = false;
  mapping.expires = never;
  if (!mapping.leaving) events_.push_back(Lost{port, std::string(why)});
}

void Client::give_up(Instant now) {
  const Exchange over = *std::exchange(exchange_, std::nullopt);
  if (over.request == Request::unmap) {
    // The others would be three tries of the same.
    std::erase_if(mappings_, [](const auto& entry) { return entry.second.leaving; });
    return;
  }
  const bool other_left = language_ == Language::pcp && !heard_ && options_.gateway.address.is_v4();
  if (other_left)
    speak(Language::nat_pmp, now);
  else
    on_silence(now);
}

void Client::on_silence(Instant now) {
  for (auto& [port, mapping] : mappings_) {
    if (mapping.leaving) continue;
    mapping.due = std::max(mapping.due, std::min(now + silence_pause, mapping.expires));
    if (!mapping.external)
      events_.push_back(
          Failed{port, {FaultCode::timed_out, 0, "the gateway answers neither PCP nor NAT-PMP"}});
  }
  if (none_mapped()) speak(Language::pcp, now);
}

/// Speaks to the gateway as if for the first time.
void Client::speak(Language language, Instant now) {
  language_ = language;
  heard_ = false;
  epoch_.forget();
  address_.reset();
  address_due_ = now;
  exchange_.reset();
}

bool Client::none_mapped() const {
  return std::ranges::none_of(mappings_,
                              [](const auto& entry) { return entry.second.external.has_value(); });
}

std::optional<Client::Event> Client::next_event() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::optional<Instant> Client::deadline() const {
  Instant first = exchange_ ? exchange_->again : never;
  for (const auto& [port, mapping] : mappings_) {
    if (mapping.external) first = std::min(first, mapping.expires);
    // With a request under way the next begins when that one ends.
    if (!exchange_) first = std::min(first, mapping.due);
  }
  if (first == never) return std::nullopt;
  return first;
}

}  // namespace seed::portmap
