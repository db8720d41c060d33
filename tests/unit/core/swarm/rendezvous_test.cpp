#include "core/swarm/rendezvous.h"

#include <set>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::swarm;

namespace {

using Answer = Rendezvous::Answer;
using Ignore = Rendezvous::Ignore;
using Introduce = Rendezvous::Introduce;
using Refusal = Rendezvous::Refusal;
using Ends = Rendezvous::Ends;

const Instant start{1000s};
LinkId link(std::uint32_t n) { return {n, 1}; }
Endpoint at(std::uint32_t n, std::uint16_t port = 6881) {
  return {IpAddress::v4(0x50000000 + n), port};
}

/// Links 1 to 4 that support it, seen at at(n, 5000) and listening at at(n); link 5 that does not.
Rendezvous linked() {
  Rendezvous out(Rng(1));
  out.set_own(at(100), Endpoint::parse("[2a00::64]:6881"));
  for (std::uint32_t n = 1; n <= 4; ++n) out.on_link(link(n), {at(n, 5000), at(n), true});
  out.on_link(link(5), {at(5, 5000), at(5), false});
  return out;
}

}  // namespace

TEST_CASE("a relay brings two together, each at the place its NAT leaves open") {
  Rendezvous all = linked();
  CHECK(all.on_rendezvous(link(1), at(2), start) ==
        Answer(Introduce{link(2), at(2, 5000), at(1, 5000)}));
  CHECK(all.on_rendezvous(link(1), at(2, 5000), start) ==
        Answer(Introduce{link(2), at(2, 5000), at(1, 5000)}));
  all.on_link(link(6), {std::nullopt, at(6), true});
  CHECK(all.on_rendezvous(link(6), at(3), start) == Answer(Introduce{link(3), at(3, 5000), at(6)}));
  CHECK(all.on_rendezvous(link(3), at(6), start) == Answer(Introduce{link(6), at(6), at(3, 5000)}));
}

TEST_CASE("what a relay cannot do it refuses as BEP 55 has it") {
  Rendezvous all = linked();
  CHECK(all.on_rendezvous(link(1), {IpAddress::v4(0), 6881}, start) ==
        Answer(Refusal::no_such_peer));
  CHECK(all.on_rendezvous(link(1), at(2, 0), start) == Answer(Refusal::no_such_peer));
  CHECK(all.on_rendezvous(link(1), at(9), start) == Answer(Refusal::not_connected));
  CHECK(all.on_rendezvous(link(1), at(5), start) == Answer(Refusal::no_support));
  CHECK(all.on_rendezvous(link(1), at(100), start) == Answer(Refusal::no_self));
  CHECK(all.on_rendezvous(link(1), *Endpoint::parse("[2a00::64]:6881"), start) ==
        Answer(Refusal::no_self));
  CHECK(all.on_rendezvous(link(1), at(1), start) == Answer(Refusal::no_self));
  // Who did not say that it speaks this hears nothing, nor who is not linked.
  CHECK(all.on_rendezvous(link(5), at(1), start) == Answer(Ignore{}));
  CHECK(all.on_rendezvous(link(9), at(1), start) == Answer(Ignore{}));
  all.on_link(link(7), {std::nullopt, std::nullopt, true});
  CHECK(all.on_rendezvous(link(7), at(1), start) == Answer(Refusal::not_connected));
}

TEST_CASE("a link that has gone or moved is not found where it was") {
  Rendezvous all = linked();
  all.on_link(link(2), {at(2, 5001), at(20), true});
  CHECK(all.on_rendezvous(link(1), at(2), start) == Answer(Refusal::not_connected));
  CHECK(all.on_rendezvous(link(1), at(20), start) ==
        Answer(Introduce{link(2), at(2, 5001), at(1, 5000)}));
  all.on_gone(link(2));
  all.on_gone(link(2));
  CHECK(all.on_rendezvous(link(1), at(20), start) == Answer(Refusal::not_connected));
  // The place of one that has gone may be another's by then.
  all.on_link(link(8), {at(3, 5000), std::nullopt, true});
  all.on_gone(link(3));
  CHECK(all.on_rendezvous(link(1), at(3, 5000), start) ==
        Answer(Introduce{link(8), at(3, 5000), at(1, 5000)}));
}

TEST_CASE("one link may ask only so often, and be visited only so often") {
  Rendezvous all = linked();
  for (int i = 0; i < Rendezvous::relay_rate.burst; ++i)
    CHECK(all.on_rendezvous(link(1), at(9), start) == Answer(Refusal::not_connected));
  CHECK(all.on_rendezvous(link(1), at(9), start) == Answer(Ignore{}));
  CHECK(all.on_rendezvous(link(1), at(9), start + 5s) == Answer(Refusal::not_connected));
  int visits = 0;
  for (std::uint32_t n = 10; n < 30; ++n) {
    all.on_link(link(n), {at(n), std::nullopt, true});
    if (all.on_rendezvous(link(n), at(2), start + 5s) != Answer(Ignore{})) ++visits;
  }
  CHECK(visits == Rendezvous::relay_rate.burst);
}

TEST_CASE("all relaying together is bounded") {
  Rendezvous all = linked();
  int answers = 0;
  for (std::uint32_t n = 10; n < 200; ++n) {
    all.on_link(link(n), {at(n), std::nullopt, true});
    if (all.on_rendezvous(link(n), at(999), start) != Answer(Ignore{})) ++answers;
  }
  CHECK(answers == Rendezvous::relay_in_all_rate.burst);
}

TEST_CASE("after a failed dial one who told of the peer is asked, once in five minutes") {
  Rendezvous all = linked();
  CHECK_FALSE(all.on_dial_failed(at(50), start));
  all.on_told(link(1), at(50));
  all.on_told(link(1), at(50));
  CHECK(all.on_dial_failed(at(50), start) == link(1));
  CHECK_FALSE(all.on_dial_failed(at(50), start + 299s));
  CHECK(all.on_dial_failed(at(50), start + 5min) == link(1));
  all.on_untold(link(1), at(50));
  CHECK_FALSE(all.on_dial_failed(at(50), start + 1h));
}

TEST_CASE("only links that are there and can help are asked") {
  Rendezvous all = linked();
  for (std::uint32_t n = 2; n <= 5; ++n) all.on_told(link(n), at(50));
  all.on_gone(link(3));
  std::set<LinkId> asked;
  for (int i = 0; i < 50; ++i) asked.insert(*all.on_dial_failed(at(50), start + i * 6min));
  CHECK(asked == std::set<LinkId>{link(2), link(4)});
  // The latest tellers are kept.
  for (std::uint32_t n = 1; n <= 6; ++n) {
    all.on_link(link(n), {at(n), std::nullopt, true});
    all.on_told(link(n), at(51));
  }
  asked.clear();
  for (int i = 0; i < 100; ++i) asked.insert(*all.on_dial_failed(at(51), start + i * 6min));
  CHECK(asked == std::set<LinkId>{link(3), link(4), link(5), link(6)});
}

TEST_CASE("a relay that cannot help is not asked again, and another is") {
  Rendezvous all = linked();
  for (std::uint32_t n = 1; n <= 4; ++n) all.on_told(link(n), at(50));
  std::set<LinkId> asked;
  auto relay = all.on_dial_failed(at(50), start);
  CHECK_FALSE(all.on_error(link(9), at(50), start));
  CHECK_FALSE(all.on_error(*relay, at(51), start));
  while (relay) {
    CHECK(asked.insert(*relay).second);
    relay = all.on_error(*relay, at(50), start + 1s);
  }
  CHECK(asked.size() == Rendezvous::asks_max);
  // The one that is left is asked when it is time again; an answer too late is none.
  relay = all.on_dial_failed(at(50), start + 6min);
  REQUIRE(relay);
  CHECK_FALSE(asked.contains(*relay));
  CHECK_FALSE(all.on_error(*relay, at(50), start + 7min));
  CHECK(all.on_dial_failed(at(50), start + 20min) == relay);
}

TEST_CASE("a peer that is linked meanwhile needs no introduction") {
  Rendezvous all = linked();
  all.on_told(link(1), at(2));
  CHECK_FALSE(all.on_dial_failed(at(2), start));
  CHECK_FALSE(all.on_connect(link(1), at(2), start));
}

TEST_CASE("the answer to an ask is dialled, at whichever port it names") {
  Rendezvous all = linked();
  all.on_told(link(1), at(50));
  REQUIRE(all.on_dial_failed(at(50), start));
  // Those asked for do not count as unasked.
  for (int i = 0; i < 100; ++i) all.on_connect(link(1), at(60), start);
  CHECK_FALSE(all.on_connect(link(1), at(61), start));
  CHECK(all.on_connect(link(1), at(50, 7777), start + 1s));
  CHECK_FALSE(all.on_connect(link(1), at(50, 7777), start + 1s));
}

TEST_CASE("unasked dials are bounded, by link and in all") {
  Rendezvous all = linked();
  int dials = 0;
  for (std::uint32_t n = 0; n < 100; ++n)
    if (all.on_connect(link(1), at(200 + n), start)) ++dials;
  CHECK(dials == Rendezvous::dial_rate.burst);
  for (std::uint32_t n = 10; n < 100; ++n) {
    all.on_link(link(n), {at(n), std::nullopt, true});
    if (all.on_connect(link(n), at(500 + n), start)) ++dials;
  }
  CHECK(dials == Rendezvous::dial_in_all_rate.burst);
  CHECK(all.on_connect(link(2), at(700), start + 1s));
}

TEST_CASE("nobody is dialled who cannot be a peer") {
  Rendezvous all = linked();
  CHECK_FALSE(all.on_connect(link(1), at(50, 0), start));
  CHECK_FALSE(all.on_connect(link(1), {*IpAddress::parse("224.0.0.1"), 80}, start));
  CHECK_FALSE(all.on_connect(link(1), at(100), start));
  CHECK_FALSE(all.on_connect(link(5), at(50), start));
  CHECK_FALSE(all.on_connect(link(9), at(50), start));
  // Not into our own network, unless the relay is there too.
  const Endpoint inside = *Endpoint::parse("192.168.1.7:22");
  CHECK_FALSE(all.on_connect(link(1), inside, start));
  all.on_link(link(6), {Endpoint::parse("192.168.1.8:6881"), std::nullopt, true});
  CHECK(all.on_connect(link(6), inside, start));
}

TEST_CASE("what was told is bounded, the oldest gives way") {
  Rendezvous all = linked();
  for (std::uint32_t n = 0; n <= Rendezvous::told_max; ++n) all.on_told(link(1), at(1000 + n));
  CHECK_FALSE(all.on_dial_failed(at(1000), start));
  CHECK(all.on_dial_failed(at(1001), start));
}
