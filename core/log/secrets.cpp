#include "core/log/secrets.h"

#include <algorithm>

namespace seed::log {
namespace {

constexpr std::string_view masked = "***";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_key_char(char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; }

bool looks_like_key(std::string_view part) {
  // Trackers' passkeys have 32 or 40 hexadecimal digits, or as many letters and digits.
  constexpr std::size_t hex_digits_min = 16;
  constexpr std::size_t mixed_min = 24;
  if (part.size() >= hex_digits_min && std::ranges::all_of(part, is_hex)) return true;
  return part.size() >= mixed_min && std::ranges::all_of(part, is_key_char) &&
         std::ranges::any_of(part, is_digit) && std::ranges::any_of(part, is_letter);
}

/// `text` with each part between `separator`s put through `change`.
template <typename Change>
std::string each_part(std::string_view text, char separator, Change&& change) {
  std::string out;
  for (;;) {
    const auto end = text.find(separator);
    out += change(text.substr(0, end));
    if (end == text.npos) return out;
    out += separator;
    text.remove_prefix(end + 1);
  }
}

std::string mask_path_part(std::string_view part) {
  return std::string(looks_like_key(part) ? masked : part);
}

std::string mask_parameter(std::string_view parameter) {
  if (parameter.empty()) return {};
  const auto equals = parameter.find('=');
  if (equals == parameter.npos) return std::string(masked);
  return std::string(parameter.substr(0, equals + 1)) + std::string(masked);
}

}  // namespace

std::string without_secrets(const Url& url) {
  Url shown = url;
  shown.userinfo.clear();
  shown.path = each_part(url.path, '/', mask_path_part);
  shown.query = each_part(url.query, '&', mask_parameter);
  return shown.to_string();
}

std::string without_secrets(std::string_view url) {
  const auto parsed = Url::parse(url);
  return parsed ? without_secrets(*parsed) : "(not a URL)";
}

}  // namespace seed::log
