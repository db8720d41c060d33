#include "rpc/methods/selection.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;
using Kind = session::Selection::Kind;

namespace {

Chosen chosen(std::string_view ids, Dialect dialect = Dialect::modern) {
  const Json json = Json::parse("{\"ids\":" + std::string(ids) + "}");
  return parse_ids(Params(&json, dialect));
}

const std::string hash = "00112233445566778899aAbBcCdDeEfF00112233";

}  // namespace

TEST_CASE("no ids means all torrents, an empty list none") {
  CHECK(parse_ids(Params(nullptr, Dialect::modern)).selection.kind == Kind::all);
  CHECK(chosen("[]").selection.kind == Kind::listed);
  CHECK(chosen("[]").selection.listed.empty());
}

TEST_CASE("ids and hashes may be mixed, in their order, each once") {
  const auto listed = chosen("[3,\"" + hash + "\",1,3,\"" + hash + "\"]").selection.listed;
  REQUIRE(listed.size() == 3);
  CHECK(std::get<session::TorrentNumber>(listed[0]) == 3);
  CHECK(std::get<Sha1>(listed[1]) == *Sha1::parse_hex(hash));
  CHECK(std::get<session::TorrentNumber>(listed[2]) == 1);
  CHECK(chosen("7").selection.listed.size() == 1);
  CHECK(chosen("\"" + hash + "\"").selection.listed.size() == 1);
}

TEST_CASE("what is neither id nor hash chooses none") {
  for (const char* ids : {"null", "{}", "1.5", "\"1\"", "\"all\"", "[null,{},1.5,\"1\"]"}) {
    CHECK(chosen(ids).selection.kind == Kind::listed);
    CHECK(chosen(ids).selection.listed.empty());
  }
}

TEST_CASE("recently active may be said bare or in a list") {
  CHECK(chosen("\"recently_active\"").selection.kind == Kind::recently_active);
  CHECK(chosen("\"recently_active\"").only_recent);
  CHECK(chosen("[\"recently_active\"]").selection.kind == Kind::recently_active);
  CHECK_FALSE(chosen("[\"recently_active\"]").only_recent);
  CHECK(chosen("[7,\"recently_active\"]").selection.listed.size() == 1);
  CHECK(chosen("\"recently-active\"").selection.listed.empty());
  CHECK(chosen("\"recently-active\"", Dialect::legacy).selection.kind == Kind::recently_active);
}

TEST_CASE("whatever is named, one who is kept to labels chooses among those") {
  Caller caller;
  caller.labels = {"films"};
  for (const char* text :
       {"{}", R"({"ids":1})", R"({"ids":"recently_active"})", R"({"ids":[1]})"}) {
    const Json json = Json::parse(text);
    CHECK(parse_ids(Params(&json, Dialect::modern, caller)).selection.only_labels == caller.labels);
  }
}
