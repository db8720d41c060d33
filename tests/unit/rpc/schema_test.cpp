#include "rpc/schema.h"

#include <nlohmann/json.hpp>

#include "rpc/methods.h"
#include "tests/support/catch.h"

using namespace seed::rpc;

TEST_CASE("the schema lists every method, field and setting with its doc") {
  const Json all = schema("0.1.0");
  CHECK(all.at("methods").size() == methods().size());
  for (const char* table : {"methods", "torrent_fields", "settings", "torrent_options"}) {
    CHECK_FALSE(all.at(table).empty());
    for (const Json& row : all.at(table)) {
      CHECK_FALSE(row.at("name").get<std::string>().empty());
      CHECK_FALSE(row.at("doc").get<std::string>().empty());
    }
  }
  for (const Json& method : all.at("methods"))
    for (const Json& row : method.at("parameters"))
      CHECK_FALSE(row.at("doc").get<std::string>().empty());
  CHECK(all.at("objects").size() == 6);
}
