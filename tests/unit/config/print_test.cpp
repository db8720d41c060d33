#include "config/print.h"

#include <fstream>
#include <iterator>

#include "config/settings_access.h"
#include "tests/support/catch.h"

using namespace seed::config;

TEST_CASE("the example file is what the tables say") {
  std::ifstream in(SEED_TEST_DATA "/../config/seedd.toml.example", std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(in), {}};
  // Made anew by the hidden test below: test_unit_config "[.write]".
  CHECK(content == print_example());
}

TEST_CASE("write the example file", "[.write]") {
  std::ofstream out(SEED_TEST_DATA "/../config/seedd.toml.example", std::ios::binary);
  out << print_example();
}

TEST_CASE("the example sets nothing") { CHECK(parse_file(print_example(), "f").value().empty()); }

TEST_CASE("a printed config names origin, bounds and what has no effect") {
  Sources sources;
  sources.paths = {"/state", "/downloads", ""};
  sources.file_text = "peer_port = 6882\n";
  const auto text = print_config(load(sources).value());
  CHECK(text.find("# Port peers connect to, TCP and UDP. If not set, the first free one of 6881 to "
                  "6889.\n"
                  "# Allowed: an integer between 1 and 65535.\n"
                  "# Origin: file.\n"
                  "peer_port = 6882\n") != text.npos);
  CHECK(text.find("# Note: accepted for older clients, has no effect.\n# Origin: "
                  "initial.\n# cache_size_mib = 4\n") != text.npos);
}

TEST_CASE("a printed config is the same configuration when it is used as a file") {
  Sources sources;
  sources.paths = {"/state", "/downloads", ""};
  sources.file_text = "peer_limit_global = 200\nutp_enabled = false\n";
  sources.environment = {{"SEEDD_SPEED_LIMIT_UP", "2"}};
  sources.saved = {{"speed_limit_down", "3"}};
  sources.command_line = {"seed_queue_size=10"};
  const auto loaded = load(sources).value();
  Sources again;
  again.paths = sources.paths;
  again.file_text = print_config(loaded);
  const auto back = load(again).value();
  CHECK(back.settings == loaded.settings);
  for (std::size_t i = 0; i < setting_count; ++i) {
    // What nobody has set still follows what is found at the start, as peer_port does.
    INFO(Table<Settings>::rows()[i].name);
    CHECK((back.origins[i] == Origin::initial) == (loaded.origins[i] == Origin::initial));
  }
  CHECK(back.origin_of("peer_limit_global") == Origin::file);
  CHECK(back.origin_of("peer_port") == Origin::initial);
}

TEST_CASE("values are written as TOML reads them") {
  CHECK(to_toml(std::string("a\"\\\n\t\x7f")) == "\"a\\\"\\\\\\n\\u0009\\u007F\"");
  CHECK(to_toml(std::vector<std::string>{"utp", "tcp"}) == "[\"utp\", \"tcp\"]");
  CHECK(to_toml(std::vector<std::string>{}) == "[]");
  CHECK(to_toml(2.0) == "2.0");
  CHECK(to_toml(true) == "true");
}

TEST_CASE("a download_dir that nobody knows is a comment") {
  const auto text = print_config(Loaded{});
  CHECK(text.find("\n# download_dir = \"\"\n") != text.npos);
  CHECK(parse_file(text, "f").value().empty());
}
