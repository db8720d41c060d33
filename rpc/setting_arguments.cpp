#include "rpc/setting_arguments.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>
#include <variant>

#include "rpc/json_writer.h"

namespace seed::rpc {

namespace {

using config::Kind;
using config::RowInfo;
using config::SettingValue;

bool is_encryption(const RowInfo& row) { return row.name == "encryption"; }

std::optional<SettingValue> to_choice(const RowInfo& row, const Json& value, Dialect dialect) {
  if (value.is_number_integer()) return SettingValue(*to_integer(value));
  auto text = to_text(value);
  if (!text) return std::nullopt;
  if (dialect == Dialect::legacy && is_encryption(row) && *text == "tolerated") text = "allowed";
  return SettingValue(*std::move(text));
}

/// A single text stands for a list of one where a few words are all there is; labels must be a
/// list.
std::optional<SettingValue> to_list(const RowInfo& row, const Json& value) {
  if (auto text = to_text(value); text && !row.choices.empty())
    return SettingValue(std::vector<std::string>{*std::move(text)});
  auto texts = to_texts(value);
  if (!texts) return std::nullopt;
  return SettingValue(*std::move(texts));
}

template <typename T>
std::optional<SettingValue> maybe(std::optional<T> value) {
  if (!value) return std::nullopt;
  return SettingValue(*std::move(value));
}

}  // namespace

std::optional<SettingValue> to_setting(const RowInfo& row, const Json& value, Dialect dialect) {
  switch (row.kind) {
    case Kind::boolean:
      return maybe(to_boolean(value));
    case Kind::integer: {
      auto number = to_integer(value);
      if (number && row.unit == config::Unit::kB_per_second)
        number = std::max<std::int64_t>(0, *number);
      return maybe(number);
    }
    case Kind::real:
      return maybe(to_number(value));
    case Kind::text:
      return maybe(to_text(value));
    case Kind::choice:
      return to_choice(row, value, dialect);
    case Kind::list:
      return to_list(row, value);
  }
  return std::nullopt;
}

void write_setting(const RowInfo& row, const SettingValue& value, JsonWriter& out,
                   Dialect dialect) {
  if (dialect == Dialect::legacy && is_encryption(row) && value == SettingValue("allowed"))
    return out.text("tolerated");
  std::visit(
      [&](const auto& plain) {
        using T = std::remove_cvref_t<decltype(plain)>;
        if constexpr (std::is_same_v<T, bool>) {
          out.boolean(plain);
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
          out.integer(plain);
        } else if constexpr (std::is_same_v<T, double>) {
          out.real(plain);
        } else if constexpr (std::is_same_v<T, std::string>) {
          out.text(config::shown_text(row, plain));
        } else {
          out.begin_array();
          for (const auto& item : plain) out.text(item);
          out.end_array();
        }
      },
      value);
}

}  // namespace seed::rpc
