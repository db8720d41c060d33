#include "core/bencode/value.h"

#include <charconv>

namespace seed::bencode {

std::optional<Bytes> Value::as_string() const {
  if (!is_string()) return std::nullopt;
  return source().subspan(token_->prefix);
}

std::optional<std::int64_t> Value::as_integer() const {
  if (!is_integer()) return std::nullopt;
  // The parser has seen that the digits between 'i' and 'e' are canonical and fit.
  const std::string_view digits = as_text(source());
  std::int64_t number = 0;
  std::from_chars(digits.data() + 1, digits.data() + digits.size() - 1, number);
  return number;
}

ListRange Value::list_items() const {
  if (!is_list()) return {};
  return {token_ + 1, token_ + token_->tokens, input_};
}

DictRange Value::dict_entries() const {
  if (!is_dict()) return {};
  return {token_ + 1, token_ + token_->tokens, input_};
}

std::optional<Value> Value::find(std::string_view key) const {
  for (const auto& [name, value] : dict_entries())
    if (as_text(name) == key) return value;
  return std::nullopt;
}

std::optional<Value> Value::find(std::string_view key, Kind kind) const {
  const auto found = find(key);
  return found && found->kind() == kind ? found : std::nullopt;
}

std::optional<Bytes> Value::find_string(std::string_view key) const {
  const auto found = find(key);
  return found ? found->as_string() : std::nullopt;
}

std::optional<std::int64_t> Value::find_integer(std::string_view key) const {
  const auto found = find(key);
  return found ? found->as_integer() : std::nullopt;
}

Bytes Value::string_or(std::string_view key, Bytes otherwise) const {
  return find_string(key).value_or(otherwise);
}

std::int64_t Value::integer_or(std::string_view key, std::int64_t otherwise) const {
  return find_integer(key).value_or(otherwise);
}

}  // namespace seed::bencode
