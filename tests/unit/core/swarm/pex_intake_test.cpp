#include "core/swarm/pex_intake.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::swarm;

namespace {

using Verdict = PexIntake::Verdict;

const Instant start{1000s};
const IpAddress outside = *IpAddress::parse("8.8.8.8");
const IpAddress inside = *IpAddress::parse("192.168.1.2");

Pex::Peer peer(std::string_view endpoint, std::uint8_t flags = 0) {
  return {*Endpoint::parse(endpoint), flags};
}
std::vector<Pex::Peer> many(std::uint32_t count) {
  std::vector<Pex::Peer> out;
  for (std::uint32_t i = 0; i < count; ++i) out.push_back({{IpAddress::v4(0x50000000 + i), 80}, 0});
  return out;
}

}  // namespace

TEST_CASE("what is told is taken with its flags, IPv4 and IPv6") {
  PexIntake intake;
  const std::vector<Pex::Peer> told{peer("80.1.1.1:6881", 0x10), peer("[2a00::1]:6882", 0x08)};
  const auto taken = intake.on_message(told, outside, start);
  CHECK(taken.verdict == Verdict::taken);
  CHECK(taken.peers == told);
}

TEST_CASE("a message before its time is ignored") {
  PexIntake intake;
  CHECK(intake.on_message(many(1), outside, start).peers.size() == 1);
  const auto early = intake.on_message(many(1), outside, start + 49s);
  CHECK(early.verdict == Verdict::early);
  CHECK(early.peers.empty());
  // It does not put off the next.
  CHECK(intake.on_message(many(1), outside, start + 50s).verdict == Verdict::taken);
}

TEST_CASE("many messages in a minute are a flood") {
  PexIntake intake;
  for (std::size_t i = 0; i < PexIntake::flood_max; ++i)
    CHECK(intake.on_message(many(1), outside, start + 1s).verdict != Verdict::flood);
  CHECK(intake.on_message(many(1), outside, start + 2s).verdict == Verdict::flood);
  CHECK(intake.on_message(many(1), outside, start + 61s).verdict == Verdict::taken);
}

TEST_CASE("of a message little is taken, of the first more") {
  PexIntake intake;
  CHECK(intake.on_message(many(150), outside, start).peers.size() == 100);
  CHECK(intake.on_message(many(150), outside, start + 1min).peers.size() == 50);
}

TEST_CASE("endpoints that nobody can have are left out") {
  PexIntake intake;
  const auto taken =
      intake.on_message(std::vector{peer("80.1.1.1:0"), peer("0.0.0.0:1"), peer("224.0.0.1:1"),
                                    peer("[ff02::1]:1"), peer("[::]:1"), peer("80.1.1.2:1")},
                        outside, start);
  CHECK(taken.peers == std::vector{peer("80.1.1.2:1")});
}

TEST_CASE("one address has one port, but in our own network") {
  PexIntake intake;
  CHECK(intake.on_message(std::vector{peer("80.1.1.1:1"), peer("80.1.1.1:2")}, inside, start)
            .peers.size() == 1);
  CHECK(intake
            .on_message(std::vector{peer("10.0.0.1:1"), peer("10.0.0.1:2"), peer("127.0.0.1:3")},
                        inside, start + 1min)
            .peers.size() == 3);
}

TEST_CASE("an outsider tells nothing of private networks") {
  PexIntake intake;
  const auto taken = intake.on_message(std::vector{peer("192.168.1.1:80"), peer("[fe80::1]:80"),
                                                   peer("127.0.0.1:80"), peer("80.1.1.1:80")},
                                       outside, start);
  CHECK(taken.peers == std::vector{peer("80.1.1.1:80")});
}
