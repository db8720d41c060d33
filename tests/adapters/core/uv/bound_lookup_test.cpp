#include "core/uv/bound_lookup.h"

#include <map>

#include "core/uv/http.h"
#include "core/uv/net.h"
#include "core/uv/resolver.h"
#include "tests/adapters/core/uv/own_namespace.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

namespace {

/// Names of one label and "test", by UDP.
struct NameServer final : io::UdpSocketOwner {
  explicit NameServer(Net& net) {
    auto opened = net.open_udp(loopback(53), *this);
    REQUIRE(opened);
    socket = *std::move(opened);
  }
  void on_datagram(MutableBytes query, const Endpoint& from) override {
    std::string name;
    std::size_t at = 12;
    while (query[at] != 0) {
      if (!name.empty()) name += '.';
      name.append(reinterpret_cast<const char*>(&query[at + 1]), query[at]);
      at += 1u + query[at];
    }
    ++asked[name];
    const bool a = query[at + 2] == 1;
    const auto known = names.find(name);
    Buffer answer(query.begin(), query.begin() + static_cast<std::ptrdiff_t>(at) + 5);
    answer[2] = 0x81;
    answer[3] = known == names.end() ? 0x83 : 0x80;
    answer[6] = 0;
    answer[7] = a && known != names.end() ? 1 : 0;
    answer[8] = answer[9] = answer[10] = answer[11] = 0;
    if (answer[7] == 1) {
      const std::uint8_t head[] = {0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4};
      answer.insert(answer.end(), std::begin(head), std::end(head));
      const Bytes octets = known->second.octets();
      answer.insert(answer.end(), octets.begin(), octets.end());
    }
    if (silent)
      late.emplace_back(std::move(answer), from);
    else
      REQUIRE(socket->send(answer, from));
  }
  /// What has been asked for in silence.
  void answer_late() {
    for (const auto& [answer, to] : late) REQUIRE(socket->send(answer, to));
  }
  std::map<std::string, IpAddress> names;
  std::map<std::string, int> asked;
  bool silent = false;
  std::vector<std::pair<Buffer, Endpoint>> late;
  std::unique_ptr<io::UdpSocket> socket;
};

struct Bench {
  Loop loop;
  Net outside{loop};
  NameServer server{outside};
  Uplink uplink{loop, GENERATE(Uplink::Devices::held, Uplink::Devices::refused)};
  Resolver resolver{loop, &uplink};

  Bench() { uplink.bind({.interface = "lo", .name_servers = {IpAddress::v4(0x7f000001)}}); }
  Result<std::vector<IpAddress>> resolve(const std::string& name) {
    std::optional<Result<std::vector<IpAddress>>> out;
    resolver.resolve(name, [&](Result<std::vector<IpAddress>> found) { out = std::move(found); });
    REQUIRE(loop.run_until([&] { return out.has_value(); }, bound));
    return *out;
  }
};

}  // namespace

TEST_CASE("a resolv.conf that names this host alone is told from one that names others") {
  CHECK(asks_this_host(""));
  CHECK(asks_this_host("nameserver 127.0.0.53\noptions edns0\n"));
  CHECK(asks_this_host("nameserver\t::1\nnameserver 127.0.0.1"));
  CHECK_FALSE(asks_this_host("nameserver 127.0.0.53\nnameserver 192.0.2.1\n"));
  CHECK_FALSE(asks_this_host("# nameserver 127.0.0.1\nnameserver fe80::1%eth0\n"));
  CHECK(asks_this_host("nameservers 192.0.2.1\n#nameserver 192.0.2.1\n"));
}

TEST_CASE("while an interface is named its name servers are asked, and the hosts file") {
  const OwnNamespace own;
  if (!own.there()) return;
  Bench bench;
  bench.server.names["tracker.test"] = *IpAddress::parse("192.0.2.7");
  CHECK(bench.resolve("tracker.test").value() == std::vector{*IpAddress::parse("192.0.2.7")});
  CHECK(bench.server.asked["tracker.test"] > 0);
  const auto missing = bench.resolve("no-such.test");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == FaultCode::unreachable);
  CHECK(bench.resolve("192.0.2.9").value() == std::vector{*IpAddress::parse("192.0.2.9")});
  CHECK(bench.resolve("localhost").value().front().is_loopback());
  CHECK(bench.server.asked.count("localhost") == 0);
  CHECK_FALSE(bench.resolve(""));
  CHECK_FALSE(bench.resolve(std::string(5000, 'x')));
}

TEST_CASE("lookups that nobody answers hold nobody up, and end with the interface") {
  const OwnNamespace own;
  if (!own.there()) return;
  Bench bench;
  bench.server.silent = true;
  int ended = 0;
  std::vector<LookupId> ids;
  for (int i = 0; i < 100; ++i)
    ids.push_back(bench.resolver.resolve(fmt::format("n{}.test", i), [&](const auto& found) {
      REQUIRE_FALSE(found);
      CHECK(found.error().code == FaultCode::cut_off);
      ++ended;
    }));
  const auto asked = [&](std::size_t names) {
    return bench.loop.run_until([&] { return bench.server.asked.size() == names; }, bound);
  };
  REQUIRE(asked(bound_lookups_max));
  CHECK_FALSE(bench.resolver.is_waiting());
  for (std::size_t i = 0; i < ids.size(); i += 2) bench.resolver.cancel(ids[i]);
  // Those that waited have room now: all are under way when the interface goes.
  REQUIRE(asked(bound_lookups_max + (ids.size() - bound_lookups_max) / 2));
  REQUIRE(OwnNamespace::ip("link set lo down"));
  REQUIRE(bench.loop.run_until([&] { return ended == 50; }, bound));
}

TEST_CASE("a resolver may go while names are asked for") {
  const OwnNamespace own;
  if (!own.there()) return;
  Loop loop;
  Net outside(loop);
  NameServer server(outside);
  server.silent = true;
  Uplink uplink(loop);
  uplink.bind({.interface = "lo", .name_servers = {IpAddress::v4(0x7f000001)}});
  {
    Resolver resolver(loop, &uplink);
    for (int i = 0; i < 20; ++i) resolver.resolve("a.test", [](const auto&) { FAIL("told"); });
    REQUIRE(loop.run_until([&] { return server.late.size() >= 20; }, bound));
  }
  // Late answers find nobody; the one to who asks now comes after them.
  server.answer_late();
  server.silent = false;
  server.names["b.test"] = *IpAddress::parse("192.0.2.8");
  Resolver resolver(loop, &uplink);
  bool found = false;
  resolver.resolve("b.test", [&](const auto& addresses) { found = addresses.has_value(); });
  REQUIRE(loop.run_until([&] { return found; }, bound));
}
