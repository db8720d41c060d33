// Params: the named arguments of one call, read as leniently as the contract asks for (section 4):
// a value of the wrong type is ignored like an unknown key. The only place that knows the rules.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rpc/caller.h"
#include "rpc/dialect.h"

namespace seed::rpc {

using Json = nlohmann::json;

/// What a value looks like, for the schema.
enum class ValueType : std::uint8_t {
  boolean,
  integer,
  number,
  text,
  booleans,
  integers,
  texts,
  object,
  objects,
  objects_or_rows,  ///< or a list of lists
  any,              ///< several of these; the doc says which
};
std::string_view name_of(ValueType type);

/// Whether a parameter has to be there, in a form that its type can be read from.
enum class Need : std::uint8_t {
  optional,
  required,   ///< else the call is refused with "name: missing"
  own_words,  ///< required as well; parse() says so, as the contract has it
};

/// One row of a method's tables of parameters and of results.
struct Parameter {
  std::string_view name;
  std::string_view legacy;  ///< "" when it is the same
  ValueType type = ValueType::any;
  std::string_view doc;
  std::string_view note = {};  ///< what has no effect; "" when there is nothing to say
  /// Of an object or objects that have a table in rpc/fields: the table's name in the schema.
  std::string_view of = {};
  /// Of an object or objects that have none: its members.
  std::span<const Parameter> members = {};
  Need need = Need::optional;
};
constexpr Parameter required(Parameter row, Need need = Need::required) {
  row.need = need;
  return row;
}

/// true, false, 0, 1, "true", "false".
std::optional<bool> to_boolean(const Json& value);
/// Integers and booleans; one above 63 bits becomes the largest.
std::optional<std::int64_t> to_integer(const Json& value);
/// Integers, fractions and numeric texts; finite.
std::optional<double> to_number(const Json& value);
std::optional<std::string> to_text(const Json& value);
/// The texts of an array; other members are skipped. Nothing when it is no array.
std::optional<std::vector<std::string>> to_texts(const Json& value);
std::optional<std::vector<std::int64_t>> to_integers(const Json& value);

/// A view of the call's object, which outlives it.
class Params {
 public:
  /// `object` may be null or no object: then there are no arguments.
  Params(const Json* object, Dialect dialect, const Caller& caller);
  /// For one who may do anything.
  Params(const Json* object, Dialect dialect);

  /// Outlives the call's time on the HTTP thread, no longer.
  const Caller& caller() const { return *caller_; }

  Dialect dialect() const { return dialect_; }
  /// In the modern dialect by name alone, in the legacy one by either spelling; null when absent.
  const Json* find(std::string_view name, std::string_view legacy) const;
  const Json* find(const Parameter& row) const { return find(row.name, row.legacy); }
  /// It is there, in a form that its type can be read from.
  bool has(const Parameter& row) const;
  /// All members: visit(key, value).
  void each(const std::function<void(const std::string&, const Json&)>& visit) const;

  std::optional<bool> boolean(const Parameter& row) const { return as(row, to_boolean); }
  std::optional<std::int64_t> integer(const Parameter& row) const { return as(row, to_integer); }
  std::optional<std::string> text(const Parameter& row) const { return as(row, to_text); }
  std::optional<std::vector<std::string>> texts(const Parameter& row) const {
    return as(row, to_texts);
  }
  std::optional<std::vector<std::int64_t>> integers(const Parameter& row) const {
    return as(row, to_integers);
  }

 private:
  template <typename T>
  std::optional<T> as(const Parameter& row, std::optional<T> (*convert)(const Json&)) const {
    const Json* value = find(row);
    if (value == nullptr) return std::nullopt;
    return convert(*value);
  }

  const Json* object_ = nullptr;
  Dialect dialect_;
  const Caller* caller_;
};

}  // namespace seed::rpc
