#include "config/settings_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "config/settings_types.h"
#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/folder_fault.h"
#include "core/base/proxy_url.h"
#include "core/base/url.h"

namespace seed::config {

namespace {

using Texts = std::vector<std::string>;
using Checked = std::expected<SettingValue, std::string>;

/// As much of a foreign text as an error message needs.
constexpr std::size_t shown_bytes_max = 60;

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : to_utf8(text.substr(0, shown_bytes_max))) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + (text.size() > shown_bytes_max ? "...\"" : "\"");
}

std::string shown(const SettingValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return in_quotes(*text);
  if (std::holds_alternative<Texts>(value)) return "a list";
  return to_text(value);
}

std::unexpected<std::string> is_not(const RowInfo& row, const SettingValue& value) {
  return std::unexpected(
      fmt::format("{} is not {}", is_secret(row) ? "the value" : shown(value), allowed(row)));
}

std::string one_of(std::span<const std::string_view> names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += fmt::format("\"{}\"", names[i]);
  }
  return out;
}

Checked check_integer(const RowInfo& row, const SettingValue& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return is_not(row, value);
  if (*number < row.range.low || *number > row.range.high)
    return std::unexpected(
        fmt::format("{} is not between {} and {}", *number, row.range.low, row.range.high));
  return value;
}

Checked check_real(const RowInfo& row, const SettingValue& value) {
  double number = 0;
  if (const auto* real = std::get_if<double>(&value))
    number = *real;
  else if (const auto* integer = std::get_if<std::int64_t>(&value))
    number = static_cast<double>(*integer);
  else
    return is_not(row, value);
  const bool bounded = row.range.rule == Rule::between;
  if (!std::isfinite(number) || (bounded && (number < static_cast<double>(row.range.low) ||
                                             number > static_cast<double>(row.range.high))))
    return is_not(row, value);
  return number;
}

bool is_octal_mode(std::string_view text) {
  return text.size() >= 3 && text.size() <= 4 && text.find_first_not_of("01234567") == text.npos;
}

bool is_host_port(std::string_view text) {
  const auto url = Url::parse("dht://" + std::string(text));
  constexpr std::string_view of_a_host = "abcdefghijklmnopqrstuvwxyz0123456789.:-_";
  return url && url->port != 0 && url->path.empty() && !url->has_query && url->userinfo.empty() &&
         url->host.find_first_not_of(of_a_host) == std::string::npos;
}

bool is_address(std::string_view text, bool v4) {
  const auto address = IpAddress::parse(text);
  return address && address->is_v4() == v4;
}

/// As the kernel has it (IFNAMSIZ).
bool is_interface(std::string_view text) {
  return text.size() <= 15 && text != "." && text != ".." && std::ranges::none_of(text, [](char c) {
           return c == '/' || c == ':' || static_cast<unsigned char>(c) <= 0x20;
         });
}

bool is_info_hash(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
}

bool fits_rule(Rule rule, std::string_view text) {
  switch (rule) {
    case Rule::absolute_path:
      return text.starts_with('/');
    case Rule::path_or_empty:
      return text.empty() || text.starts_with('/');
    case Rule::ipv4_or_empty:
      return text.empty() || is_address(text, true);
    case Rule::ipv6_or_empty:
      return text.empty() || is_address(text, false);
    case Rule::interface_or_empty:
      return text.empty() || is_interface(text);
    case Rule::rpc_address:
      return IpAddress::parse(text).has_value() || text.starts_with("unix:/");
    case Rule::url_base:
      return text.find_first_of(" ?#\t\r\n") == text.npos;
    case Rule::file_mode:
      return is_octal_mode(text);
    case Rule::proxy_url:
      return text.empty() || ProxyUrl::parse(text).has_value();
    case Rule::host_port:
      return is_host_port(text);
    default:
      return true;
  }
}

bool is_path(Rule rule) { return rule == Rule::absolute_path || rule == Rule::path_or_empty; }

std::optional<std::string> text_fault(std::string_view text) {
  if (text.size() > text_bytes_max)
    return fmt::format("the text is longer than {} bytes", text_bytes_max);
  if (text.find('\0') != text.npos) return "the text holds a zero byte";
  if (!is_utf8(text)) return "the text is not UTF-8";
  return std::nullopt;
}

std::string with_slashes(std::string text) {
  if (!text.starts_with('/')) text.insert(0, 1, '/');
  if (!text.ends_with('/')) text += '/';
  return text;
}

Checked check_text(const RowInfo& row, const SettingValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return is_not(row, value);
  if (auto fault = text_fault(*text)) return std::unexpected(*std::move(fault));
  if (!fits_rule(row.range.rule, *text)) return is_not(row, value);
  if (is_path(row.range.rule) && !text->empty())
    if (const auto fault = folder_fault(*text))
      return std::unexpected(
          fmt::format("{} {}; allowed is {}", in_quotes(*text), *fault, allowed(row)));
  if (row.range.rule != Rule::url_base) return value;
  auto url = with_slashes(*text);
  if (auto fault = text_fault(url)) return std::unexpected(*std::move(fault));
  return url;
}

template <typename Enum>
std::optional<std::size_t> alias_of(std::string_view text) {
  for (const Alias& alias : Choices<Enum>::aliases)
    if (alias.name == text) return alias.value;
  return std::nullopt;
}

/// The only choices with other names; a row is known by the names it points to.
std::optional<std::size_t> find_alias(const RowInfo& row, std::string_view text) {
  if (row.choices.data() == Choices<Preallocation>::names.data())
    return alias_of<Preallocation>(text);
  if (row.choices.data() == Choices<MessageLevel>::names.data())
    return alias_of<MessageLevel>(text);
  return std::nullopt;
}

Checked check_choice(const RowInfo& row, const SettingValue& value) {
  std::size_t found = row.choices.size();
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (*number >= 0) found = static_cast<std::size_t>(*number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    const auto at = std::ranges::find(row.choices, *text);
    found = static_cast<std::size_t>(at - row.choices.begin());
    if (at == row.choices.end()) found = find_alias(row, *text).value_or(found);
  }
  if (found >= row.choices.size()) return is_not(row, value);
  return std::string(row.choices[found]);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto from = text.find_first_not_of(blanks);
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

/// One member of a list of labels or names; gives what is wrong with it.
std::optional<std::string> member_fault(const RowInfo& row, std::string_view member) {
  if (auto fault = text_fault(member)) return fault;
  if (row.range.rule == Rule::label) {
    if (member.empty()) return "labels cannot be empty";
    if (member.find(',') != member.npos) return "labels cannot contain comma (,) character";
  }
  if (row.range.rule == Rule::address && !IpAddress::parse(member))
    return fmt::format("{} is not an IP address", in_quotes(member));
  if (row.range.rule == Rule::info_hash && !is_info_hash(member))
    return fmt::format("{} is not an info-hash of 40 or 64 hex digits", in_quotes(member));
  if (row.range.rule == Rule::absolute_path)
    if (const auto fault = folder_fault(member))
      return fmt::format("{} {}", in_quotes(member), *fault);
  if (!row.choices.empty() && std::ranges::find(row.choices, member) == row.choices.end())
    return fmt::format("{} is not {}", in_quotes(member), one_of(row.choices));
  return std::nullopt;
}

Checked check_list(const RowInfo& row, const SettingValue& value) {
  Texts given;
  if (const auto* one = std::get_if<std::string>(&value))
    given = {*one};
  else if (const auto* several = std::get_if<Texts>(&value))
    given = *several;
  else
    return is_not(row, value);
  if (given.size() > list_members_max)
    return std::unexpected(fmt::format("the list has more than {} members", list_members_max));
  Texts out;
  for (const std::string& text : given) {
    const auto member = trimmed(text);
    if (auto fault = member_fault(row, member)) return std::unexpected(*std::move(fault));
    const bool again = std::ranges::find(out, member) != out.end();
    if (again && !row.choices.empty())
      return std::unexpected(fmt::format("{} is there twice", in_quotes(member)));
    if (!again) out.emplace_back(member);
  }
  return out;
}

std::optional<bool> parse_bool(std::string_view text) {
  for (const std::string_view yes : {"true", "yes", "on", "1"})
    if (text == yes) return true;
  for (const std::string_view no : {"false", "no", "off", "0"})
    if (text == no) return false;
  return std::nullopt;
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number out{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

Texts split(std::string_view text) {
  Texts out;
  if (trimmed(text).empty()) return out;
  // One more than is allowed is enough to be refused.
  while (out.size() <= list_members_max) {
    const auto comma = text.find(',');
    out.emplace_back(text.substr(0, comma));
    if (comma == text.npos) break;
    text.remove_prefix(comma + 1);
  }
  return out;
}

}  // namespace

std::expected<SettingValue, std::string> checked(const RowInfo& row, const SettingValue& value) {
  switch (row.kind) {
    case Kind::boolean:
      if (!std::holds_alternative<bool>(value)) return is_not(row, value);
      return value;
    case Kind::integer:
      return check_integer(row, value);
    case Kind::real:
      return check_real(row, value);
    case Kind::text:
      return check_text(row, value);
    case Kind::choice:
      return check_choice(row, value);
    case Kind::list:
      return check_list(row, value);
  }
  return is_not(row, value);
}

std::expected<SettingValue, std::string> parse_value(const RowInfo& row, std::string_view text) {
  const SettingValue as_given = std::string(text);
  switch (row.kind) {
    case Kind::boolean:
      if (const auto flag = parse_bool(text)) return *flag;
      return is_not(row, as_given);
    case Kind::integer:
      if (const auto number = parse_number<std::int64_t>(text)) return checked(row, *number);
      return is_not(row, as_given);
    case Kind::real:
      if (const auto number = parse_number<double>(text)) return checked(row, *number);
      return is_not(row, as_given);
    case Kind::choice:
      if (const auto number = parse_number<std::int64_t>(text)) return checked(row, *number);
      return checked(row, as_given);
    case Kind::text:
      return checked(row, as_given);
    case Kind::list:
      return checked(row, split(text));
  }
  return is_not(row, as_given);
}

std::string real_to_text(double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  std::string out(digits.data(), end);
  if (out.find_first_not_of("-0123456789") == out.npos) out += ".0";
  return out;
}

std::string to_text(const SettingValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) return real_to_text(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  std::string out;
  for (const std::string& member : std::get<Texts>(value)) {
    if (!out.empty()) out += ',';
    out += member;
  }
  return out;
}

std::string allowed(const RowInfo& row) {
  switch (row.kind) {
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return fmt::format("an integer between {} and {}", row.range.low, row.range.high);
    case Kind::real:
      if (row.range.rule != Rule::between) return "a number";
      return fmt::format("a number between {} and {}", row.range.low, row.range.high);
    case Kind::choice:
      return "one of " + one_of(row.choices);
    case Kind::list:
      if (row.range.rule == Rule::absolute_path) return "a list of absolute paths";
      if (row.choices.empty()) return "a list of texts";
      return "a list of " + one_of(row.choices) + ", each once";
    case Kind::text:
      break;
  }
  switch (row.range.rule) {
    case Rule::absolute_path:
      return "an absolute path";
    case Rule::path_or_empty:
      return "an absolute path or \"\"";
    case Rule::ipv4_or_empty:
      return "an IPv4 address or \"\"";
    case Rule::ipv6_or_empty:
      return "an IPv6 address or \"\"";
    case Rule::interface_or_empty:
      return "the name of a network interface or \"\"";
    case Rule::address:
      return "an IP address";
    case Rule::rpc_address:
      return "an IP address or \"unix:/path\"";
    case Rule::url_base:
      return "the path of a URL, such as \"/transmission/\"";
    case Rule::file_mode:
      return "permissions in octal, such as \"0750\"";
    case Rule::proxy_url:
      return "a proxy's URL, such as \"socks5://user:password@192.0.2.1:1080\", or \"\"";
    case Rule::info_hash:
      return "an info-hash of 40 or 64 hex digits";
    case Rule::host_port:
      return "a host and a port, such as \"router.example:6881\"";
    default:
      return "a text";
  }
}

bool is_secret(const RowInfo& row) {
  return row.name == "rpc_password" || row.range.rule == Rule::proxy_url;
}

std::string shown_text(const RowInfo& row, const std::string& text) {
  return row.range.rule == Rule::proxy_url ? without_password(text) : text;
}

std::string describe(const UserError& error) {
  return error.path.empty() ? error.message : error.path + ": " + error.message;
}

}  // namespace seed::config
