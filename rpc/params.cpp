#include "rpc/params.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace seed::rpc {

std::string_view name_of(ValueType type) {
  switch (type) {
    case ValueType::boolean:
      return "boolean";
    case ValueType::integer:
      return "integer";
    case ValueType::number:
      return "number";
    case ValueType::text:
      return "string";
    case ValueType::booleans:
      return "boolean[]";
    case ValueType::integers:
      return "integer[]";
    case ValueType::texts:
      return "string[]";
    case ValueType::object:
      return "object";
    case ValueType::objects:
      return "object[]";
    case ValueType::objects_or_rows:
      return "object[] or any[][]";
    case ValueType::any:
      break;
  }
  return "any";
}

std::optional<bool> to_boolean(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) {
    if (value == 0) return false;
    if (value == 1) return true;
  }
  if (const auto* text = value.get_ptr<const std::string*>()) {
    if (*text == "true") return true;
    if (*text == "false") return false;
  }
  return std::nullopt;
}

std::optional<std::int64_t> to_integer(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number_unsigned()) {
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    const auto number = value.get<std::uint64_t>();
    return number > static_cast<std::uint64_t>(largest) ? largest
                                                        : static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  return std::nullopt;
}

std::optional<double> to_number(const Json& value) {
  double out = 0;
  if (value.is_number()) {
    out = value.get<double>();
  } else if (const auto* text = value.get_ptr<const std::string*>()) {
    const char* end = text->data() + text->size();
    const auto read = std::from_chars(text->data(), end, out);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  } else {
    return std::nullopt;
  }
  if (!std::isfinite(out)) return std::nullopt;
  return out;
}

std::optional<std::string> to_text(const Json& value) {
  if (const auto* text = value.get_ptr<const std::string*>()) return *text;
  return std::nullopt;
}

std::optional<std::vector<std::string>> to_texts(const Json& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const Json& member : value)
    if (auto text = to_text(member)) out.push_back(*std::move(text));
  return out;
}

std::optional<std::vector<std::int64_t>> to_integers(const Json& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<std::int64_t> out;
  for (const Json& member : value)
    if (const auto number = to_integer(member)) out.push_back(*number);
  return out;
}

Params::Params(const Json* object, Dialect dialect, const Caller& caller)
    : object_(object != nullptr && object->is_object() ? object : nullptr),
      dialect_(dialect),
      caller_(&caller) {}
Params::Params(const Json* object, Dialect dialect) : Params(object, dialect, the_owner()) {}

void Params::each(const std::function<void(const std::string&, const Json&)>& visit) const {
  if (object_ == nullptr) return;
  for (auto at = object_->begin(); at != object_->end(); ++at) visit(at.key(), at.value());
}

bool Params::has(const Parameter& row) const {
  switch (row.type) {
    case ValueType::boolean:
      return boolean(row).has_value();
    case ValueType::integer:
      return integer(row).has_value();
    case ValueType::number:
      return as(row, to_number).has_value();
    case ValueType::text:
      return text(row).has_value();
    case ValueType::texts:
      return texts(row).has_value();
    case ValueType::integers:
      return integers(row).has_value();
    default:
      return find(row) != nullptr;
  }
}

const Json* Params::find(std::string_view name, std::string_view legacy) const {
  if (object_ == nullptr) return nullptr;
  if (dialect_ == Dialect::legacy && !legacy.empty()) {
    const auto found = object_->find(legacy);
    if (found != object_->end()) return &*found;
  }
  const auto found = object_->find(name);
  return found == object_->end() ? nullptr : &*found;
}

}  // namespace seed::rpc
