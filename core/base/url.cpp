#include "core/base/url.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/ascii.h"
#include "core/base/endpoint.h"

namespace seed {
namespace {

constexpr std::size_t url_bytes_max = 4096;

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
bool is_scheme_char(char c) { return is_alnum(c) || c == '+' || c == '-' || c == '.'; }
bool is_unreserved(char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; }
/// Names as DNS has them. RFC 3986 would allow more (percent-encoding, "!$&'()*+,;="), which has no
/// honest use and which other parsers read differently.
bool is_host_char(char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; }
bool is_blank_or_control(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet <= 0x20 || octet == 0x7f;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = ascii_lower(c);
  return out;
}

std::uint16_t port_of_scheme(std::string_view scheme) {
  if (scheme == "http") return 80;
  if (scheme == "https") return 443;
  return 0;
}

std::unexpected<Fault> malformed(std::string_view why) {
  return fail(FaultCode::malformed, "not a URL: " + std::string(why));
}

Result<std::string> parse_scheme(std::string_view text) {
  if (text.empty() || !is_alpha(text.front()) || !std::ranges::all_of(text, is_scheme_char))
    return malformed("no scheme");
  return lower_case(text);
}

Result<std::string> parse_host(std::string_view text) {
  if (text.empty()) return malformed("no host");
  if (text.front() == '[') {
    const auto inner = text.substr(1, text.size() - 2);
    if (text.back() != ']' || inner.find(':') == inner.npos || !IpAddress::parse(inner))
      return malformed("bad IPv6 address");
    return lower_case(inner);
  }
  if (!std::ranges::all_of(text, is_host_char)) return malformed("bad host");
  return lower_case(text);
}

Result<std::uint16_t> parse_port(std::string_view digits, std::string_view scheme) {
  if (digits.empty()) return port_of_scheme(scheme);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0)
    return malformed("bad port");
  return port;
}

/// [userinfo "@"] host [":" port] into `url`, which has its scheme already.
Result<void> parse_authority(std::string_view text, Url& url) {
  // Parsers disagree on which '@' ends the userinfo and whether '\' ends the host.
  if (std::ranges::count(text, '@') > 1 || text.find('\\') != text.npos)
    return malformed("bad authority");
  if (const auto at = text.find('@'); at != text.npos) {
    url.userinfo = text.substr(0, at);
    text.remove_prefix(at + 1);
  }
  const auto bracket = text.rfind(']');
  const auto colon = text.find(':', bracket == text.npos ? 0 : bracket);
  SEED_TRY(url.host, parse_host(text.substr(0, colon)));
  const auto digits = colon == text.npos ? std::string_view{} : text.substr(colon + 1);
  SEED_TRY(url.port, parse_port(digits, url.scheme));
  return {};
}

std::string bracketed(const std::string& host) {
  return host.find(':') == host.npos ? host : "[" + host + "]";
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > url_bytes_max) return fail(FaultCode::too_large, "URL longer than 4096 octets");
  if (std::ranges::any_of(text, is_blank_or_control))
    return malformed("blank or control character");
  Url url;
  const auto mark = text.find("://");
  if (mark == text.npos) return malformed("no scheme or host");
  SEED_TRY(url.scheme, parse_scheme(text.substr(0, mark)));
  text.remove_prefix(mark + 3);
  // The fragment is for browsers and never goes out (RFC 3986, 3.5).
  text = text.substr(0, text.find('#'));
  SEED_TRY_VOID(parse_authority(text.substr(0, text.find_first_of("/?")), url));
  text.remove_prefix(std::min(text.find_first_of("/?"), text.size()));
  const auto question = text.find('?');
  url.path = text.substr(0, question);
  url.has_query = question != text.npos;
  if (url.has_query) url.query = text.substr(question + 1);
  return url;
}

std::string Url::to_string() const {
  std::string out = scheme + "://" + bracketed(host);
  if (port != port_of_scheme(scheme)) out += ":" + std::to_string(port);
  out += path;
  if (has_query) out += "?" + query;
  return out;
}

std::string Url::host_and_port() const { return bracketed(host) + ":" + std::to_string(port); }

std::string percent_encode(Bytes bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(bytes.size() * 3);
  for (const auto octet : bytes) {
    if (is_unreserved(static_cast<char>(octet))) {
      out += static_cast<char>(octet);
    } else {
      out += '%';
      out += digits[octet >> 4];
      out += digits[octet & 15];
    }
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto octet = from_hex(text.substr(i + 1, 2));
    if (!octet || octet->size() != 1) return std::nullopt;
    out += static_cast<char>(octet->front());
    i += 2;
  }
  return out;
}

}  // namespace seed
