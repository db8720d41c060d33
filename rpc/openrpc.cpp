#include "rpc/openrpc.h"

#include <cctype>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace seed::rpc {

namespace {

using Json = nlohmann::json;

const std::string& text_of(const Json& row, const char* key) {
  return row.at(key).get_ref<const std::string&>();
}

bool has(const Json& row, const char* key) {
  const auto found = row.find(key);
  return found != row.end() && !found->is_null() && *found != "";
}

Json reference(std::string_view kind, const std::string& name) {
  return {{"$ref", "#/components/" + std::string(kind) + "/" + name}};
}

/// The words of `type` in the tables, as JSON Schema has them.
Json schema_of_type(std::string_view type) {
  constexpr std::string_view list = "[]";
  if (type.ends_with(list)) {
    type.remove_suffix(list.size());
    return {{"type", "array"}, {"items", schema_of_type(type)}};
  }
  if (type == "list") return schema_of_type("string[]");
  if (type == "choice" || type == "path") return schema_of_type("string");
  if (type == "any") return Json::object();
  return {{"type", std::string(type)}};
}

std::string doc_of(const Json& row) {
  std::string out = text_of(row, "doc");
  if (has(row, "note")) out += " (" + text_of(row, "note") + ")";
  return out;
}

/// What a row says besides its type.
void describe(const Json& row, Json& schema) {
  schema["description"] = doc_of(row);
  if (has(row, "legacy")) schema["x-legacy"] = row.at("legacy");
  if (has(row, "unit")) schema["x-unit"] = row.at("unit");
}

class Maker {
 public:
  explicit Maker(const Json& schema) : schema_(schema) {}

  Json make() {
    make_schemas();
    Json methods = Json::array();
    for (const Json& row : schema_.at("methods")) methods.push_back(method(row));
    return {{"openrpc", "1.2.6"},
            {"info",
             {{"title", "seedd"},
              {"description", "A BitTorrent daemon that speaks Transmission's RPC."},
              {"version", schema_.at("rpc_version_semver")}}},
            {"methods", std::move(methods)},
            {"x-events", schema_.at("events")},
            {"components", {{"schemas", std::move(schemas_)}, {"errors", std::move(errors_)}}}};
  }

 private:
  void make_schemas() {
    const Json& objects = schema_.at("objects");
    for (const auto& [name, rows] : objects.items()) schemas_[name] = object_of(rows);
    schemas_["torrents"] = object_of(schema_.at("torrent_fields"));
    Json session = object_of(schema_.at("session_facts"));
    Json& facts = session.at("properties");
    Json settings = {{"type", "object"}, {"properties", Json::object()}};
    for (const Json& row : schema_.at("settings")) {
      if (!has(row, "rpc")) continue;
      const auto& name = text_of(row, "rpc");
      if (!facts.contains(name)) facts[name] = setting(row);
      if (row.at("access") == "rw") settings.at("properties")[name] = setting(row);
    }
    schemas_["session"] = std::move(session);
    schemas_["session_settings"] = std::move(settings);
  }

  static Json setting(const Json& row) {
    Json out = schema_of_type(text_of(row, "type"));
    if (has(row, "choices")) {
      Json& values = row.at("type") == "list" ? out.at("items") : out;
      values["enum"] = row.at("choices");
    }
    if (has(row, "range")) {
      out["minimum"] = row.at("range").at("min");
      out["maximum"] = row.at("range").at("max");
    }
    out["default"] = row.at("initial");
    describe(row, out);
    return out;
  }

  /// Nothing is required: answers have what was asked for.
  Json object_of(const Json& rows) const {
    Json out = {{"type", "object"}, {"properties", Json::object()}};
    for (const Json& row : rows) {
      Json member = value_of(row);
      describe(row, member);
      out.at("properties")[text_of(row, "name")] = std::move(member);
    }
    return out;
  }

  /// A field of objects that have a table is named as the table.
  Json value_of(const Json& row) const {
    constexpr std::string_view either = " or ";
    const auto& type = text_of(row, "type");
    if (const auto at = type.find(either); at != type.npos) {
      Json first = row;
      first["type"] = type.substr(0, at);
      return {{"anyOf",
               Json::array({value_of(first), schema_of_type(type.substr(at + either.size()))})}};
    }
    Json whole = schema_of_type(text_of(row, "type"));
    Json* object = &whole;
    if (whole.contains("items")) object = &whole.at("items");
    if (object->value("type", "") != "object") return whole;
    const auto& name = has(row, "of") ? text_of(row, "of") : text_of(row, "name");
    if (has(row, "of") || schema_.at("objects").contains(name))
      *object = reference("schemas", name);
    else if (row.contains("members") && !row.at("members").empty())
      *object = object_of(row.at("members"));
    // Beside a reference nothing else counts (JSON Schema, draft 7).
    return whole.contains("$ref") ? Json{{"allOf", {std::move(whole)}}} : whole;
  }

  Json method(const Json& row) {
    Json params = Json::array();
    // "The list MUST require params before optional": OpenRPC 1.2.6, "Method Object".
    for (const bool required : {true, false})
      for (const Json& parameter : row.at("parameters"))
        if (parameter.at("required") == required) add_parameters(parameter, params);
    Json errors = Json::array();
    for (const Json& error : row.at("errors")) errors.push_back(error_of(error));
    Json out = {
        {"name", row.at("name")},
        {"description", row.at("doc")},
        {"paramStructure", "by-name"},
        {"params", std::move(params)},
        {"result", {{"name", text_of(row, "name") + "_result"}, {"schema", result_of(row)}}},
        {"errors", std::move(errors)},
        {"x-scope", row.at("scope")},
        {"x-runs-as-notification", row.at("runs_as_notification")}};
    if (has(row, "legacy")) out["x-legacy"] = row.at("legacy");
    return out;
  }

  /// The row without a name stands for the members of its table.
  void add_parameters(const Json& row, Json& params) const {
    if (has(row, "name")) {
      Json value = value_of(row);
      describe(row, value);
      params.push_back(descriptor(text_of(row, "name"), std::move(value), row.at("required")));
      return;
    }
    for (const auto& [name, value] : schemas_.at(text_of(row, "of")).at("properties").items())
      params.push_back(descriptor(name, value, false));
  }

  static Json descriptor(const std::string& name, Json value, bool required) {
    return {{"name", name},
            {"description", value.at("description")},
            {"required", required},
            {"schema", std::move(value)}};
  }

  Json result_of(const Json& row) const {
    const Json& results = row.at("results");
    if (results.size() == 1 && !has(results.front(), "name")) {
      Json out = value_of(results.front());
      describe(results.front(), out);
      return out;
    }
    Json out = object_of(results);
    if (results.empty()) out["maxProperties"] = 0;
    return out;
  }

  Json error_of(const Json& error) {
    std::string name = text_of(error, "message");
    for (char& letter : name) {
      const auto octet = static_cast<unsigned char>(letter);
      letter = std::isalnum(octet) != 0 ? static_cast<char>(std::tolower(octet)) : '_';
    }
    errors_[name] = error;
    return reference("errors", name);
  }

  const Json& schema_;
  Json schemas_ = Json::object();
  Json errors_ = Json::object();
};

}  // namespace

nlohmann::json openrpc(const nlohmann::json& schema) { return Maker(schema).make(); }

}  // namespace seed::rpc
