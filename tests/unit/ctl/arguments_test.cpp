#include "ctl/arguments.h"

#include <cstdint>
#include <set>

#include "ctl/words.h"
#include "tests/support/catch.h"

using namespace seed::ctl;

TEST_CASE("flags may stand before and behind the command") {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--host", "nas", "--json", "list", "word"},
        std::vector<std::string>{"list", "word", "--json", "--host=nas"}}) {
    const auto line = parse_command_line(words);
    REQUIRE(line);
    CHECK(line->command->name == "list");
    CHECK(line->arguments.operands == std::vector<std::string>{"word"});
    CHECK(line->arguments.value("host") == "nas");
    CHECK(line->arguments.has("json"));
  }
}

TEST_CASE("a name in brackets is one word") {
  const auto line = parse_command_line({"start", "[a,b]", "[x] y", "--now"});
  REQUIRE(line);
  CHECK(line->arguments.operands == std::vector<std::string>{"[a,b]", "[x] y"});
  CHECK(parse_command_line({"add", "x", "-l", "[a,b]"})->arguments.values("label") ==
        std::vector<std::string>{"[a,b]"});
}

TEST_CASE("names of commands are plain words behind the command") {
  const auto line = parse_command_line({"stop", "list", "add"});
  REQUIRE(line);
  CHECK(line->arguments.operands == std::vector<std::string>{"list", "add"});
}

TEST_CASE("a flag takes one word, and again when it repeats") {
  const auto line = parse_command_line({"add", "-l", "one", "file", "--label", "two", "-"});
  REQUIRE(line);
  CHECK(line->arguments.values("label") == std::vector<std::string>{"one", "two"});
  CHECK(line->arguments.operands == std::vector<std::string>{"file", "-"});
  CHECK_FALSE(parse_command_line({"add", "x", "-d", "/a", "-d", "/b"}));
}

TEST_CASE("words behind two dashes are no flags") {
  const auto line = parse_command_line({"stop", "--", "--json"});
  REQUIRE(line);
  CHECK(line->arguments.operands == std::vector<std::string>{"--json"});
}

TEST_CASE("mistakes are usage and say what is right") {
  const auto mistyped = parse_command_line({"lsit"});
  REQUIRE_FALSE(mistyped);
  CHECK(mistyped.error().exit == Exit::usage);
  CHECK(mistyped.error().text.find("list") != std::string::npos);
  CHECK_FALSE(parse_command_line({"list", "--nonsense"}));
  CHECK_FALSE(parse_command_line({"start"}));
  CHECK_FALSE(parse_command_line({"stats", "word"}));
  CHECK_FALSE(parse_command_line({"add", "x", "--dir"}));
}

TEST_CASE("help is wanted whatever else is missing") {
  CHECK(parse_command_line({"start", "--help"})->help);
  CHECK(parse_command_line({"-h"})->help);
  CHECK(parse_command_line({"--version"})->version);
}

TEST_CASE("the table of commands has no doubles and no gaps") {
  std::set<std::string_view> names;
  for (const Command* command : all_commands()) {
    CHECK(names.insert(command->name).second);
    CHECK(command->run != nullptr);
    CHECK_FALSE(command->summary.empty());
    CHECK(command->operands_min <= command->operands_max);
    CHECK(command->operands.empty() == (command->operands_max == 0));
    std::set<std::string_view> flags;
    for (const Flag& flag : command->flags) {
      CHECK(flags.insert(flag.name).second);
      for (const Flag& common : common_flags()) {
        CHECK(common.name != flag.name);
        CHECK((flag.letter.empty() || common.letter != flag.letter));
      }
    }
  }
}

TEST_CASE("numbers in flags are whole") {
  const auto line = parse_command_line({"add", "x", "--peer-limit", "12"});
  CHECK(line->arguments.whole("peer-limit", 0) == 12);
  CHECK(line->arguments.whole("timeout", 60) == 60);
  CHECK_FALSE(
      parse_command_line({"add", "x", "--peer-limit", "-1"})->arguments.whole("peer-limit", 0));
}

TEST_CASE("the largest number ends the counting") {
  CHECK(parse_numbers("9223372036854775807") == std::vector{INT64_MAX});
  CHECK(parse_numbers("9223372036854775806-9223372036854775807")->size() == 2);
  CHECK_FALSE(parse_numbers("9223372036854775808"));
}

TEST_CASE("an option that is unknown before the command is named, not the word behind it") {
  const auto unknown = parse_command_line({"--hots", "nas", "list"});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().exit == Exit::usage);
  CHECK(unknown.error().text.find("--hots is no option") == 0);
  CHECK(unknown.error().text.find("--host?") != std::string::npos);
  const auto misplaced = parse_command_line({"--json", "-d", "/srv", "add", "x"});
  REQUIRE_FALSE(misplaced);
  CHECK(misplaced.error().text.find("-d is no option of all commands") == 0);
  const auto secret = parse_command_line({"--passwrd=word", "lsit"});
  REQUIRE_FALSE(secret);
  CHECK(secret.error().text.find("=word") == std::string::npos);
}

TEST_CASE("of the options of all commands only the host can be given twice") {
  CHECK(parse_command_line({"stats", "--host", "a", "--host", "b"}));
  CHECK(parse_command_line({"stats", "--timeout", "1", "--timeout", "2"}).error().exit ==
        Exit::usage);
}
