#include "rpc/methods/option_parameters.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

config::TorrentOptions options_of(std::string_view text, Dialect dialect = Dialect::modern) {
  const Json json = Json::parse(text);
  config::TorrentOptions out;
  auto adjust = parse_options(Params(&json, dialect)).adjust();
  if (adjust) adjust(out);
  return out;
}

std::string error_of(std::string_view text) {
  const Json json = Json::parse(text);
  const auto error = parse_options(Params(&json, Dialect::modern)).error;
  return error ? error->text : std::string();
}

}  // namespace

TEST_CASE("options are read by the names of the dialect") {
  CHECK(options_of(R"({"upload_limit":7,"upload_limited":"true"})").upload_limited);
  CHECK(options_of(R"({"upload_limit":7})").upload_limit == 7);
  CHECK(options_of(R"({"uploadLimit":7})").upload_limit == 100);
  CHECK(options_of(R"({"uploadLimit":7})", Dialect::legacy).upload_limit == 7);
  CHECK(options_of(R"({"peer-limit":7})", Dialect::legacy).peer_limit == 7);
  CHECK(options_of(R"({"seed_ratio_limit":"1.25"})").seed_ratio_limit == 1.25);
}

TEST_CASE("labels are trimmed, without doubles and without what is no text") {
  CHECK(options_of(R"({"labels":[" b ","a",5,"b"]})").labels == std::vector<std::string>{"b", "a"});
  CHECK(options_of(R"({"labels":"a"})").labels.empty());
  CHECK(error_of(R"({"labels":[""]})") == "labels cannot be empty");
  CHECK(error_of(R"({"labels":["a,b"]})") == "labels cannot contain comma (,) character");
}

TEST_CASE("numbers out of their range are ignored, refused or brought into it") {
  CHECK(options_of(R"({"bandwidth_priority":2,"seed_ratio_mode":3})") == config::TorrentOptions());
  CHECK(error_of(R"({"bandwidth_priority":2,"seed_ratio_mode":3})").empty());
  CHECK(options_of(R"({"download_limit":-5})").download_limit == 0);
  CHECK_FALSE(error_of(R"({"peer_limit":70000})").empty());
  CHECK(options_of(R"({"peer_limit":70000,"upload_limit":3})").upload_limit == 3);
}

TEST_CASE("an empty list of files stands for all of them where the contract says so") {
  const Json json = Json::parse(R"({"files_wanted":[],"priority_low":[1,"x",2]})");
  const Params params(&json, Dialect::modern);
  CHECK(parse_files(params, EmptyList::all_files).all_wanted);
  CHECK_FALSE(parse_files(params, EmptyList::nothing).all_wanted);
  CHECK_FALSE(parse_files(params, EmptyList::all_files).all_low);
  CHECK(parse_files(params, EmptyList::all_files).low == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("each file is listed once, the least first") {
  const Json json = Json::parse(R"({"files_wanted":[7,-1,3,7,3]})");
  const auto files = parse_files(Params(&json, Dialect::modern), EmptyList::all_files);
  CHECK(files.wanted == std::vector<std::int64_t>{-1, 3, 7});
}

TEST_CASE("labels are bounded in all, not only each") {
  const std::string two =
      "{\"labels\":[\"" + std::string(40'000, 'a') + "\",\"" + std::string(40'000, 'b') + "\"]}";
  CHECK(error_of(two) == "labels: more than 65536 bytes");
  CHECK(options_of(two).labels.empty());
}

TEST_CASE("the group that options name is known before they are set") {
  const auto group = [](std::string_view arguments) {
    const Json json = Json::parse(arguments);
    return parse_options(Params(&json, Dialect::modern)).group();
  };
  CHECK(group(R"({"group":"night"})") == "night");
  CHECK(group(R"({"peer_limit":3})").empty());
}
