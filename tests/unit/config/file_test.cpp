#include "config/file.h"

#include "config/settings_access.h"
#include "tests/support/catch.h"

using namespace seed::config;

namespace {

std::vector<std::string> errors_of(std::string_view text) {
  const auto parsed = parse_file(text, "seedd.toml");
  std::vector<std::string> out;
  if (!parsed)
    for (const auto& error : parsed.error()) out.push_back(describe(error));
  return out;
}

}  // namespace

TEST_CASE("a file gives its settings in the order of its lines") {
  const auto parsed = parse_file(
      "# mine\nutp_enabled = false\npeer_port = 6882\nratio_limit = 3\n"
      "preferred_transports = [\"tcp\"]\n",
      "seedd.toml");
  REQUIRE(parsed);
  REQUIRE(parsed->size() == 4);
  CHECK((*parsed)[0].place == Table<Settings>::find("utp_enabled"));
  CHECK((*parsed)[1].place == Table<Settings>::find("peer_port"));
  CHECK((*parsed)[1].value == SettingValue(std::int64_t{6882}));
  CHECK((*parsed)[1].where == "seedd.toml:3");
  CHECK((*parsed)[2].value == SettingValue(3.0));
  CHECK((*parsed)[3].value == SettingValue(std::vector<std::string>{"tcp"}));
}

TEST_CASE("every mistake in a file is named with its line, its key and what is allowed") {
  CHECK(errors_of("\npeer_port = 70000\nper_port = 1\ndht_enabled = \"yes\"\n") ==
        std::vector<std::string>{
            "seedd.toml:2: peer_port: 70000 is not between 1 and 65535",
            "seedd.toml:3: per_port: there is no such setting; did you mean peer_port?",
            "seedd.toml:4: dht_enabled: \"yes\" is not true or false"});
}

TEST_CASE("tables, dates and mixed lists are no settings") {
  CHECK(errors_of("[rpc]\nport = 1\n") ==
        std::vector<std::string>{
            "seedd.toml:1: rpc: settings are not grouped: no tables and no dots"});
  CHECK(errors_of("peer_port = 2026-01-01\n") ==
        std::vector<std::string>{
            "seedd.toml:1: peer_port: the value is not an integer between 1 and 65535"});
  CHECK(errors_of("preferred_transports = [\"tcp\", 1]\n").size() == 1);
  CHECK(errors_of("peer_port.x = 1\n").size() == 1);
}

TEST_CASE("what is no TOML is refused with its line") {
  const auto errors = errors_of("peer_port = 1\n\npeer_port == 2\n");
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].starts_with("seedd.toml:3: "));
  CHECK(errors_of("peer_port = 1\npeer_port = 2\n").size() == 1);
  CHECK(errors_of("rpc_username = \"\xff\"\n").size() == 1);
}

TEST_CASE("an empty file says nothing and a huge one is refused") {
  CHECK(parse_file("", "seedd.toml").value().empty());
  CHECK(errors_of(std::string(config_file_bytes_max + 1, '\n')) ==
        std::vector<std::string>{"seedd.toml: the file is larger than 1048576 bytes"});
}
