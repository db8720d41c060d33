#include "config/precedence.h"

#include <algorithm>

#include "config/settings_access.h"
#include "tests/support/catch.h"

using namespace seed::config;

namespace {

Sources sources_of(std::string file = "") {
  Sources out;
  out.paths = {"/state", "/downloads", ""};
  out.file_name = "f";
  out.file_text = std::move(file);
  return out;
}

std::vector<std::string> lines(const std::vector<seed::UserError>& errors) {
  std::vector<std::string> out;
  for (const auto& error : errors) out.push_back(describe(error));
  return out;
}

}  // namespace

TEST_CASE("later sources win, and each setting knows who won") {
  Sources sources = sources_of(
      "peer_limit_global = 1\nspeed_limit_up = 1\nspeed_limit_down = 1\nseed_queue_size = 1\n");
  sources.environment = {{"SEEDD_SPEED_LIMIT_UP", "2"},
                         {"SEEDD_SPEED_LIMIT_DOWN", "2"},
                         {"SEEDD_SEED_QUEUE_SIZE", "2"}};
  sources.saved = {{"speed_limit_down", "3"}, {"seed_queue_size", "3"}};
  sources.command_line = {"seed_queue_size=4"};
  const auto loaded = load(sources);
  REQUIRE(loaded);
  CHECK(loaded->settings.peer_limit_global == 1);
  CHECK(loaded->settings.speed_limit_up == 2);
  CHECK(loaded->settings.speed_limit_down == 3);
  CHECK(loaded->settings.seed_queue_size == 4);
  CHECK(loaded->origin_of("peer_port") == Origin::initial);
  CHECK(loaded->origin_of("peer_limit_global") == Origin::file);
  CHECK(loaded->origin_of("speed_limit_up") == Origin::environment);
  CHECK(loaded->origin_of("speed_limit_down") == Origin::saved);
  CHECK(loaded->origin_of("seed_queue_size") == Origin::command_line);
  CHECK(loaded->warnings.empty());
}

TEST_CASE("a setting made the same as its initial value is still the user's") {
  const auto loaded = load(sources_of("peer_port = 6881\n"));
  REQUIRE(loaded);
  CHECK(loaded->origin_of("peer_port") == Origin::file);
}

TEST_CASE("a setting that changed with another has its origin too") {
  const auto loaded = load(sources_of("utp_enabled = false\n"));
  REQUIRE(loaded);
  CHECK(loaded->origin_of("preferred_transports") == Origin::file);
}

TEST_CASE("all mistakes of all sources are told at once") {
  Sources sources = sources_of("peer_port = 0\n");
  sources.environment = {{"SEEDD_NONE", "2"}};
  sources.command_line = {"peer_port", "rpc_port=x", "zzzzzzzzz=1", "rpc_url=a=b"};
  const auto loaded = load(sources);
  REQUIRE_FALSE(loaded);
  CHECK(lines(loaded.error()) ==
        std::vector<std::string>{"f:1: peer_port: 0 is not between 1 and 65535",
                                 "SEEDD_NONE: there is no such setting",
                                 "--set peer_port: is not of the form key=value",
                                 "--set rpc_port: \"x\" is not an integer between 1 and 65535",
                                 "--set zzzzzzzzz: there is no such setting"});
}

TEST_CASE("saved values that no longer fit are left out with a warning") {
  Sources sources = sources_of();
  sources.saved = {{"peer_port", "0"}, {"gone", "1"}, {"rpc_password", "x"}, {"reqq", "7"}};
  const auto loaded = load(sources);
  REQUIRE(loaded);
  CHECK(loaded->settings.reqq == 7);
  CHECK(loaded->settings.rpc_password.empty());
  CHECK(loaded->origin_of("peer_port") == Origin::initial);
  REQUIRE(loaded->warnings.size() == 3);
  CHECK(describe(loaded->warnings[0]) == "saved peer_port: 0 is not between 1 and 65535");
}

TEST_CASE("reset drops what was saved, and the others hold again") {
  Sources sources = sources_of("reqq = 5\n");
  sources.saved = {{"reqq", "7"}};
  CHECK(load(sources)->settings.reqq == 7);
  CHECK(reset(sources, "reqq"));
  CHECK_FALSE(reset(sources, "reqq"));
  const auto loaded = load(sources);
  CHECK(loaded->settings.reqq == 5);
  CHECK(loaded->origin_of("reqq") == Origin::file);
}

TEST_CASE("what a session saved by places loads to the same settings") {
  Settings live;
  Sources sources = sources_of();
  const auto apply = [&](std::string_view name, std::string_view text) {
    const Settings before = live;
    REQUIRE(set_from_text(live, name, text));
    for (const auto place : Table<Settings>::changed(before, live)) {
      const std::string key(Table<Settings>::rows()[place].name);
      reset(sources, key);
      sources.saved.emplace_back(key, to_text(Table<Settings>::get(live, place)));
    }
  };
  apply("utp_enabled", "false");
  apply("preferred_transports", "tcp,utp");
  std::ranges::sort(sources.saved);
  const auto loaded = load(sources);
  REQUIRE(loaded);
  CHECK(loaded->settings.preferred_transports == live.preferred_transports);
  CHECK(loaded->settings.utp_enabled == live.utp_enabled);
}

TEST_CASE("folders follow from the paths and from each other") {
  CHECK(load(sources_of())->settings.download_dir == "/downloads");
  CHECK(load(sources_of())->settings.incomplete_dir == "/downloads");
  CHECK(load(sources_of())->settings.state_dir == "/state");
  Sources homeless = sources_of("state_dir = \"/elsewhere\"\n");
  homeless.paths.download_dir.clear();
  CHECK(load(homeless)->settings.download_dir == "/elsewhere/downloads");
  CHECK(load(homeless)->origin_of("download_dir") == Origin::initial);
}

TEST_CASE("settings that do not go together are doubted") {
  const auto about = [](const std::string& file) {
    std::vector<std::string> out;
    const auto loaded = load(sources_of(file));
    for (const auto& doubt : loaded->warnings) out.push_back(doubt.path);
    return out;
  };
  using Paths = std::vector<std::string>;
  CHECK(about("watch_dir_enabled = true\n") == Paths{"watch_dir_enabled"});
  CHECK(about("rpc_authentication_required = true\n") == Paths{"rpc_authentication_required"});
  CHECK(about("rpc_password = \"{old}abc\"\n") == Paths{"rpc_password"});
  CHECK(about("rpc_bind_address = \"0.0.0.0\"\n") == Paths{});
  CHECK(about("rpc_bind_address = \"0.0.0.0\"\nrpc_whitelist_enabled = false\n") ==
        Paths{"rpc_bind_address"});
  CHECK(about("rpc_whitelist_enabled = false\n") == Paths{});
  CHECK(about("preferred_transports = []\n") == Paths{"preferred_transports"});
}
