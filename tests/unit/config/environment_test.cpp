#include "config/environment.h"

#include "config/settings_access.h"
#include "tests/support/catch.h"

using namespace seed::config;

TEST_CASE("SEEDD_ variables are settings and all others are nobody's business") {
  const auto parsed =
      parse_environment({{"SEEDD_PEER_PORT", "6882"}, {"HOME", "/root"}, {"SEEDCTL_HOST", "x"}});
  REQUIRE(parsed);
  REQUIRE(parsed->size() == 1);
  CHECK((*parsed)[0].place == Table<Settings>::find("peer_port"));
  CHECK((*parsed)[0].value == SettingValue(std::int64_t{6882}));
  CHECK((*parsed)[0].where == "SEEDD_PEER_PORT");
}

TEST_CASE("wrong SEEDD_ variables are all named") {
  const auto parsed = parse_environment({{"SEEDD_PEER_PORT", "x"},
                                         {"SEEDD_PER_PORT", "1"},
                                         {"SEEDD_peer_port", "1"},
                                         {"SEEDD_", "1"}});
  REQUIRE_FALSE(parsed);
  std::vector<std::string> errors;
  for (const auto& error : parsed.error()) errors.push_back(describe(error));
  CHECK(errors == std::vector<std::string>{
                      "SEEDD_: there is no such setting",
                      "SEEDD_PEER_PORT: \"x\" is not an integer between 1 and 65535",
                      "SEEDD_PER_PORT: there is no such setting; did you mean SEEDD_PEER_PORT?",
                      "SEEDD_peer_port: there is no such setting; did you mean SEEDD_PEER_PORT?"});
}

TEST_CASE("the environment is read from name=value entries") {
  const char* const entries[] = {"A=1", "A=2", "B==", "broken", nullptr};
  CHECK(read_environment(entries) == Environment{{"A", "1"}, {"B", "="}});
  CHECK(read_environment(nullptr).empty());
}
