// schema_printer: writes the tables that seedctl needs as JSON; a step of the build, not shipped.
#include <iostream>
#include <nlohmann/json.hpp>

#include "rpc/schema.h"

int main() {
  const auto all = seed::rpc::schema("");
  auto out = nlohmann::json::object();
  for (const char* table :
       {"settings", "session_facts", "torrent_options", "torrent_fields", "methods"})
    out[table] = all.at(table);
  out["events"] = nlohmann::json::array();
  for (const auto& event : all.at("events"))
    out["events"].push_back({{"name", event.at("name")}, {"doc", event.at("doc")}});
  std::cout << out.dump() << '\n';
  return std::cout.good() ? 0 : 1;
}
