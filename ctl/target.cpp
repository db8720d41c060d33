#include "ctl/target.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/url.h"
#include "ctl/printable.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

std::unexpected<Failure> bad_host(std::string_view host) {
  return misused(
      fmt::format("--host {}: not a host. Write NAME, NAME:PORT, [IPv6]:PORT, "
                  "http://NAME:PORT/path or unix:/path/to/socket.",
                  printable(shown_host(host))));
}

/// A bare IPv6 address has more than one colon and no bracket.
std::string with_port(std::string_view host) {
  const std::string_view name = host.substr(0, host.find('/'));
  const std::string_view rest = host.substr(name.size());
  if (!name.starts_with('[') && std::ranges::count(name, ':') > 1)
    return fmt::format("http://[{}]:{}{}", name, default_port, rest);
  const std::size_t colon = name.rfind(':');
  const bool named =
      colon != std::string_view::npos && name.find(']', colon) == std::string_view::npos;
  return named ? fmt::format("http://{}", host)
               : fmt::format("http://{}:{}{}", name, default_port, rest);
}

Result<Url> url_of(std::string_view host) {
  const bool has_scheme = host.find("://") != std::string_view::npos;
  return Url::parse(has_scheme ? std::string(host) : with_port(host));
}

/// Where a password may stand: behind the first colon, up to the last @ or, when that is missing
/// and it is no port, to the end. Nothing when there is none.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;

  bool empty() const { return begin == end; }
};

Span password_in(std::string_view host) {
  if (host.starts_with("unix:")) return {};
  const auto url = url_of(host);
  if (url && url->userinfo.empty()) return {};
  const std::size_t scheme = host.find("://");
  const std::size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t colon = host.find(':', start);
  if (colon == std::string_view::npos) return {};
  const std::size_t at = host.rfind('@');
  if (at != std::string_view::npos) return at > colon ? Span{colon + 1, at} : Span{};
  // Half of one, as a comma in it divides what --host takes; no brackets and colons of IPv6.
  const std::string_view rest = host.substr(colon + 1);
  const bool is_address = host.find('[') != host.npos || rest.find(':') != rest.npos;
  const bool is_port = is_decimal(rest.substr(0, rest.find('/')));
  return is_address || is_port ? Span{} : Span{colon + 1, host.size()};
}

}  // namespace

Outcome<Target> parse_target(std::string_view host) {
  Target target;
  if (host.empty()) host = default_host;
  if (host.starts_with("unix:")) {
    target.unix_socket = host.substr(5);
    if (!target.unix_socket.starts_with('/')) return bad_host(host);
    target.url = "http://localhost/rpc";
    return target;
  }
  auto url = url_of(host);
  if (!url || (url->scheme != "http" && url->scheme != "https")) return bad_host(host);
  target.path_is_ours = url->path.empty() || url->path == "/";
  if (target.path_is_ours) url->path = "/rpc";
  const std::size_t colon = url->userinfo.find(':');
  target.user = percent_decode(url->userinfo.substr(0, colon)).value_or("");
  if (colon != std::string::npos)
    target.password = percent_decode(url->userinfo.substr(colon + 1)).value_or("");
  target.url = url->to_string();
  return target;
}

std::string shown_host(std::string_view host) {
  const Span password = password_in(host);
  std::string out(host);
  if (!password.empty()) out.replace(password.begin, password.end - password.begin, "***");
  return out;
}

bool has_password(std::string_view host) { return !password_in(host).empty(); }

Target compatible(const Target& target) {
  Target out = target;
  if (out.url.ends_with("/rpc")) out.url.replace(out.url.size() - 4, 4, "/transmission/rpc");
  out.path_is_ours = false;
  return out;
}

std::string url_beside(const Target& target, std::string_view path) {
  std::string_view base = target.url;
  for (const std::string_view end : {"/transmission/rpc", "/rpc"}) {
    if (!base.ends_with(end)) continue;
    base.remove_suffix(end.size());
    break;
  }
  while (base.ends_with('/')) base.remove_suffix(1);
  return fmt::format("{}{}", base, path);
}

std::string place_of(const Target& target) {
  return target.unix_socket.empty() ? target.url : "unix:" + target.unix_socket;
}

}  // namespace seed::ctl
