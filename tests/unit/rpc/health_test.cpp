#include "rpc/health.h"

#include <array>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

TEST_CASE("without troubles all is well") {
  const HttpAnswer answer = health_answer({}, true);
  CHECK(answer.status == 200);
  CHECK(answer.body == R"({"status":"ok","reasons":[]})");
}

TEST_CASE("troubles are told with their codes, and to strangers without their texts") {
  const std::array troubles{session::Trouble{"root_missing", "/srv: \"gone\""},
                            session::Trouble{"not_listening", "taken"}};
  const HttpAnswer answer = health_answer(troubles, true);
  CHECK(answer.status == 503);
  CHECK(answer.body == R"({"status":"failing","reasons":[)"
                       R"({"code":"root_missing","text":"/srv: \"gone\""},)"
                       R"({"code":"not_listening","text":"taken"}]})");
  CHECK(health_answer(troubles, false).body == R"({"status":"failing","reasons":[)"
                                               R"({"code":"root_missing","text":""},)"
                                               R"({"code":"not_listening","text":""}]})");
}
