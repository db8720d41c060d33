#include "rpc/openrpc.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "rpc/methods.h"
#include "rpc/schema.h"
#include "tests/support/catch.h"

using namespace seed::rpc;

namespace {

const Json& document() {
  static const Json made = openrpc(schema("0.1.0"));
  return made;
}

const Json& method(std::string_view name) {
  for (const Json& row : document().at("methods"))
    if (row.at("name") == name) return row;
  FAIL("no method " << name);
  return document();
}

/// All references in it, as JSON pointers.
void collect(const Json& from, std::set<std::string>& out) {
  if (from.is_object() && from.contains("$ref")) {
    const auto text = from.at("$ref").get<std::string>();
    REQUIRE(text.starts_with("#/"));
    out.insert(text.substr(1));
  }
  for (const Json& member : from)
    if (member.is_structured()) collect(member, out);
}

}  // namespace

TEST_CASE(
    "the OpenRPC document has every method once, with a schema for all it takes and answers") {
  CHECK(document().at("methods").size() == methods().size());
  std::set<std::string> names;
  for (const Method* row : methods()) {
    const Json& made = method(row->name);
    names.insert(std::string(row->name));
    CHECK(made.at("x-scope") == std::string(name_of(row->scope)));
    CHECK_FALSE(made.at("description").get<std::string>().empty());
    std::set<std::string> parameters;
    for (const Json& parameter : made.at("params")) {
      CHECK(parameters.insert(parameter.at("name")).second);
      CHECK(parameter.at("schema").is_object());
    }
    CHECK(made.at("result").at("schema").is_object());
    CHECK(made.at("errors").size() >= 3);
  }
  CHECK(names.size() == methods().size());
}

TEST_CASE("the OpenRPC document tells of the events of a stream") {
  std::set<std::string> names;
  for (const Json& event : document().at("x-events")) names.insert(event.at("name"));
  for (const char* name : {"open", "torrents", "reset", "added", "removed"})
    CHECK(names.contains(name));
}

TEST_CASE("every reference of the OpenRPC document leads somewhere") {
  std::set<std::string> references;
  collect(document(), references);
  CHECK(references.size() > 8);
  for (const auto& reference : references)
    CHECK(document().contains(Json::json_pointer(reference)));
}

TEST_CASE("the OpenRPC document tells of session_set what settings there are") {
  const Json* found = nullptr;
  for (const Json& parameter : method("session_set").at("params"))
    if (parameter.at("name") == "peer_port") found = &parameter;
  REQUIRE(found != nullptr);
  CHECK(found->at("schema").at("maximum") == 65535);
  CHECK(found->at("schema").at("x-legacy") == "peer-port");
  const Json& session = document().at("components").at("schemas").at("session").at("properties");
  CHECK(session.contains("peer_port"));
  CHECK(session.contains("rpc_version"));
  CHECK_FALSE(session.contains("rpc_password"));
}

TEST_CASE("the OpenRPC document tells what is in a result, as deep as it goes") {
  const Json& stats = method("session_stats").at("result").at("schema").at("properties");
  CHECK(stats.at("current_stats").at("properties").contains("uploaded_bytes"));
  const Json& torrents = method("torrent_get").at("result").at("schema").at("properties");
  // As objects, or with "table" as rows.
  const Json& forms = torrents.at("torrents").at("anyOf");
  CHECK(forms.at(0).at("items").at("$ref") == "#/components/schemas/torrents");
  CHECK(forms.at(1) == Json::parse(R"({"type":"array","items":{"type":"array","items":{}}})"));
  const Json& torrent = document().at("components").at("schemas").at("torrents").at("properties");
  CHECK(torrent.at("peers").at("items").at("$ref") == "#/components/schemas/peers");
}

TEST_CASE("the OpenRPC document says which parameters have to be there, before the others") {
  const auto required = [](std::string_view name) {
    std::vector<std::string> out;
    bool optional = false;
    for (const Json& parameter : method(name).at("params")) {
      CHECK_FALSE((optional && parameter.at("required") == true));
      optional = optional || parameter.at("required") == false;
      if (parameter.at("required") == true) out.push_back(parameter.at("name"));
    }
    return out;
  };
  CHECK(required("torrent_get") == std::vector<std::string>{"fields"});
  CHECK(required("torrent_rename_path") == std::vector<std::string>{"path", "name"});
  CHECK(required("token_create") == std::vector<std::string>{"name", "scopes"});
  CHECK(required("free_space") == std::vector<std::string>{"path"});
  CHECK(required("session_set").empty());
  CHECK(required("torrent_stop").empty());
}

TEST_CASE("rpc.discover is answered in both dialects") {
  for (const Dialect dialect : {Dialect::modern, Dialect::legacy})
    CHECK(find_method("rpc.discover", dialect) != nullptr);
}
