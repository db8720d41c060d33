#include "core/blocklist/line.h"

#include <algorithm>
#include <array>
#include <optional>

namespace seed::blocklist {

namespace {

/// Colons in the longest range, "a:b:c:d:e:f:g:h-a:b:c:d:e:f:g:h", and the one before it.
constexpr int colons_max = 15;
/// eMule: ranges of a level below that are blocked.
constexpr unsigned allowed_level = 128;
/// The longest IPv6 address as text: "0000:...:0000:255.255.255.255".
constexpr std::size_t v6_text_max = 45;
/// RFC 4291: 2000::/3 is what is given out, so that real lists are of it.
constexpr unsigned given_out_mask = 0xe0;
constexpr unsigned given_out_bits = 0x20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_v6_character(char c) {
  return is_digit(c) || c == ':' || c == '.' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

bool is_comment(std::string_view text) {
  return text.starts_with('#') || text.starts_with(';') || text.starts_with("//");
}

/// Up to three digits.
std::optional<unsigned> take_number(std::string_view& text) {
  unsigned out = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits) {
    if (digits == 3) return std::nullopt;
    out = out * 10 + static_cast<unsigned>(text[digits] - '0');
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return out;
}

std::optional<IpAddress> take_v4(std::string_view& text) {
  std::string_view rest = text;
  std::uint32_t out = 0;
  for (int octet = 0; octet < 4; ++octet) {
    if (octet > 0 && !take(rest, '.')) return std::nullopt;
    const auto value = take_number(rest);
    if (!value || *value > 255) return std::nullopt;
    out = out << 8 | *value;
  }
  if (!rest.empty() && is_v6_character(rest.front())) return std::nullopt;
  text = rest;
  return IpAddress::v4(out);
}

struct Found {
  IpAddress address;
  bool mapped = false;  ///< written as IPv6, and IPv4 by what it means
};

std::optional<Found> take_address(std::string_view& text) {
  if (text.empty() || !is_v6_character(text.front())) return std::nullopt;
  if (const auto v4 = take_v4(text)) return Found{*v4};
  const auto end = std::ranges::find_if_not(text, is_v6_character);
  const auto written = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  if (written.size() > v6_text_max || written.find(':') == written.npos) return std::nullopt;
  const auto v6 = IpAddress::parse(written);
  if (!v6) return std::nullopt;
  text.remove_prefix(written.size());
  return Found{*v6, v6->is_v4()};
}

/// The range of all addresses that begin with `bits` bits of `address`.
AddressRange prefix_range(const IpAddress& address, unsigned bits) {
  std::array<std::uint8_t, 16> first{};
  std::ranges::copy(address.octets(), first.begin());
  auto last = first;
  const std::size_t size = address.octets().size();
  for (std::size_t i = 0; i < size; ++i) {
    const auto kept =
        static_cast<unsigned>(std::clamp(static_cast<int>(bits) - static_cast<int>(i * 8), 0, 8));
    const unsigned mask = 0xff & (0xff00u >> kept);
    first[i] = static_cast<std::uint8_t>(first[i] & mask);
    last[i] = static_cast<std::uint8_t>(last[i] | (0xff & ~mask));
  }
  const auto v6_of = [&](const auto& octets) {
    return IpAddress::from_octets(Bytes(octets).first(size)).value_or(IpAddress{});
  };
  return {v6_of(first), v6_of(last)};
}

std::optional<AddressRange> take_prefix(std::string_view& text, const Found& found) {
  auto bits = take_number(text);
  if (found.mapped && bits) {
    if (*bits < 96) return std::nullopt;
    *bits -= 96;
  }
  if (!bits || *bits > (found.address.is_v4() ? 32 : 128)) return std::nullopt;
  const AddressRange out = prefix_range(found.address, *bits);
  // All of IPv6 holds the addresses that are IPv4, which a range of IPv6 cannot begin or end with.
  if (out.first.is_v4() != out.last.is_v4()) return std::nullopt;
  return out;
}

/// An address, a prefix or a range.
std::optional<AddressRange> take_range(std::string_view& text) {
  const auto first = take_address(text);
  if (!first) return std::nullopt;
  if (!is_comment(text) && take(text, '/')) return take_prefix(text, *first);
  std::string_view rest = text;
  skip_blanks(rest);
  if (!take(rest, '-')) return AddressRange{first->address, first->address};
  skip_blanks(rest);
  const auto last = take_address(rest);
  if (!last || last->address.is_v4() != first->address.is_v4() || last->address < first->address)
    return std::nullopt;
  text = rest;
  return AddressRange{first->address, last->address};
}

std::optional<Line> parse_addresses(std::string_view text) {
  const auto range = take_range(text);
  if (!range) return std::nullopt;
  skip_blanks(text);
  if (text.empty() || is_comment(text)) return Line{LineKind::rule, *range};
  if (!take(text, ',')) return std::nullopt;
  skip_blanks(text);
  const auto level = take_number(text);
  skip_blanks(text);
  if (!level || (!text.empty() && text.front() != ',')) return std::nullopt;
  if (*level >= allowed_level) return Line{LineKind::allowed};
  return Line{LineKind::rule, *range};
}

/// How many addresses are in it, less one.
Wide width(const AddressRange& range) {
  const auto number = [](const IpAddress& address) {
    ByteReader reader(address.octets());
    if (address.is_v4()) return Wide{0, reader.u32()};
    const std::uint64_t high = reader.u64();
    return Wide{high, reader.u64()};
  };
  const Wide first = number(range.first);
  const Wide last = number(range.last);
  return {last.high - first.high - (last.low < first.low ? 1 : 0), last.low - first.low};
}

bool is_given_out(const IpAddress& address) {
  return !address.is_v4() && (address.octets()[0] & given_out_mask) == given_out_bits;
}

/// Of two ways to read a line the one that blocks less; of an address or prefix, which are as wide
/// with their first group as without it, the one that can be somebody's.
bool is_better(const AddressRange& range, const AddressRange& than) {
  const auto order = width(range) <=> width(than);
  if (order != 0) return order < 0;
  return is_given_out(range.first) && !is_given_out(than.first);
}

/// Where the addresses may begin: at the beginning and behind each of the last colons, in order.
struct Beginnings {
  std::array<std::size_t, 1 + colons_max> at{};
  std::size_t count = 0;
};
Beginnings beginnings_of(std::string_view text) {
  Beginnings out;
  for (std::size_t at = text.rfind(':'); at != text.npos && out.count < colons_max;
       at = at == 0 ? text.npos : text.rfind(':', at - 1))
    out.at[out.count++] = at + 1;
  out.at[out.count++] = 0;
  std::reverse(out.at.begin(), out.at.begin() + static_cast<std::ptrdiff_t>(out.count));
  return out;
}

/// The first beginning that leaves what can be read is right, unless the name is hexadecimal and
/// passes for the first groups of an IPv6 address ("DE:2a01:4f8::/32"): then a later one may be.
std::optional<Line> parse_named(std::string_view text) {
  std::optional<Line> best;
  std::size_t first_address_end = text.size();
  const Beginnings beginnings = beginnings_of(text);
  for (std::size_t i = 0; i < beginnings.count && beginnings.at[i] < first_address_end; ++i) {
    std::string_view rest = text.substr(beginnings.at[i]);
    skip_blanks(rest);
    const auto line = parse_addresses(rest);
    if (!line) continue;
    if (!best) {
      const auto end = std::ranges::find_if_not(rest, is_v6_character);
      first_address_end = static_cast<std::size_t>(end - text.begin());
    }
    if (!best || is_better(line->range, best->range)) best = line;
  }
  return best;
}

}  // namespace

Line parse_line(std::string_view line) {
  skip_blanks(line);
  while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  if (line.empty() || is_comment(line)) return {};
  return parse_named(line).value_or(Line{LineKind::unreadable});
}

}  // namespace seed::blocklist
