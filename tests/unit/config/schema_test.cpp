#include "config/schema.h"

#include <nlohmann/json.hpp>

#include "config/settings_access.h"
#include "tests/support/catch.h"

using namespace seed::config;

namespace {

nlohmann::json find(const nlohmann::json& rows, const std::string& name) {
  for (const auto& row : rows)
    if (row["name"] == name) return row;
  return nullptr;
}

}  // namespace

TEST_CASE("the schema has every row of the tables") {
  CHECK(settings_schema().size() == setting_count);
  CHECK(torrent_options_schema().size() == torrent_option_count);
}

TEST_CASE("a setting's schema says all that its row says") {
  const auto rows = settings_schema();
  const auto port = find(rows, "peer_port");
  CHECK(port["type"] == "integer");
  CHECK(port["initial"] == 6881);
  CHECK(port["range"]["max"] == 65535);
  CHECK(port["legacy"] == "peer-port");
  CHECK(port["access"] == "rw");
  CHECK(port["owners"] == false);
  CHECK(find(rows, "port_test_url")["access"] == "rw");
  CHECK(find(rows, "port_test_url")["owners"] == true);
  CHECK(port["variable"] == "SEEDD_PEER_PORT");
  CHECK(port["note"].is_null());
  CHECK(find(rows, "speed_limit_up")["unit"] == "kB/s");
  CHECK(find(rows, "ratio_limit")["rpc"] == "seed_ratio_limit");
  CHECK(find(rows, "rpc_password")["rpc"].is_null());
  CHECK(find(rows, "rpc_password")["type"] == "string");
  CHECK(find(rows, "download_dir")["type"] == "path");
  CHECK(find(rows, "encryption")["choices"].size() == 3);
  CHECK(find(rows, "preferred_transports")["initial"] == std::vector<std::string>{"utp", "tcp"});
  CHECK(find(rows, "rpc_socket_mode")["note"].is_null());
  CHECK(find(rows, "cache_size_mib")["note"] == "accepted for older clients, has no effect");
}

TEST_CASE("an option's schema has its legacy name and its bounds") {
  const auto priority = find(torrent_options_schema(), "bandwidth_priority");
  CHECK(priority["legacy"] == "bandwidthPriority");
  CHECK(priority["range"]["min"] == -1);
  CHECK(priority["type"] == "integer");
}
