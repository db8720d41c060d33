// schema_printer: writes the tables that seedctl needs as JSON; a step of the build, not shipped.
#include <iostream>
#include <nlohmann/json.hpp>

#include "config/schema.h"

int main() {
  std::cout << nlohmann::json{{"settings", seed::config::settings_schema()},
                              {"torrent_options", seed::config::torrent_options_schema()}}
                   .dump()
            << '\n';
  return std::cout.good() ? 0 : 1;
}
