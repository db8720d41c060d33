#include "core/proxy/proxied_resolver.h"

#include <optional>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::proxy;

namespace {

class CountingAlarm final : public io::Alarm {
 public:
  void set_owner(io::TurnOwner*) override {}
  void set(Instant) override {}
  void again() override { ++asked; }
  int asked = 0;
};

struct Bench {
  CountingAlarm alarm;
  HostNames names;
  ProxiedResolver resolver{alarm, names};
  std::vector<Result<std::vector<IpAddress>>> answers;

  LookupId resolve(const std::string& host) {
    return resolver.resolve(host, [this](auto answer) { answers.push_back(std::move(answer)); });
  }
};

}  // namespace

TEST_CASE("a name is answered by what stands for it, later") {
  Bench bench;
  bench.resolve("tracker.example.org");
  CHECK(bench.alarm.asked == 1);
  CHECK(bench.answers.empty());
  bench.resolver.on_turn_end();
  REQUIRE(bench.answers.size() == 1);
  REQUIRE(bench.answers[0]);
  REQUIRE(bench.answers[0]->size() == 1);
  CHECK(bench.names.name_of(bench.answers[0]->front()) == "tracker.example.org");
  bench.resolver.on_turn_end();
  CHECK(bench.answers.size() == 1);
}

TEST_CASE("a literal is what it says") {
  Bench bench;
  bench.resolve("192.0.2.1");
  bench.resolve("2001:db8::1");
  bench.resolver.on_turn_end();
  REQUIRE(bench.answers.size() == 2);
  CHECK(bench.answers[0]->front().to_string() == "192.0.2.1");
  CHECK(bench.answers[1]->front().to_string() == "2001:db8::1");
  CHECK(bench.names.size() == 0);
}

TEST_CASE("a name that no proxy can be told is refused") {
  Bench bench;
  bench.resolve("");
  bench.resolve(std::string(256, 'x'));
  bench.resolver.on_turn_end();
  REQUIRE(bench.answers.size() == 2);
  for (const auto& answer : bench.answers) CHECK(answer.error().code == FaultCode::unsupported);
}

TEST_CASE("a lookup that is called off is not answered") {
  Bench bench;
  const LookupId id = bench.resolve("one.example.org");
  bench.resolve("two.example.org");
  bench.resolver.cancel(id);
  bench.resolver.on_turn_end();
  CHECK(bench.answers.size() == 1);
}

TEST_CASE("what an answer asks for is answered in the next turn") {
  Bench bench;
  bench.resolver.resolve("one.example.org", [&](auto) { bench.resolve("two.example.org"); });
  bench.resolver.on_turn_end();
  CHECK(bench.answers.empty());
  CHECK(bench.alarm.asked == 2);
  bench.resolver.on_turn_end();
  CHECK(bench.answers.size() == 1);
}
