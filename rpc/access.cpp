#include "rpc/access.h"

#include <algorithm>
#include <utility>

#include "core/base/endpoint.h"
#include "core/base/limits.h"

namespace seed::rpc {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

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
    } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
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
      !same_text(authorization.substr(0, scheme.size()), scheme))
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
      hosts_(settings.rpc_host_whitelist) {}

bool Access::allows_peer(std::string_view peer) const {
  if (peer.empty() || !peers_limited_) return true;
  // An IPv4-mapped address is read as IPv4.
  const auto address = IpAddress::parse(peer);
  return address && fits_list(peers_, address->to_string());
}

bool Access::allows_login(const std::optional<std::string>& authorization) const {
  if (!login_required_) return true;
  if (!authorization) return false;
  const Sha256 digest = sha256(as_bytes(*authorization));
  if (is_known(digest)) return true;
  const bool has_turn = in_turn_.fetch_add(1) <= limits::logins_waiting_max;
  const bool good = has_turn && check_in_turn(*authorization, digest);
  --in_turn_;
  return good;
}

bool Access::is_known(const Sha256& digest) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::find(good_logins_, digest) != good_logins_.end();
}

bool Access::check_in_turn(std::string_view authorization, const Sha256& digest) const {
  const std::lock_guard turn(checking_);
  if (is_known(digest)) return true;  // the same client, on another connection
  if (!check_login(authorization)) return false;
  const std::lock_guard lock(mutex_);
  good_logins_[next_] = digest;
  next_ = (next_ + 1) % good_logins_.size();
  return true;
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

bool Access::allows_host(const std::optional<std::string>& host, std::string_view peer) const {
  if (login_required_ || !hosts_limited_ || peer.empty()) return true;
  if (!host) return false;
  const std::string_view name = host_of(*host);
  if (same_text(name, "localhost") || same_text(name, "localhost.")) return true;
  return IpAddress::parse(name).has_value() || fits_list(hosts_, name);
}

}  // namespace seed::rpc
