#include "core/session/named_peers.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

/// Says what the test says, when it says so.
class ResolverDouble final : public io::Resolver {
 public:
  LookupId resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) override {
    asked.push_back(host);
    answers.push_back(std::move(answer));
    return {static_cast<std::uint32_t>(asked.size()), 1};
  }
  void cancel(LookupId id) override { cancelled.push_back(id.slot); }
  std::vector<std::string> asked;
  std::vector<Answer<std::vector<IpAddress>>> answers;
  std::vector<std::uint32_t> cancelled;  ///< which of them, from 1
};

constexpr TorrentId magnet{1, 1};

struct Setup {
  using Told = std::pair<std::optional<TorrentId>, std::string>;

  void fail_last() { resolver.answers.back()(fail(FaultCode::not_found, "no such name")); }
  void wait(Duration exactly) {
    REQUIRE(peers.deadline() == clock.now() + exactly);
    clock.advance(exactly);
    peers.on_deadline(clock.now());
  }

  torrent::test::ManualClock clock;
  ResolverDouble resolver;
  std::vector<Told> told;
  NamedPeers peers{clock,
                   resolver,
                   [this](std::optional<TorrentId> torrent, const Endpoint& endpoint) {
                     told.emplace_back(torrent, endpoint.to_string());
                   },
                   {}};
};

TEST_CASE("an address is told at once, a name when it has addresses") {
  Setup setup;
  setup.peers.meet(magnet, "192.0.2.1", 6881);
  CHECK(setup.told == std::vector<Setup::Told>{{magnet, "192.0.2.1:6881"}});
  CHECK(setup.resolver.asked.empty());
  setup.told.clear();
  setup.peers.meet(magnet, "peer.example", 6882);
  CHECK(setup.resolver.asked == std::vector<std::string>{"peer.example"});
  CHECK(setup.told.empty());
  setup.resolver.answers[0](
      std::vector{*IpAddress::parse("192.0.2.2"), *IpAddress::parse("2001:db8::2")});
  CHECK(setup.told ==
        std::vector<Setup::Told>{{magnet, "192.0.2.2:6882"}, {magnet, "[2001:db8::2]:6882"}});
  CHECK(setup.peers.deadline() == never);
}

TEST_CASE("a name that is not found is looked up again, and at once over another network") {
  Setup setup;
  setup.peers.meet(magnet, "peer.example", 6882);
  setup.fail_last();
  setup.wait(NamedPeers::again_after);
  CHECK(setup.resolver.asked.size() == 2);
  setup.fail_last();
  CHECK(setup.peers.deadline() == setup.clock.now() + 2 * NamedPeers::again_after);
  setup.peers.hurry(setup.clock.now());
  setup.wait(0s);
  CHECK(setup.resolver.asked.size() == 3);
  // One that is being looked up is not looked up twice.
  setup.peers.hurry(setup.clock.now());
  CHECK(setup.peers.deadline() == never);
  setup.resolver.answers.back()(std::vector{*IpAddress::parse("192.0.2.2")});
  CHECK(setup.told == std::vector<Setup::Told>{{magnet, "192.0.2.2:6882"}});
}

TEST_CASE("a node of the DHT is given up after some tries, a torrent's peer is not") {
  Setup setup;
  setup.peers.meet(std::nullopt, "node.example", 6882);
  std::size_t tries = 1;
  for (setup.fail_last(); setup.peers.deadline() != never; setup.fail_last(), ++tries)
    setup.wait(setup.peers.deadline() - setup.clock.now());
  CHECK(tries == 8);  // 30 s, doubled up to an hour
  setup.peers.meet(magnet, "peer.example", 6882);
  for (int i = 0; i < 20; ++i) {
    setup.fail_last();
    setup.wait(setup.peers.deadline() - setup.clock.now());
  }
  CHECK(setup.resolver.asked.back() == "peer.example");
}

TEST_CASE("those of a torrent that is gone are forgotten") {
  Setup setup;
  setup.peers.meet(magnet, "one.example", 1);
  setup.peers.meet(magnet, "two.example", 2);
  setup.resolver.answers[0](fail(FaultCode::not_found, "no such name"));
  setup.peers.forget(magnet);
  CHECK(setup.resolver.cancelled == std::vector<std::uint32_t>{2});
  CHECK(setup.peers.deadline() == never);
}

}  // namespace
}  // namespace seed::session
