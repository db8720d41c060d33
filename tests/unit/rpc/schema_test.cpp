#include "rpc/schema.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rpc/call_error.h"
#include "rpc/methods.h"
#include "tests/support/catch.h"

using namespace seed::rpc;

TEST_CASE("the schema lists every method, field and setting with its doc") {
  const Json all = schema("0.1.0");
  CHECK(all.at("methods").size() == methods().size());
  for (const char* table :
       {"methods", "torrent_fields", "settings", "torrent_options", "group_options", "events"}) {
    CHECK_FALSE(all.at(table).empty());
    for (const Json& row : all.at(table)) {
      CHECK_FALSE(row.at("name").get<std::string>().empty());
      CHECK_FALSE(row.at("doc").get<std::string>().empty());
    }
  }
  for (const Json& method : all.at("methods"))
    for (const Json& row : method.at("parameters"))
      CHECK_FALSE(row.at("doc").get<std::string>().empty());
  CHECK(all.at("objects").size() == 7);
}

namespace {

Json parameter(const char* method, const char* name) {
  const Json all = schema("0.1.0");
  for (const Json& row : all.at("methods"))
    if (row.at("name") == method)
      for (const Json& out : row.at("parameters"))
        if (out.at("name") == name) return out;
  return nullptr;
}

}  // namespace

TEST_CASE("a group's options are described, also as what group_get answers") {
  CHECK(parameter("group_set", "speed_limit_up").at("legacy") == "speed-limit-up");
  const Json all = schema("0.1.0");
  CHECK(all.at("group_options").size() == 5);
  for (const char* name : {"name", "honors_session_limits", "speed_limit_down_enabled"}) {
    const auto& fields = all.at("objects").at("group");
    CHECK(std::ranges::count(fields, name, [](const Json& row) { return row.at("name"); }) == 1);
  }
}

TEST_CASE("a method tells what it answers, and with which errors") {
  const Json all = schema("0.1.0");
  for (const Json& method : all.at("methods")) {
    for (const Json& row : method.at("results"))
      CHECK_FALSE(row.at("doc").get<std::string>().empty());
    CHECK(method.at("errors").size() >= common_errors.size());
    for (const Json& error : method.at("errors"))
      CHECK_FALSE(error.at("message").get<std::string>().empty());
    if (method.at("name") == "torrent_add") {
      const Json& added = method.at("results").at(0);
      CHECK(added.at("legacy") == "torrent-added");
      CHECK(added.at("members").at(0).at("name") == "hash_string");
    }
  }
}

TEST_CASE("what torrent_add takes is said") {
  const auto doc = parameter("torrent_add", "filename").at("doc").get<std::string>();
  CHECK(doc.find("a magnet link") != doc.npos);
}
