// What a gateway's answers make of the mappings.
#include <algorithm>
#include <utility>

#include "core/portmap/client.h"

namespace seed::portmap {
namespace {

/// RFC 6887, 7.4: errors that may pass last 30 s, others 30 min. What a gateway says is kept
/// between the two; NAT-PMP says nothing.
constexpr Duration error_pause_min = 30s;
constexpr Duration error_pause_max = 30min;
/// RFC 6887, 11.2.1: a renewal is not sent sooner, whatever lifetime was given.
constexpr Duration renewal_min = 4s;
/// What was mapped when the gateway began anew is counted as mapped for so long.
constexpr Duration doubt_max = 30s;
/// A gateway that counts at random seems to begin anew with each answer. Beyond once a minute: not
/// heeded; renewals will show.
constexpr Duration restart_interval_min = 1min;
/// RFC 6887, 14.1.1: all of a network hear an announcement at once, so each waits for a while.
constexpr Duration announcement_wait_max = 5s;

FaultCode code_of(nat_pmp::Outcome outcome) {
  return outcome == nat_pmp::Outcome::version_unsupported ||
                 outcome == nat_pmp::Outcome::opcode_unsupported
             ? FaultCode::unsupported
             : FaultCode::refused;
}

/// RFC 6886, 3.5: only these two may pass by themselves.
Duration pause_after(nat_pmp::Outcome outcome) {
  return outcome == nat_pmp::Outcome::network_failure ||
                 outcome == nat_pmp::Outcome::out_of_resources
             ? error_pause_min
             : error_pause_max;
}

}  // namespace

void Client::on_datagram(Bytes datagram, const Endpoint& from, Instant now) {
  if (from != options_.gateway) return;
  lapse(now);
  const auto theirs =
      language_ == Language::pcp && exchange_ ? pcp::parse_version_refusal(datagram) : std::nullopt;
  if (theirs && *theirs != pcp::version)
    on_version_refused(*theirs, now);
  else if (language_ == Language::pcp)
    on_pcp(datagram, now);
  else
    on_nat_pmp(datagram, now);
  advance(now);
}

/// RFC 6887, 9: the next lower version that we speak is 0, which is NAT-PMP.
void Client::on_version_refused(std::uint8_t theirs, Instant now) {
  if (theirs < pcp::version && options_.gateway.address.is_v4()) {
    for (auto& [port, mapping] : mappings_)
      if (mapping.external) doubt(mapping, now);
    return speak(Language::nat_pmp, now);
  }
  refused_all(FaultCode::unsupported, "the gateway speaks another version of PCP", error_pause_max,
              now);
}

// --- PCP ----------------------------------------------------------------------------------------

void Client::on_pcp(Bytes datagram, Instant now) {
  const auto answer = pcp::parse(datagram);
  if (!answer) return;
  if (answer->map) return on_map_answer(*answer, *answer->map, now);
  // An announcement is for those that know the gateway.
  if (heard_ && answer->outcome == pcp::Outcome::success)
    on_epoch(answer->epoch, Epoch::Rule::pcp, {.wait_max = announcement_wait_max}, now);
}

void Client::on_map_answer(const pcp::Answer& answer, const pcp::MapAnswer& map, Instant now) {
  const auto found = mappings_.find(map.port);
  if (found == mappings_.end() || !found->second.asked || map.nonce != nonce_of(map.port)) return;
  heard_ = true;
  if (found->second.leaving) {
    if (!is_about(Request::unmap, map.port)) return;
    exchange_.reset();
    mappings_.erase(found);
    return;
  }
  on_epoch(answer.epoch, Epoch::Rule::pcp, {.fresh = map.port}, now);
  if (answer.outcome != pcp::Outcome::success) {
    const Duration pause = std::clamp<Duration>(answer.lifetime, error_pause_min, error_pause_max);
    return refused(map.port, FaultCode::refused, pcp::reason(answer.outcome), pause, now);
  }
  mapped(map.port, map.external, answer.lifetime, now);
}

// --- NAT-PMP ------------------------------------------------------------------------------------

void Client::on_nat_pmp(Bytes datagram, Instant now) {
  const auto answer = nat_pmp::parse(datagram);
  if (!answer) return;
  if (answer->outcome == nat_pmp::Outcome::version_unsupported) {
    if (!exchange_) return;
    refused_all(FaultCode::unsupported, nat_pmp::reason(answer->outcome), error_pause_max, now);
    return speak(Language::pcp, now);
  }
  if (answer->protocol)
    on_map_answer(*answer, now);
  else
    on_address(*answer, now);
}

void Client::on_address(const nat_pmp::Answer& answer, Instant now) {
  const bool asked = exchange_ && exchange_->request == Request::address;
  const bool known = answer.outcome == nat_pmp::Outcome::success &&
                     !answer.external.is_unspecified();  // RFC 6886, 3.2.1: 0.0.0.0 is none
  if (asked) {
    heard_ = true;
    exchange_.reset();
    // One answer serves a whole round of renewals.
    if (known) address_due_ = now + options_.lifetime / 4;
  }
  if (answer.outcome == nat_pmp::Outcome::success)
    on_epoch(answer.epoch, Epoch::Rule::nat_pmp,
             {.wait_max = asked ? Duration(0) : announcement_wait_max}, now);
  if (!known) {
    const auto outcome = answer.outcome == nat_pmp::Outcome::success
                             ? nat_pmp::Outcome::network_failure
                             : answer.outcome;
    if (asked) refused_all(code_of(outcome), nat_pmp::reason(outcome), pause_after(outcome), now);
    return;
  }
  if (std::exchange(address_, answer.external) == answer.external) return;
  for (auto& [port, mapping] : mappings_) {
    if (!mapping.external || mapping.leaving || mapping.doubted) continue;
    mapping.external->address = answer.external;
    const auto left = std::chrono::floor<std::chrono::seconds>(mapping.expires - now);
    events_.push_back(Mapped{port, *mapping.external, left});
  }
}

void Client::on_map_answer(const nat_pmp::Answer& answer, Instant now) {
  if (!exchange_ || exchange_->request == Request::address) return;
  const LocalPort port = exchange_->port;
  if (answer.protocol != port.protocol) return;
  const bool success = answer.outcome == nat_pmp::Outcome::success;
  if (success && answer.internal_port != port.number) return;
  heard_ = true;
  if (exchange_->request == Request::unmap) {
    exchange_.reset();
    mappings_.erase(port);
    return;
  }
  on_epoch(answer.epoch, Epoch::Rule::nat_pmp, {.fresh = port}, now);
  if (!success)
    return refused(port, code_of(answer.outcome), nat_pmp::reason(answer.outcome),
                   pause_after(answer.outcome), now);
  mapped(port, {address_.value_or(IpAddress{}), answer.external_port}, answer.lifetime, now);
}

// --- both ---------------------------------------------------------------------------------------

void Client::on_epoch(std::uint32_t seconds, Epoch::Rule rule, const Source& source, Instant now) {
  if (!epoch_.began_anew(seconds, rule, now)) return;
  if (doubted_ != Instant::min() && now - doubted_ < restart_interval_min) return;
  doubted_ = now;
  const Instant when = now + rng_.between(Duration(0), source.wait_max);
  bool any = false;
  for (auto& [port, mapping] : mappings_) {
    if (!mapping.external || mapping.leaving) continue;
    any = true;
    if (port != source.fresh) doubt(mapping, when);
  }
  if (any) events_.push_back(Restarted{});
}

void Client::doubt(Mapping& mapping, Instant when) {
  mapping.doubted = true;
  mapping.due = std::min(mapping.due, when);
  mapping.expires = std::min(mapping.expires, when + doubt_max);
}

void Client::mapped(const LocalPort& port, const Endpoint& external, std::chrono::seconds lifetime,
                    Instant now) {
  Mapping& mapping = mappings_.at(port);
  if (lifetime <= 0s || external.port == 0) {
    if (mapping.external) lose(port, mapping, "the gateway took it back");
    return refused(port, FaultCode::refused, "the gateway took it back", error_pause_min, now);
  }
  if (is_about(Request::map, port)) exchange_.reset();
  mapping.wanted_port = external.port;
  mapping.wanted_address = external.address;
  mapping.external = external;
  mapping.doubted = false;
  mapping.expires = later(now, lifetime);
  // RFC 6887, 11.2.1: between 1/2 and 5/8 of the lifetime. A longer one than was asked for is
  // renewed as if it were not, to notice a restart.
  const Duration life = std::min(lifetime, options_.lifetime);
  mapping.due = now + std::max(renewal_min, rng_.between(life / 2, life * 5 / 8));
  events_.push_back(Mapped{port, external, lifetime});
}

/// What is mapped stays so until its time runs out, unless the gateway has forgotten it.
void Client::refused(const LocalPort& port, FaultCode code, std::string_view why, Duration pause,
                     Instant now) {
  if (is_about(Request::map, port)) exchange_.reset();
  Mapping& mapping = mappings_.at(port);
  if (mapping.external && mapping.doubted) lose(port, mapping, "the gateway has forgotten it");
  mapping.due = std::min(now + pause, mapping.expires);
  if (!mapping.external) events_.push_back(Failed{port, {code, 0, std::string(why)}});
}

/// All that is asked for now, or would be next.
void Client::refused_all(FaultCode code, std::string_view why, Duration pause, Instant now) {
  exchange_.reset();
  std::erase_if(mappings_, [](const auto& entry) { return entry.second.leaving; });
  for (auto& [port, mapping] : mappings_)
    if (mapping.due <= now) refused(port, code, why, pause, now);
}

bool Client::is_about(Request request, const LocalPort& port) const {
  return exchange_ && exchange_->request == request && exchange_->port == port;
}

}  // namespace seed::portmap
