#include "rpc/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/ascii.h"
#include "core/base/endpoint.h"
#include "core/base/limits.h"

namespace seed::rpc {

namespace {

/// * for any run of characters. Linear: on a mismatch only the last * is tried again.
bool fits(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = pattern.npos;
  std::size_t mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && ascii_lower(pattern[p]) == ascii_lower(text[t])) {
      ++p;
      ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

bool fits_list(std::string_view patterns, std::string_view text) {
  constexpr std::string_view separators = ",; \t";
  while (true) {
    const auto begin = patterns.find_first_not_of(separators);
    if (begin == patterns.npos) return false;
    patterns.remove_prefix(begin);
    const auto end = std::min(patterns.find_first_of(separators), patterns.size());
    if (fits(patterns.substr(0, end), text)) return true;
    patterns.remove_prefix(end);
  }
}

bool fits_origin(std::string_view origins, std::string_view origin) {
  if (origin.empty() || origin == "null" || origin == "*") return false;
  constexpr std::string_view separators = ",; \t";
  while (true) {
    const auto begin = origins.find_first_not_of(separators);
    if (begin == origins.npos) return false;
    origins.remove_prefix(begin);
    const auto end = std::min(origins.find_first_of(separators), origins.size());
    if (same_but_for_case(origins.substr(0, end), origin)) return true;
    origins.remove_prefix(end);
  }
}

std::string_view host_of(std::string_view header) {
  if (header.starts_with('[')) {
    const auto end = header.find(']');
    return end == header.npos ? std::string_view() : header.substr(1, end - 1);
  }
  // An IPv6 address without brackets has more than one colon and no port.
  const auto colon = header.find(':');
  if (colon == header.npos || header.find(':', colon + 1) != header.npos) return header;
  return header.substr(0, colon);
}

std::optional<Login> parse_basic(std::string_view authorization) {
  constexpr std::string_view scheme = "Basic ";
  if (authorization.size() < scheme.size() ||
      !same_but_for_case(authorization.substr(0, scheme.size()), scheme))
    return std::nullopt;
  const auto octets = from_base64(authorization.substr(scheme.size()));
  if (!octets) return std::nullopt;
  const std::string_view text = as_text(*octets);
  const auto colon = text.find(':');
  if (colon == text.npos) return std::nullopt;
  return Login{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

Access::Access(const config::Settings& settings, Verify verify)
    : verify_(std::move(verify)),
      login_required_(settings.rpc_authentication_required),
      username_(settings.rpc_username),
      password_(settings.rpc_password),
      peers_limited_(settings.rpc_whitelist_enabled),
      peers_(settings.rpc_whitelist),
      hosts_limited_(settings.rpc_host_whitelist_enabled),
      hosts_(settings.rpc_host_whitelist),
      origins_(settings.rpc_cors_origins) {
  if (settings.anti_brute_force_enabled) failures_allowed_ = settings.anti_brute_force_threshold;
}

Access::Access(const config::Settings& settings, const Access& before)
    : Access(settings, before.verify_) {
  const auto rules = [](const Access& one) {
    return std::tie(one.login_required_, one.username_, one.password_, one.peers_limited_,
                    one.peers_, one.hosts_limited_, one.hosts_, one.origins_);
  };
  rules_number_ = before.rules_number_ + (rules(*this) == rules(before) ? 0 : 1);
  const std::lock_guard lock(before.mutex_);
  closed_ = before.closed_;
  if (login_required_ != before.login_required_ || username_ != before.username_ ||
      password_ != before.password_) {
    login_number_ = before.login_number_ + 1;
    return;
  }
  login_number_ = before.login_number_;
  good_logins_ = before.good_logins_;
  next_ = before.next_;
}

bool Access::allows_peer(std::string_view peer) const {
  if (peer.empty() || !peers_limited_) return true;
  // An IPv4-mapped address is read as IPv4.
  const auto address = IpAddress::parse(peer);
  return address && fits_list(peers_, address->to_string());
}

LoginVerdict Access::judge_login(const std::optional<std::string>& authorization) const {
  if (!login_required_) return LoginVerdict::good;
  if (!authorization) return LoginVerdict::bad;
  const Sha256 digest = sha256(as_bytes(*authorization));
  Lock lock(mutex_);
  if (is_known(digest)) return LoginVerdict::good;
  Check* check = find_check(digest);
  if (check != nullptr) {
    if (!may_join()) return LoginVerdict::no_turn;
    ++check->clients;
    changed_.wait(lock, [&] { return check->done; });
  } else {
    if (!may_begin()) return LoginVerdict::no_turn;
    check = &checks_.emplace_back(Check{.digest = digest});
    carry_out(*check, *authorization, lock);
  }
  const LoginVerdict verdict = check->verdict;
  if (--check->clients == 0) checks_.remove_if([&](const Check& other) { return &other == check; });
  return verdict;
}

Sha256 Access::print_of(std::string_view authorization) const {
  return sha256(as_bytes(fmt::format("{} {}", login_number_, authorization)));
}

bool Access::is_known(const Sha256& digest) const {
  return std::ranges::any_of(
      good_logins_, [&](const Sha256& good) { return config::equal_digests(good, digest); });
}

Access::Check* Access::find_check(const Sha256& digest) const {
  for (Check& check : checks_)
    if (!check.done && check.digest == digest) return &check;
  return nullptr;
}

bool Access::may_join() const {
  std::size_t joined = 0;
  for (const Check& check : checks_) joined += check.clients - 1;
  return joined < limits::logins_joined_max;
}

bool Access::may_begin() const {
  return !closed_ && std::ranges::count(checks_, false, &Check::done) <=
                         static_cast<std::ptrdiff_t>(limits::logins_waiting_max);
}

void Access::carry_out(Check& check, std::string_view authorization, Lock& lock) const {
  changed_.wait(lock, [&] { return closed_ || !checking_; });
  if (closed_) return finish(check, LoginVerdict::no_turn);
  checking_ = true;
  lock.unlock();
  auto verdict = LoginVerdict::no_turn;
  try {
    verdict = check_login(authorization) ? LoginVerdict::good : LoginVerdict::bad;
  } catch (...) {
    // No memory: nobody knows, and the others must not wait for ever.
    verdict = LoginVerdict::no_turn;
  }
  lock.lock();
  checking_ = false;
  finish(check, verdict);
}

void Access::finish(Check& check, LoginVerdict verdict) const {
  check.done = true;
  check.verdict = verdict;
  changed_.notify_all();
  if (verdict != LoginVerdict::good) return;
  good_logins_[next_] = check.digest;
  next_ = (next_ + 1) % good_logins_.size();
}

void Access::close() const {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

std::size_t Access::logins_in_turn() const {
  const std::lock_guard lock(mutex_);
  std::size_t out = 0;
  for (const Check& check : checks_) out += check.clients;
  return out;
}

bool Access::check_login(std::string_view authorization) const {
  const auto login = parse_basic(authorization);
  // No password is none that anybody could know.
  if (!login || password_.empty()) return false;
  // Both are checked whatever the first says, so that time does not tell a good name.
  const bool name_fits = config::equal_secrets(username_, login->username);
  const bool password_fits = verify_(password_, login->password);
  return name_fits && password_fits;
}

bool Access::allows_origin(std::string_view origin) const { return fits_origin(origins_, origin); }

bool Access::allows_host(const std::optional<std::string>& host, std::string_view peer) const {
  if (!hosts_limited_ || peer.empty()) return true;
  if (!host) return false;
  const std::string_view name = host_of(*host);
  if (same_but_for_case(name, "localhost") || same_but_for_case(name, "localhost.")) return true;
  return IpAddress::parse(name).has_value() || fits_list(hosts_, name);
}

}  // namespace seed::rpc
