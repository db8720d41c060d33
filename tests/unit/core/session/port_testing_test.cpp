#include "core/session/port_testing.h"

#include <vector>

#include "core/base/limits.h"
#include "tests/unit/core/session/fetch_double.h"

namespace seed::session {
namespace {

using test::FetchDouble;
using test::reply_of;

struct Setup {
  FetchDouble http;
  PortTesting testing{http};
  std::optional<PortTestReply> reply;

  explicit Setup(const std::string& url = "https://check.example/port") {
    testing.configure(url, {.user_agent = "seedd test"});
  }
  void ask(std::uint16_t port, std::optional<IpProtocol> protocol = std::nullopt) {
    testing.ask(port, protocol, [this](OrderResult<PortTestReply> result) { reply = *result; });
  }
};

TEST_CASE("the port stands where the URL has a place for it, else behind a slash") {
  CHECK(port_test_url("https://a/b", 6881) == "https://a/b/6881");
  CHECK(port_test_url("https://a/b/", 6881) == "https://a/b/6881");
  CHECK(port_test_url("https://a/?p=%p&q=1", 6881) == "https://a/?p=6881&q=1");
  CHECK(port_test_url("https://a/{port}/{port}", 6881) == "https://a/6881/6881");
}

TEST_CASE("the checker's digit says whether the port is open") {
  for (const auto& [body, open] : {std::pair("1", true), {"0", false}, {" 1\n", true}}) {
    Setup setup;
    setup.ask(6881);
    REQUIRE(setup.http.requests.size() == 1);
    CHECK(setup.http.requests[0].url == "https://check.example/port/6881");
    CHECK_FALSE(setup.http.requests[0].private_addresses_allowed);
    setup.http.answers[0](reply_of(200, body));
    REQUIRE(setup.reply);
    CHECK(setup.reply->error.empty());
    CHECK(setup.reply->open == open);
    CHECK(setup.reply->protocol == IpProtocol::v4);
  }
}

TEST_CASE("what is no digit is not taken for one") {
  for (const char* body : {"", "2", "11", "<html>1</html>", "true"}) {
    Setup setup;
    setup.ask(6881);
    setup.http.answers[0](reply_of(200, body));
    REQUIRE(setup.reply);
    CHECK(setup.reply->error.starts_with("Couldn't test port: "));
  }
}

TEST_CASE("a checker that refuses or is not there is an error that says so") {
  Setup setup;
  setup.ask(6881, IpProtocol::v6);
  setup.http.answers[0](reply_of(503, "1"));
  CHECK(setup.reply->error == "Couldn't test port: Service Unavailable (503)");
  setup.ask(6881, IpProtocol::v6);
  setup.http.answers[1](fail(FaultCode::unreachable, "check.example: no route"));
  CHECK(setup.reply->error == "Couldn't test port: check.example: no route (0)");
  CHECK(setup.reply->protocol == IpProtocol::v6);
}

TEST_CASE("the protocol that was asked for is the only one that is gone out over") {
  Setup setup;
  setup.ask(6881, IpProtocol::v4);
  setup.ask(6881, IpProtocol::v6);
  setup.ask(6881);
  CHECK((setup.http.requests[0].sources.v4 && !setup.http.requests[0].sources.v6));
  CHECK((!setup.http.requests[1].sources.v4 && setup.http.requests[1].sources.v6));
  CHECK((setup.http.requests[2].sources.v4 && setup.http.requests[2].sources.v6));
}

TEST_CASE("who asks while the same is tested hears of that test") {
  Setup setup;
  std::vector<IpProtocol> heard;
  const auto hear = [&](const OrderResult<PortTestReply>& result) {
    REQUIRE(result);
    CHECK(result->open);
    heard.push_back(result->protocol.value());
  };
  setup.testing.ask(6881, IpProtocol::v4, hear);
  setup.testing.ask(6881, IpProtocol::v6, hear);
  setup.testing.ask(6881, IpProtocol::v4, hear);
  REQUIRE(setup.http.requests.size() == 2);
  setup.http.answers[0](reply_of(200, "1"));
  CHECK(heard == std::vector{IpProtocol::v4, IpProtocol::v4});
  // Another port is another question, and so is the same one later.
  setup.testing.ask(6882, IpProtocol::v6, hear);
  setup.testing.ask(6881, IpProtocol::v4, hear);
  CHECK(setup.http.requests.size() == 4);
}

TEST_CASE("only so many may wait for port tests") {
  static_assert(limits::port_tests_waiting_max < limits::rpc_fetching_calls_max);
  Setup setup;
  for (std::size_t i = 0; i < limits::port_tests_waiting_max; ++i) setup.ask(6881);
  CHECK_FALSE(setup.reply);
  setup.ask(6881, IpProtocol::v4);
  REQUIRE(setup.reply);
  CHECK(setup.reply->error == "Couldn't test port: too many ask at once (0)");
  CHECK(setup.reply->protocol == IpProtocol::v4);
  CHECK(setup.http.requests.size() == 1);
  setup.http.answers[0](reply_of(200, "1"));
  CHECK(setup.reply->open);
  setup.ask(6881, IpProtocol::v4);
  CHECK(setup.http.requests.size() == 2);
}

TEST_CASE("without a checker nobody is asked, and without a port the answer is known") {
  Setup off("");
  off.ask(6881, IpProtocol::v4);
  CHECK(off.http.requests.empty());
  CHECK(off.reply->error == "Couldn't test port: No Response (0)");
  CHECK(off.reply->protocol == IpProtocol::v4);
  Setup deaf;
  deaf.ask(0);
  CHECK(deaf.http.requests.empty());
  CHECK(deaf.reply->error.empty());
  CHECK_FALSE(deaf.reply->open);
}

}  // namespace
}  // namespace seed::session
