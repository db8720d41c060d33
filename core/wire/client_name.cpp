#include "core/wire/client_name.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace seed::wire {
namespace {

struct Program {
  std::string_view code;
  std::string_view name;
};

/// Azureus style: BEP 20's list, and programs that have come since.
constexpr std::array programs{
    Program{"7T", "aTorrent"},
    Program{"A~", "Ares"},
    Program{"AG", "Ares"},
    Program{"AR", "Arctic"},
    Program{"AZ", "Vuze"},
    Program{"BC", "BitComet"},
    Program{"BI", "BiglyBT"},
    Program{"BP", "BitTorrent Pro"},
    Program{"BT", "BitTorrent"},
    Program{"BW", "BitWombat"},
    Program{"CD", "Enhanced CTorrent"},
    Program{"CT", "CTorrent"},
    Program{"DE", "Deluge"},
    Program{"EE", "seedd"},
    Program{"ES", "Electric Sheep"},
    Program{"FC", "FileCroc"},
    Program{"FD", "Free Download Manager"},
    Program{"FL", "Flud"},
    Program{"FX", "Freebox"},
    Program{"GT", "anacrolix"},
    Program{"HL", "Halite"},
    Program{"KG", "KGet"},
    Program{"KT", "KTorrent"},
    Program{"LT", "libtorrent"},
    Program{"LW", "LimeWire"},
    Program{"lt", "rTorrent"},
    Program{"MG", "Mediaget"},
    Program{"MO", "MonoTorrent"},
    Program{"MP", "MooPolice"},
    Program{"NX", "Net Transport"},
    Program{"PD", "Pando"},
    Program{"PI", "PicoTorrent"},
    Program{"qB", "qBittorrent"},
    Program{"QD", "QQDownload"},
    Program{"RT", "Retriever"},
    Program{"SB", "Swiftbit"},
    Program{"SD", "Xunlei"},
    Program{"SP", "BitSpirit"},
    Program{"TL", "Tribler"},
    Program{"TR", "Transmission"},
    Program{"TX", "Tixati"},
    Program{"UE", "uTorrent Embedded"},
    Program{"UM", "uTorrent Mac"},
    Program{"UT", "uTorrent"},
    Program{"UW", "uTorrent Web"},
    Program{"WW", "WebTorrent"},
    Program{"WD", "WebTorrent Desktop"},
    Program{"WY", "FireTorrent"},
    Program{"XL", "Xunlei"},
    Program{"XF", "Xfplay"},
    Program{"ZT", "ZipTorrent"},
};

/// Shadow's style: one letter.
constexpr std::array shadow_programs{
    Program{"A", "ABC"},
    Program{"O", "Osprey Permaseed"},
    Program{"Q", "BTQueue"},
    Program{"R", "Tribler"},
    Program{"S", "Shadow"},
    Program{"T", "BitTornado"},
    Program{"U", "UPnP NAT Bit Torrent"},
};

template <typename Table>
std::string_view find(const Table& table, std::string_view code) {
  const auto row = std::ranges::find(table, code, &Program::code);
  return row == table.end() ? std::string_view{} : row->name;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

/// What one character of a version stands for (BEP 20): 0 to 61; nothing for all others.
std::optional<int> number_of(char c) {
  if (is_digit(c)) return c - '0';
  if (is_upper(c)) return c - 'A' + 10;
  if (is_lower(c)) return c - 'a' + 36;
  return std::nullopt;
}

/// "4.1.0" from "410-" and the like: at least three numbers, and the fourth when it is not 0 and
/// no letter that marks a kind of build.
std::string dotted(std::string_view version) {
  std::string out;
  for (std::size_t i = 0; i < version.size(); ++i) {
    const auto number = number_of(version[i]);
    const bool last = i == 3;
    if (!number || (last && !is_digit(version[i]))) break;
    if (last && *number == 0) break;
    if (!out.empty()) out += '.';
    out += std::to_string(*number);
  }
  return out;
}

std::string joined(std::string_view name, std::string version) {
  return version.empty() ? std::string(name) : std::string(name) + ' ' + version;
}

/// "-TR4100-" and what follows it.
std::optional<std::string> azureus_style(std::string_view id) {
  const auto code_char = [](char c) { return number_of(c) || c == '~'; };
  if (id[0] != '-' || id[7] != '-' || !code_char(id[1]) || !code_char(id[2])) return std::nullopt;
  const std::string_view version = id.substr(3, 4);
  if (!std::ranges::all_of(version, [](char c) { return number_of(c) || c == '-'; }))
    return std::nullopt;
  const std::string_view code = id.substr(1, 2);
  const std::string_view name = find(programs, code);
  // Before 4.0 Transmission wrote "2.94" as 2940: two digits behind one dot.
  if (code == "TR" && is_digit(version[0]) && version[0] < '4')
    return joined(name, {version[0], '.', version[1], version[2]});
  return joined(name.empty() ? code : name, dotted(version));
}

/// "M7-10-3--" (BitTorrent's own) and "A2-1-36-0-" (aria2): numbers between dashes.
std::optional<std::string> dashed_style(std::string_view id) {
  const bool aria = id.starts_with("A2-");
  if (!aria && !(id[0] == 'M' && is_digit(id[1]))) return std::nullopt;
  std::string version;
  for (const char c : id.substr(aria ? 3 : 1, 8)) {
    if (c == '-' && (version.empty() || version.back() == '.')) break;
    if (c != '-' && !is_digit(c)) break;
    version += c == '-' ? '.' : c;
  }
  while (version.ends_with('.')) version.pop_back();
  if (!aria && version.find('.') == std::string::npos) return std::nullopt;
  return joined(aria ? "aria2" : "BitTorrent", version);
}

/// "S58B-----": a letter, up to five version characters padded with dashes, and dashes.
std::optional<std::string> shadow_style(std::string_view id) {
  const std::string_view name = find(shadow_programs, id.substr(0, 1));
  if (name.empty() || id.substr(6, 3) != "---" || !number_of(id[1])) return std::nullopt;
  std::string version;
  for (const char c : id.substr(1, 5)) {
    const auto number = number_of(c);
    if (!number) break;
    if (!version.empty()) version += '.';
    version += std::to_string(*number);
  }
  return joined(name, version);
}

}  // namespace

std::string client_name(const PeerId& peer_id) {
  const std::string_view id = as_text(peer_id.bytes());
  for (const auto style : {azureus_style, dashed_style, shadow_style})
    if (auto name = style(id)) return *name;
  return {};
}

std::string client_name_from_version(Bytes v) {
  const std::string text = to_utf8(as_text(v.first(std::min(v.size(), 4 * client_name_bytes_max))));
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet != 0x7f) out += c;
  }
  if (out.size() <= client_name_bytes_max) return out;
  std::size_t end = client_name_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;
  out.resize(end);
  return out;
}

}  // namespace seed::wire
