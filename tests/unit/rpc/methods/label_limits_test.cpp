#include "rpc/methods/label_limits.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

using namespace seed::rpc;
using Labels = std::vector<std::string>;

namespace {

Caller kept_to(Labels labels) {
  Caller out;
  out.labels = std::move(labels);
  return out;
}

OptionChanges given(std::string_view arguments) {
  const Json json = Json::parse(arguments);
  return parse_options(Params(&json, Dialect::modern));
}

/// The labels of a new torrent, or {"refused"}.
Labels added(const Caller& caller, std::string_view arguments) {
  OptionChanges options = given(arguments);
  if (const auto error = limit_new_labels(caller, options)) {
    CHECK(error->code == 101);
    return {"refused"};
  }
  seed::config::TorrentOptions out;
  if (auto adjust = std::move(options).adjust()) adjust(out);
  return out.labels;
}

/// The labels that a torrent has after it was set, or {"refused"}.
Labels set(const Caller& caller, Labels before, std::string_view arguments) {
  auto adjust = limit_labels(caller, given(arguments));
  if (!adjust) {
    CHECK(adjust.error().code == 101);
    return {"refused"};
  }
  seed::config::TorrentOptions out;
  out.labels = std::move(before);
  if (*adjust) (*adjust)(out);
  return out.labels;
}

}  // namespace

TEST_CASE("what is added gets the labels that its adder is kept to") {
  const Caller caller = kept_to({"films", "new"});
  CHECK(added(caller, "{}") == Labels{"films", "new"});
  CHECK(added(caller, R"({"labels":[]})") == Labels{"films", "new"});
  CHECK(added(caller, R"({"labels":["new"]})") == Labels{"new"});
  CHECK(added(caller, R"({"labels":["new","music"]})") == Labels{"refused"});
  CHECK(added(kept_to({}), R"({"labels":["music"]})") == Labels{"music"});
  CHECK(added(kept_to({}), "{}").empty());
}

TEST_CASE("labels of others stay, and one of the caller's does") {
  const Caller caller = kept_to({"films", "new"});
  CHECK(set(caller, {"films", "old"}, R"({"labels":["new"]})") == Labels{"old", "new"});
  CHECK(set(caller, {"films", "old"}, R"({"labels":["films","old"]})") == Labels{"old", "films"});
  CHECK(set(caller, {"films", "old"}, R"({"labels":["films","music"]})") == Labels{"old", "films"});
  CHECK(set(caller, {"films"}, R"({"labels":[]})") == Labels{"refused"});
  CHECK(set(caller, {"films"}, R"({"labels":["music"]})") == Labels{"refused"});
  CHECK(set(caller, {"films"}, R"({"peer_limit":3})") == Labels{"films"});
  CHECK(set(kept_to({}), {"films"}, R"({"labels":["music"]})") == Labels{"music"});
}

TEST_CASE("the other options change as they would for anybody") {
  auto adjust = limit_labels(kept_to({"a"}), given(R"({"labels":["a"],"peer_limit":3})"));
  REQUIRE(adjust);
  seed::config::TorrentOptions out;
  (*adjust)(out);
  CHECK(out.peer_limit == 3);
}
