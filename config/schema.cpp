#include "config/schema.h"

#include <nlohmann/json.hpp>

#include "config/environment.h"
#include "config/print.h"
#include "config/settings_access.h"

namespace seed::config {

namespace {

using Json = nlohmann::json;

Json text_or_null(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(std::string(text));
}

Json to_json(const SettingValue& value) {
  return std::visit([](const auto& plain) { return Json(plain); }, value);
}

std::string_view type_name(const RowInfo& row) {
  switch (row.kind) {
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "integer";
    case Kind::real:
      return "number";
    case Kind::choice:
      return "choice";
    case Kind::list:
      return "list";
    case Kind::text:
      break;
  }
  const Rule rule = row.range.rule;
  return rule == Rule::absolute_path || rule == Rule::path_or_empty ? "path" : "string";
}

std::string_view unit_name(Unit unit) {
  switch (unit) {
    case Unit::none:
      return "";
    case Unit::kB_per_second:
      return "kB/s";
    case Unit::minutes:
      return "min";
    case Unit::MiB:
      return "MiB";
  }
  return "";
}

std::string_view access_name(Rpc access) {
  switch (access) {
    case Rpc::none:
      return "none";
    case Rpc::read:
      return "r";
    case Rpc::write:
    case Rpc::owner:
      return "rw";
  }
  return "none";
}

std::string_view feature_name(Feature feature) {
  switch (feature) {
    case Feature::now:
      return "now";
    case Feature::compatibility:
      return "compatibility";
  }
  return "now";
}

Json row_to_json(const RowInfo& row, const SettingValue& initial) {
  Json out = Json::object();
  out["name"] = std::string(row.name);
  out["type"] = std::string(type_name(row));
  out["unit"] = text_or_null(unit_name(row.unit));
  out["initial"] = to_json(initial);
  out["range"] = nullptr;
  if (row.range.rule == Rule::between)
    out["range"] = {{"min", row.range.low}, {"max", row.range.high}};
  out["choices"] = nullptr;
  for (const std::string_view choice : row.choices) out["choices"].push_back(std::string(choice));
  out["allowed"] = allowed(row);
  out["applies"] = row.applies == Applies::live ? "live" : "restart";
  const bool visible = row.access != Rpc::none;
  out["rpc"] = visible ? Json(std::string(row.rpc)) : Json(nullptr);
  out["access"] = std::string(access_name(row.access));
  out["owners"] = row.access == Rpc::owner;
  out["legacy"] = visible ? text_or_null(row.legacy) : Json(nullptr);
  out["doc"] = std::string(row.doc);
  out["feature"] = std::string(feature_name(row.feature));
  out["note"] = text_or_null(effect_note(row));
  return out;
}

template <typename Struct>
Json table_to_json() {
  const Struct initial;
  Json out = Json::array();
  for (std::size_t i = 0; i < Table<Struct>::rows().size(); ++i)
    out.push_back(row_to_json(Table<Struct>::rows()[i], Table<Struct>::get(initial, i)));
  return out;
}

}  // namespace

nlohmann::json settings_schema() {
  Json out = table_to_json<Settings>();
  for (Json& row : out) row["variable"] = variable_of(row["name"].get<std::string>());
  return out;
}

nlohmann::json torrent_options_schema() { return table_to_json<TorrentOptions>(); }

nlohmann::json group_options_schema() { return table_to_json<GroupOptions>(); }

}  // namespace seed::config
