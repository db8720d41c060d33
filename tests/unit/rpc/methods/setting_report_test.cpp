#include "rpc/methods/setting_report.h"

#include <nlohmann/json.hpp>

#include "config/settings_access.h"
#include "rpc/params.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

std::size_t place_of(std::string_view name) {
  return config::Table<config::Settings>::find(name).value();
}

Json reported(const config::Loaded& from, const std::vector<std::string>& names) {
  return Json::parse(encode_settings(from, find_settings(names).value(), Dialect::modern));
}

}  // namespace

TEST_CASE("a setting is told with who said it") {
  config::Loaded loaded;
  loaded.settings.peer_port = 7000;
  loaded.origins[place_of("peer_port")] = config::Origin::command_line;
  const Json answer = reported(loaded, {"peer_port", "download_dir"});
  REQUIRE(answer["settings"].size() == 2);
  const Json& port = answer["settings"][0];
  CHECK(port["name"] == "peer_port");
  CHECK(port["value"] == 7000);
  CHECK(port["default"] == 6881);
  CHECK(port["origin"] == "command_line");
  CHECK(port["writable"] == true);
  CHECK_FALSE(port["doc"].get<std::string>().empty());
  CHECK(answer["settings"][1]["origin"] == "initial");
}

TEST_CASE("what RPC may not see is told without its value") {
  config::Loaded loaded;
  loaded.settings.rpc_password = "hunter2";
  loaded.origins[place_of("rpc_password")] = config::Origin::file;
  const Json answer = reported(loaded, {"rpc_password"});
  CHECK(answer["settings"][0]["value"].is_null());
  CHECK(answer["settings"][0]["origin"] == "file");
  CHECK(answer["settings"][0]["writable"] == false);
  CHECK(answer.dump().find("hunter2") == std::string::npos);
}

TEST_CASE("settings are found by either name, each once, and a wrong one is named") {
  CHECK(find_settings({"ratio_limit", "seed_ratio_limit"}).value() ==
        std::vector{place_of("ratio_limit")});
  const auto none = find_settings({"peer_port", "peer_prot"});
  REQUIRE_FALSE(none);
  CHECK(none.error().code == -32602);
  CHECK(none.error().text.find("peer_prot") != std::string::npos);
}

TEST_CASE("who is kept to labels is not told the owner's addresses and programs") {
  config::Loaded loaded;
  auto& settings = loaded.settings;
  for (std::string* text :
       {&settings.default_trackers, &settings.blocklist_url, &settings.port_test_url,
        &settings.script_torrent_added_filename, &settings.script_torrent_done_filename,
        &settings.script_torrent_done_seeding_filename})
    *text = "/hidden";
  settings.proxy_url = "socks5://hidden.example";
  settings.tracker_allowed = {std::string(40, 'a')};
  settings.peer_port = 7000;
  std::vector<std::string> all;
  for (const auto& row : config::Table<config::Settings>::rows()) all.emplace_back(row.name);
  const auto places = find_settings(all).value();
  const auto told = [&](bool kept_to_labels) {
    return encode_settings(loaded, places, Dialect::modern, kept_to_labels);
  };
  CHECK(told(false).find("hidden") != std::string::npos);
  CHECK(told(true).find("hidden") == std::string::npos);
  CHECK(told(false).find("aaaaaaaa") != std::string::npos);
  CHECK(told(true).find("aaaaaaaa") == std::string::npos);
  CHECK(told(true).find("7000") != std::string::npos);
  const config::Settings less = without_owners(settings);
  CHECK(less.default_trackers.empty());
  CHECK(less.port_test_url.empty());
  CHECK(less.tracker_allowed.empty());
  CHECK(less.script_torrent_done_seeding_filename.empty());
  CHECK(less.peer_port == 7000);
}

TEST_CASE("the password of the proxy is shown to nobody") {
  config::Loaded loaded;
  loaded.settings.proxy_url = "socks5://me:hidden@192.0.2.1:1080";
  const auto places = find_settings({"proxy_url"}).value();
  const std::string told = encode_settings(loaded, places, Dialect::modern);
  CHECK(told.find("hidden") == std::string::npos);
  CHECK(told.find("socks5://me:***@192.0.2.1:1080") != std::string::npos);
}
