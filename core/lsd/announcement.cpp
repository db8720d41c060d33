#include "core/lsd/announcement.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <string_view>

#include "core/base/ascii.h"

namespace seed::lsd {
namespace {

constexpr std::uint16_t group_port = 6771;
/// Of HTTP/1.1 or another minor version.
constexpr std::string_view request_begin = "BT-SEARCH * HTTP/1.";

std::unexpected<Fault> malformed(std::string_view why) {
  return fail(FaultCode::malformed, fmt::format("local discovery: {}", why));
}

/// The next line without its end; `text` loses both.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_request(std::string_view line) {
  if (line.size() != request_begin.size() + 1) return false;
  const char minor = line.back();
  line.remove_suffix(1);
  return same_but_for_case(line, request_begin) && minor >= '0' && minor <= '9';
}

Result<void> set_port(Announcement& out, std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0)
    return malformed("bad port");
  if (out.port != 0 && out.port != port) return malformed("two ports");
  out.port = port;
  return {};
}

Result<void> take_field(Announcement& out, std::string_view line) {
  if (std::ranges::any_of(line, is_ascii_control)) return malformed("a control character");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return malformed("a line that is no field");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same_but_for_case(name, "port")) return set_port(out, value);
  if (same_but_for_case(name, "cookie")) {
    if (value.size() <= cookie_bytes_max) out.cookie = value;
  } else if (same_but_for_case(name, "infohash")) {
    const auto hash = Sha1::parse_hex(value);
    if (!hash || out.info_hashes.size() == info_hashes_taken_max) return {};
    if (std::ranges::find(out.info_hashes, *hash) == out.info_hashes.end())
      out.info_hashes.push_back(*hash);
  }
  return {};
}

}  // namespace

Endpoint endpoint_of(Group group) {
  if (group == Group::v4) return {IpAddress::v4(0xefc0988f), group_port};
  constexpr std::array<std::uint8_t, 16> octets{0xff, 0x15, 0, 0, 0,    0,    0,    0,
                                                0,    0,    0, 0, 0xef, 0xc0, 0x98, 0x8f};
  return {*IpAddress::from_octets(octets), group_port};
}

Result<Announcement> Announcement::parse(Bytes datagram) {
  if (datagram.size() > datagram_bytes_max)
    return fail(FaultCode::too_large, "local discovery: too long");
  std::string_view text = as_text(datagram);
  if (!is_request(take_line(text))) return malformed("no BT-SEARCH");
  Announcement out;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    SEED_TRY_VOID(take_field(out, line));
  }
  if (out.port == 0) return malformed("no port");
  if (out.info_hashes.empty()) return malformed("no info-hash");
  return out;
}

Buffer Announcement::encode(Group group) const {
  // Spelled and ordered as BEP 14 has it: some read no other.
  std::string out = fmt::format("BT-SEARCH * HTTP/1.1\r\nHost: {}\r\nPort: {}\r\n",
                                endpoint_of(group).to_string(), port);
  for (const Sha1& hash :
       std::span(info_hashes).first(std::min(info_hashes.size(), info_hashes_sent_max)))
    out += fmt::format("Infohash: {}\r\n", hash.hex());
  if (!cookie.empty()) out += fmt::format("cookie: {}\r\n", cookie);
  out += "\r\n\r\n";
  return to_buffer(out);
}

}  // namespace seed::lsd
