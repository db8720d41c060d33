#include "core/proxy/routed_resolver.h"

#include <utility>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::proxy;

namespace {

class Names final : public io::Resolver {
 public:
  LookupId resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) override {
    asked.emplace_back(host, std::move(answer));
    return {static_cast<std::uint32_t>(asked.size()), 1};
  }
  void cancel(LookupId id) override { cancelled.push_back(id.slot); }
  std::vector<std::pair<std::string, Answer<std::vector<IpAddress>>>> asked;
  std::vector<std::uint32_t> cancelled;
};

}  // namespace

TEST_CASE("what is being looked up begins anew with the other, and is answered by that") {
  Names one;
  Names other;
  std::vector<std::string> answered;
  {
    RoutedResolver resolver(one);
    const auto note = [&](std::string host) {
      return [&, host](const Result<std::vector<IpAddress>>&) { answered.push_back(host); };
    };
    const auto first = resolver.resolve("a.example", note("a"));
    const auto second = resolver.resolve("b.example", note("b"));
    resolver.resolve("c.example", note("c"));
    one.asked[0].second(std::vector<IpAddress>{});
    CHECK(answered == std::vector<std::string>{"a"});
    // It is the one that is asked already.
    resolver.set(one);
    CHECK(one.cancelled.empty());
    resolver.set(other);
    CHECK(one.cancelled == std::vector<std::uint32_t>{2, 3});
    REQUIRE(other.asked.size() == 2);
    CHECK(other.asked[0].first == "b.example");
    CHECK(other.asked[1].first == "c.example");
    // Answered: there is nothing to call off.
    resolver.cancel(first);
    CHECK(other.cancelled.empty());
    resolver.cancel(second);
    CHECK(other.cancelled == std::vector<std::uint32_t>{1});
    other.asked[0].second(std::vector<IpAddress>{});
    other.asked[1].second(std::vector<IpAddress>{});
    CHECK(answered == std::vector<std::string>{"a", "c"});
    resolver.resolve("d.example", note("d"));
    CHECK(one.asked.size() == 3);
    CHECK(other.asked.size() == 3);
  }
  // The end calls off the rest.
  CHECK(other.cancelled == std::vector<std::uint32_t>{1, 3});
}
