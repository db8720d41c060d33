#include "rpc/fields/reason.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/support/catch.h"

namespace seed::rpc {
namespace {

using session::Reason;
using session::ReasonCode;

Json written(const Reason& reason) {
  JsonWriter out;
  write_reason(reason, out);
  return Json::parse(out.take());
}

TEST_CASE("every reason has a name, a meaning and a sentence") {
  std::set<std::string_view> names;
  for (const ReasonRow& row : reason_rows()) {
    CHECK(names.insert(row.name).second);
    CHECK_FALSE(row.doc.empty());
    const Reason full{row.code, "detail", 3, 7, 0.5, WallTime(std::chrono::seconds(1))};
    for (const Reason& reason : {Reason{.code = row.code, .detail = {}}, full}) {
      const Json json = written(reason);
      CHECK(json.at("code") == row.name);
      CHECK(json.at("text").get<std::string>().size() > 5);
    }
  }
}

TEST_CASE("a reason is said in words and in numbers") {
  CHECK(written({.code = ReasonCode::queued, .detail = "download", .number = 3, .of = 7}) ==
        Json::parse(R"({"code":"queued","text":"It waits in the download queue: place 3 of 7.",
                        "detail":"download","number":3,"of":7})"));
  Reason reason{.code = ReasonCode::no_peers_found, .detail = {}};
  CHECK(written(reason) ==
        Json::parse(R"({"code":"no_peers_found","text":"No peers were found yet."})"));
  reason.when = WallTime(std::chrono::hours(12) + std::chrono::minutes(4));
  CHECK(written(reason).at("text") ==
        "No peers were found yet; the next announce is at 12:04:00 UTC.");
  CHECK(written(reason).at("when") == 43440);
  CHECK(written({.code = ReasonCode::checking, .detail = {}, .share = 0.999}).at("text") ==
        "It is being verified: 99 % is done.");
  CHECK(written({.code = ReasonCode::no_peer_has_missing, .detail = {}, .number = 0, .of = 1500})
            .at("text") == "No connected peer has any of the missing 1.5 kB.");
}

TEST_CASE("what others said cannot break the answer") {
  const Json json = written({.code = ReasonCode::tracker_error, .detail = "a: \"\n\xff\x01"});
  CHECK(json.at("text").get<std::string>().starts_with("Tracker a: \"\n"));
}

}  // namespace
}  // namespace seed::rpc
