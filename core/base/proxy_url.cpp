#include "core/base/proxy_url.h"

#include <utility>

#include "core/base/url.h"

namespace seed {
namespace {

constexpr std::string_view masked = "***";
constexpr std::size_t login_bytes_max = 255;
constexpr std::uint16_t socks_port = 1080;  // IANA's

bool is_host(std::string_view host) {
  constexpr std::string_view of_a_host = "abcdefghijklmnopqrstuvwxyz0123456789.:-_";
  return !host.empty() && host.find_first_not_of(of_a_host) == host.npos;
}

bool fits(std::string_view text) {
  return text.size() <= login_bytes_max && text.find('\0') == text.npos;
}

}  // namespace

Result<ProxyUrl> ProxyUrl::parse(std::string_view text) {
  const auto url = Url::parse(text);
  if (!url) return fail(FaultCode::malformed, "not a URL");
  ProxyUrl out;
  if (url->scheme == "socks5" || url->scheme == "socks5h")
    out.kind = Kind::socks5;
  else if (url->scheme == "http")
    out.kind = Kind::http;
  else
    return fail(FaultCode::unsupported, "neither socks5 nor http");
  if (!is_host(url->host) || url->has_query || (!url->path.empty() && url->path != "/"))
    return fail(FaultCode::malformed, "more or less than a host and a port");
  out.host = url->host;
  out.port = url->port != 0 ? url->port : socks_port;
  const auto colon = url->userinfo.find(':');
  auto user = percent_decode(std::string_view(url->userinfo).substr(0, colon));
  auto password = colon == std::string::npos
                      ? std::string()
                      : percent_decode(std::string_view(url->userinfo).substr(colon + 1));
  if (!user || !password || !fits(*user) || !fits(*password) ||
      (user->empty() && !url->userinfo.empty()))
    return fail(FaultCode::malformed, "a user or password that cannot be said");
  out.user = *std::move(user);
  out.password = *std::move(password);
  return out;
}

std::string ProxyUrl::host_and_port() const {
  const bool v6 = host.find(':') != host.npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string without_password(std::string_view text) {
  if (text.empty()) return {};
  const auto proxy = ProxyUrl::parse(text);
  if (!proxy) return std::string(masked);
  if (proxy->password.empty()) return std::string(text);
  const std::string scheme(text.substr(0, text.find("://")));
  return scheme + "://" + percent_encode(proxy->user) + ":" + std::string(masked) + "@" +
         proxy->host_and_port();
}

}  // namespace seed
