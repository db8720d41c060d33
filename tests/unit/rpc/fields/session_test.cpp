#include "rpc/fields/session.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

Json keys(std::vector<std::string> names, Dialect dialect = Dialect::modern) {
  SessionSnapshot from;
  from.version = "4.1.3 (5eedd001)";
  from.facts.state_dir = "/state";
  from.settings.state_dir = "/other";
  return Json::parse(encode_session(from, names, dialect));
}

}  // namespace

TEST_CASE("every key of the contract is in session_get") {
  const Json modern = keys({});
  for (const char* key : {"alt_speed_down",
                          "alt_speed_enabled",
                          "alt_speed_time_begin",
                          "alt_speed_time_day",
                          "alt_speed_time_enabled",
                          "alt_speed_time_end",
                          "alt_speed_up",
                          "anti_brute_force_enabled",
                          "anti_brute_force_threshold",
                          "blocklist_enabled",
                          "blocklist_size",
                          "blocklist_url",
                          "cache_size_mib",
                          "config_dir",
                          "default_trackers",
                          "dht_enabled",
                          "download_dir",
                          "download_dir_free_space",
                          "download_queue_enabled",
                          "download_queue_size",
                          "encryption",
                          "idle_seeding_limit",
                          "idle_seeding_limit_enabled",
                          "incomplete_dir",
                          "incomplete_dir_enabled",
                          "lpd_enabled",
                          "peer_limit_global",
                          "peer_limit_per_torrent",
                          "peer_port",
                          "peer_port_random_on_start",
                          "pex_enabled",
                          "port_forwarding_enabled",
                          "preferred_transports",
                          "queue_stalled_enabled",
                          "queue_stalled_minutes",
                          "rename_partial_files",
                          "reqq",
                          "rpc_version",
                          "rpc_version_minimum",
                          "rpc_version_semver",
                          "script_torrent_added_enabled",
                          "script_torrent_added_filename",
                          "script_torrent_done_enabled",
                          "script_torrent_done_filename",
                          "script_torrent_done_seeding_enabled",
                          "script_torrent_done_seeding_filename",
                          "seed_queue_enabled",
                          "seed_queue_size",
                          "seed_ratio_limit",
                          "seed_ratio_limited",
                          "sequential_download",
                          "session_id",
                          "speed_limit_down",
                          "speed_limit_down_enabled",
                          "speed_limit_up",
                          "speed_limit_up_enabled",
                          "start_added_torrents",
                          "tcp_enabled",
                          "trash_original_torrent_files",
                          "units",
                          "utp_enabled",
                          "version"}) {
    INFO(key);
    REQUIRE(modern.contains(key));
    CHECK_FALSE(modern.at(key).is_null());
  }
}

TEST_CASE("the rpc's own settings are out of its reach") {
  const Json all = keys({});
  for (const auto& [key, value] : all.items())
    if (key.starts_with("rpc_")) CHECK(key.starts_with("rpc_version"));
}

TEST_CASE("keys may be chosen, and unknown ones give nothing") {
  CHECK(keys({"rpc_version", "nonsense"}) == Json::parse(R"({"rpc_version":19})"));
  CHECK(keys({"rpc-version"}) == Json::object());
  CHECK(keys({"rpc-version"}, Dialect::legacy) == Json::parse(R"({"rpc-version":19})"));
  CHECK(keys({"config_dir"}) == Json::parse(R"({"config_dir":"/state"})"));
}

TEST_CASE("the legacy dialect has its own spellings and words") {
  const Json legacy = keys({}, Dialect::legacy);
  CHECK(legacy.at("seedRatioLimit") == 2.0);
  CHECK(legacy.at("cache-size-mb") == 4);
  CHECK(legacy.at("units").at("speed-bytes") == 1000);
  CHECK(legacy.at("preferred_transports") == Json::parse(R"(["utp","tcp"])"));
  SessionSnapshot from;
  from.settings.encryption = config::Encryption::allowed;
  CHECK(encode_session(from, {"encryption"}, Dialect::legacy) == R"({"encryption":"tolerated"})");
  CHECK(encode_session(from, {"encryption"}, Dialect::modern) == R"({"encryption":"allowed"})");
}
