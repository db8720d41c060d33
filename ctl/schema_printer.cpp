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
  std::cout << out.dump() << '\n';
  return std::cout.good() ? 0 : 1;
}
