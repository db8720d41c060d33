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

TEST_CASE("who was asked answers, whoever is asked now") {
  Names one;
  Names other;
  int answers = 0;
  {
    RoutedResolver resolver(one);
    const auto count = [&](const Result<std::vector<IpAddress>>&) { ++answers; };
    const auto first = resolver.resolve("a.example", count);
    resolver.resolve("b.example", count);
    resolver.set(other);
    const auto third = resolver.resolve("c.example", count);
    CHECK(one.asked.size() == 2);
    CHECK(other.asked.size() == 1);
    one.asked[0].second(std::vector<IpAddress>{});
    CHECK(answers == 1);
    // Answered: there is nothing to call off.
    resolver.cancel(first);
    CHECK(one.cancelled.empty());
    resolver.cancel(third);
    CHECK(other.cancelled == std::vector<std::uint32_t>{1});
    other.asked[0].second(std::vector<IpAddress>{});
    CHECK(answers == 1);
  }
  // The end calls off the rest.
  CHECK(one.cancelled == std::vector<std::uint32_t>{2});
}
