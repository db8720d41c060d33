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
  if (!address) return {std::string(who.address), who.proven, who.foreign};
  const Bytes octets = address->octets();
  return {to_hex(address->is_v4() ? octets : octets.first(line_octets)), who.proven, who.foreign};
}

bool Throttle::Entry::knows(const Sha256& login) const {
  const auto end = wrong.begin() + static_cast<std::ptrdiff_t>(std::min(wrong_count, wrong.size()));
  return std::find(wrong.begin(), end, login) != end;
}

Duration Throttle::delay_of(const Entry& entry) {
  return delay_after(entry.failures + entry.ahead);
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
  entry.not_before = now + delay_of(entry);
  return {};
}

bool Throttle::knows_wrong(const Who& who, const Sha256& login, Instant now) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key_of(who));
  return found != entries_.end() && !is_forgotten(found->second, now) && found->second.knows(login);
}

std::uint32_t Throttle::on_failure(const Who& who, const Sha256& login,
                                   std::optional<std::uint32_t> threshold, Instant now) {
  const std::lock_guard lock(mutex_);
  Key key = key_of(who);
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    const bool room = make_room(now);
    found = entries_.emplace(std::move(key), Entry()).first;
    if (!room) found->second.ahead = limits::login_failures_free;
  }
  Entry& entry = found->second;
  const bool known = entry.knows(login);
  if (!known) entry.wrong[entry.wrong_count++ % entry.wrong.size()] = login;
  const bool again = known && entry.failures > 0;
  if (!again) ++entry.failures;
  entry.failed_at = now;
  entry.not_before = now + delay_of(entry);
  if (threshold && entry.failures >= *threshold && !again)
    entry.locked_until = now + limits::login_locked_for;
  return entry.failures;
}

void Throttle::on_success(const Who& who) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key_of(who));
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.failures = entry.ahead = 0;
  entry.not_before = Instant();
  entry.locked_until.reset();
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

bool Throttle::make_room(Instant now) {
  if (entries_.size() < limits::login_addresses_max) return true;
  std::erase_if(entries_, [&](const auto& pair) { return is_forgotten(pair.second, now); });
  if (entries_.size() < limits::login_addresses_max) return true;
  const auto mildest = std::ranges::min_element(entries_, {}, [](const auto& pair) {
    return std::pair(pair.second.failures, pair.second.failed_at);
  });
  entries_.erase(mildest);
  return false;
}

}  // namespace seed::rpc
