#include "config/settings_access.h"

#include "tests/support/catch.h"

using namespace seed::config;

namespace {
using Texts = std::vector<std::string>;
}

TEST_CASE("a setting is read and written by its name") {
  Settings settings;
  REQUIRE(set(settings, "peer_port", std::int64_t{6882}));
  CHECK(settings.peer_port == 6882);
  CHECK(get(settings, "peer_port") == SettingValue(std::int64_t{6882}));
  REQUIRE(set_from_text(settings, "encryption", "required"));
  CHECK(settings.encryption == Encryption::required);
  CHECK(get(settings, "encryption") == SettingValue("required"));
  REQUIRE(set(settings, "preferred_transports", Texts{"tcp"}));
  CHECK(settings.preferred_transports == TransportList{Transport::tcp});
}

TEST_CASE("a refused value changes nothing and names the setting") {
  Settings settings;
  const auto refused = set_from_text(settings, "peer_port", "70000");
  REQUIRE_FALSE(refused);
  CHECK(describe(refused.error()) == "peer_port: 70000 is not between 1 and 65535");
  CHECK(settings == Settings{});
}

TEST_CASE("an unknown name gets the one that was likely meant") {
  Settings settings;
  const auto message = [&](std::string_view name) {
    return set(settings, name, true).error().message;
  };
  CHECK(message("per_port") == "there is no such setting; did you mean peer_port?");
  CHECK(message("seed_ratio_limit") == "there is no such setting; did you mean ratio_limit?");
  CHECK(message("speed-limit-down") == "there is no such setting; did you mean speed_limit_down?");
  CHECK(message("qqqqqqqq") == "there is no such setting");
  CHECK(message("") == "there is no such setting");
  CHECK(set(settings, std::string(1000, 'a'), true).error().path.size() <= 64);
}

TEST_CASE("RPC finds what it may see, by its own names") {
  using SettingsTable = Table<Settings>;
  CHECK(SettingsTable::find_rpc("seed_ratio_limit") == SettingsTable::find("ratio_limit"));
  CHECK(SettingsTable::find_legacy("seedRatioLimit") == SettingsTable::find("ratio_limit"));
  CHECK(SettingsTable::find_rpc("config_dir") == SettingsTable::find("state_dir"));
  CHECK_FALSE(SettingsTable::find_rpc("ratio_limit"));
  CHECK_FALSE(SettingsTable::find_rpc("rpc_password"));
  CHECK_FALSE(SettingsTable::find_legacy("rpc-password"));
  CHECK_FALSE(SettingsTable::find_legacy(""));
  CHECK(Table<TorrentOptions>::find_legacy("peer-limit") ==
        Table<TorrentOptions>::find("peer_limit"));
}

TEST_CASE("utp_enabled and preferred_transports follow each other") {
  Settings settings;
  REQUIRE(set(settings, "utp_enabled", false));
  CHECK(settings.preferred_transports == TransportList{Transport::tcp});
  REQUIRE(set(settings, "utp_enabled", true));
  CHECK(settings.preferred_transports == TransportList{Transport::utp, Transport::tcp});
  REQUIRE(set(settings, "preferred_transports", Texts{"tcp", "utp"}));
  REQUIRE(set(settings, "utp_enabled", true));
  CHECK(settings.preferred_transports == TransportList{Transport::tcp, Transport::utp});
  REQUIRE(set(settings, "preferred_transports", Texts{"tcp"}));
  CHECK_FALSE(settings.utp_enabled);
}

TEST_CASE("what changed is known by its places") {
  const Settings before;
  Settings after;
  CHECK(Table<Settings>::changed(before, after).empty());
  REQUIRE(set(after, "utp_enabled", false));
  const std::vector<std::size_t> both{Table<Settings>::find("preferred_transports").value(),
                                      Table<Settings>::find("utp_enabled").value()};
  CHECK(Table<Settings>::changed(before, after) == both);
}

TEST_CASE("settings that follow one another are named together") {
  using Names = std::vector<std::string_view>;
  CHECK(settings_together("utp_enabled") == Names{"preferred_transports", "utp_enabled"});
  CHECK(settings_together("preferred_transports") == settings_together("utp_enabled"));
  CHECK(settings_together("peer_port") == Names{"peer_port"});
  CHECK(settings_together("nonsense").empty());
  // Whatever a set() changes is among them.
  Settings before;
  Settings after = before;
  REQUIRE(set(after, "utp_enabled", SettingValue(false)));
  for (const std::size_t place : Table<Settings>::changed(before, after)) {
    const auto names = settings_together("utp_enabled");
    CHECK(std::ranges::find(names, Table<Settings>::rows()[place].name) != names.end());
  }
}
