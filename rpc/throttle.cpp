#include "rpc/throttle.h"

#include <algorithm>
#include <utility>

#include "core/base/endpoint.h"
#include "core/base/limits.h"

namespace seed::rpc {

namespace {

/// Octets of an IPv6 address that name a line.
constexpr std::size_t line_octets = 8;

Duration delay_after(std::uint32_t failures) {
  if (failures < limits::login_failures_free) return Duration(0);
  // Beyond this the delay is the longest anyway.
  const std::uint32_t doublings = std::min(failures - limits::login_failures_free, 16u);
  return std::min(limits::login_delay_min * (std::int64_t{1} << doublings),
                  limits::login_delay_max);
}

}  // namespace

Throttle::Key Throttle::key_of(const Who& who) {
  const auto address = IpAddress::parse(who.address);
  if (!address) return {std::string(who.address), who.proven};
  const Bytes octets = address->octets();
  return {to_hex(address->is_v4() ? octets : octets.first(line_octets)), who.proven};
}

bool Throttle::is_forgotten(const Entry& entry, Instant now) {
  return now - entry.failed_at >= limits::login_forgotten_after &&
         (!entry.locked_until || now >= *entry.locked_until);
}

Throttle::Answer Throttle::look(const Who& who, Instant now) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key_of(who));
  if (found == entries_.end()) return {};
  const auto& until = found->second.locked_until;
  if (until && now < *until) return {Say::locked, *until - now};
  return {};
}

Throttle::Answer Throttle::ask(const Who& who, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key_of(who));
  if (found == entries_.end()) return {};
  Entry& entry = found->second;
  if (is_forgotten(entry, now)) {
    entries_.erase(found);
    return {};
  }
  if (entry.locked_until && now < *entry.locked_until)
    return {Say::locked, *entry.locked_until - now};
  if (now < entry.not_before) return {Say::wait, entry.not_before - now};
  entry.not_before = now + delay_after(entry.failures);
  return {};
}

std::uint32_t Throttle::on_failure(const Who& who, const Sha256& login,
                                   std::optional<std::uint32_t> threshold, Instant now) {
  const std::lock_guard lock(mutex_);
  Key key = key_of(who);
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    make_room(now);
    found = entries_.emplace(std::move(key), Entry()).first;
  }
  Entry& entry = found->second;
  const bool again = entry.failures > 0 && entry.last == login;
  if (!again) ++entry.failures;
  entry.last = login;
  entry.failed_at = now;
  entry.not_before = now + delay_after(entry.failures);
  if (threshold && entry.failures >= *threshold && !again)
    entry.locked_until = now + limits::login_locked_for;
  return entry.failures;
}

void Throttle::on_success(const Who& who) {
  const std::lock_guard lock(mutex_);
  entries_.erase(key_of(who));
}

void Throttle::take_back(const Who& who) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key_of(who));
  if (found != entries_.end()) found->second.not_before = Instant();
}

std::size_t Throttle::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void Throttle::make_room(Instant now) {
  if (entries_.size() < limits::login_addresses_max) return;
  std::erase_if(entries_, [&](const auto& pair) { return is_forgotten(pair.second, now); });
  if (entries_.size() < limits::login_addresses_max) return;
  const auto mildest = std::ranges::min_element(entries_, {}, [](const auto& pair) {
    return std::pair(pair.second.failures, pair.second.failed_at);
  });
  entries_.erase(mildest);
}

}  // namespace seed::rpc
