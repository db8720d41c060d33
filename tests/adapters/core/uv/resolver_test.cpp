#include "core/uv/resolver.h"

#include "core/uv/world.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

namespace {

using Answered = std::optional<Result<std::vector<IpAddress>>>;

Answered resolve(Loop& loop, Resolver& resolver, const std::string& host) {
  Answered out;
  resolver.resolve(host, [&](Result<std::vector<IpAddress>> found) { out = std::move(found); });
  CHECK_FALSE(out.has_value());
  loop.run_until([&] { return out.has_value(); }, bound);
  return out;
}

}  // namespace

TEST_CASE("literals and names become addresses, each once") {
  Loop loop;
  Resolver resolver(loop);
  CHECK(resolve(loop, resolver, "192.0.2.1")->value() ==
        std::vector{*IpAddress::parse("192.0.2.1")});
  CHECK(resolve(loop, resolver, "::1")->value() == std::vector{*IpAddress::parse("::1")});
  const auto local = resolve(loop, resolver, "localhost");
  REQUIRE(local.has_value());
  REQUIRE(*local);
  for (const auto& address : **local) {
    CHECK(address.is_loopback());
    CHECK(std::ranges::count(**local, address) == 1);
  }
}

TEST_CASE("no such name is unreachable, and nonsense is a fault") {
  Loop loop;
  Resolver resolver(loop);
  const auto missing = resolve(loop, resolver, "no-such-name.invalid");
  REQUIRE(missing.has_value());
  REQUIRE_FALSE(*missing);
  CHECK(missing->error().code == FaultCode::unreachable);
  CHECK_FALSE(*resolve(loop, resolver, ""));
  CHECK_FALSE(*resolve(loop, resolver, std::string(5000, 'x')));
}

TEST_CASE("many lookups are all answered, but not those cancelled") {
  Loop loop;
  Resolver resolver(loop);
  int answered = 0;
  std::vector<LookupId> ids;
  for (int i = 0; i < 100; ++i)
    ids.push_back(
        resolver.resolve("localhost", [&](Result<std::vector<IpAddress>>) { ++answered; }));
  for (std::size_t i = 0; i < ids.size(); i += 2) resolver.cancel(ids[i]);
  REQUIRE(loop.run_until([&] { return answered == 50; }, bound));
  CHECK_FALSE(loop.run_until([&] { return answered > 50; }, 5ms));
}

TEST_CASE("a resolver may go while it looks up") {
  Loop loop;
  bool answered = false;
  {
    Resolver resolver(loop);
    for (int i = 0; i < 20; ++i)
      resolver.resolve("localhost", [&](Result<std::vector<IpAddress>>) { answered = true; });
    loop.run_until([] { return false; }, 1ms);
    answered = false;
  }
  CHECK_FALSE(loop.run_until([&] { return answered; }, 5ms));
}

TEST_CASE("names that no thread has begun with are not looked up over what is no more") {
  Loop loop;
  Uplink uplink(loop);
  Resolver resolver(loop, &uplink);
  std::vector<FaultCode> told;
  const HeldPool held(loop);
  for (int i = 0; i < 10; ++i)
    resolver.resolve("localhost", [&](Result<std::vector<IpAddress>> found) {
      told.push_back(found ? FaultCode::exists : found.error().code);
    });
  REQUIRE(loop.run_until([&] { return resolver.is_waiting(); }, bound));
  uplink.bind({.interface = "no-such-if0"});
  // While all threads are held: each has been called off.
  REQUIRE(loop.run_until([&] { return !resolver.is_waiting(); }, bound));
  CHECK(told == std::vector(10, FaultCode::cut_off));
}

TEST_CASE("the real world is whole, works through its interfaces and ends clean") {
  const TempFolder folder;
  RealWorld real(folder / "state.db", 2);
  const io::World world = real.interfaces();
  bool loaded = false;
  io::submit(
      world.workers, io::Lane::store, io::Urgency::transfer,
      [](const io::JobTools& tools) { return tools.store.load(); },
      [&](Result<io::StoreContent> content) {
        CHECK(content);
        loaded = true;
      });
  int lookups = 0;
  world.resolver.resolve("localhost", [&](auto) { ++lookups; });
  world.http.get({.url = "http://127.0.0.1:1/"}, [](auto) {});
  REQUIRE(real.loop.run_until([&] { return loaded && lookups == 1; }, bound));
  // What is still under way is left to the end.
  world.http.get({.url = "http://127.0.0.1:1/"}, [](auto) {});
  world.resolver.resolve("localhost", [](auto) {});
  io::submit(
      world.workers, io::Lane::none, io::Urgency::background, [](const io::JobTools&) { return 0; },
      [](int) {});
}
