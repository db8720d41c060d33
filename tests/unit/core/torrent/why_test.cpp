#include "core/torrent/why.h"

#include <algorithm>
#include <vector>

#include "tests/support/catch.h"

namespace seed::torrent {
namespace {

constexpr WallTime noon{std::chrono::hours(12)};

WhyFacts downloading() {
  WhyFacts facts;
  facts.status = Status::downloading;
  facts.size_when_done = 1000;
  facts.left = 500;
  facts.peer_limit = 50;
  return facts;
}
WhyFacts seeding() {
  WhyFacts facts;
  facts.status = Status::seeding;
  facts.size_when_done = 1000;
  facts.peer_limit = 50;
  return facts;
}
WhyFacts::Tracker failed(std::string host) {
  return {.host = std::move(host),
          .active = false,
          .answered = true,
          .good = false,
          .text = "no such torrent",
          .warning = {},
          .next = noon};
}
WhyFacts::Tracker content(std::string host) {
  auto out = failed(std::move(host));
  out.good = true;
  out.text.clear();
  return out;
}

Reason main_of(const WhyFacts& facts, const Surroundings& around = {}) {
  return explain(facts, around).front();
}
ReasonCode code_of(const WhyFacts& facts) { return main_of(facts).code; }
bool adds(const WhyFacts& facts, ReasonCode code, const Surroundings& around = {}) {
  const auto all = explain(facts, around);
  return std::count_if(all.begin() + 1, all.end(),
                       [&](const Reason& reason) { return reason.code == code; }) == 1;
}

TEST_CASE("an error is the main reason, whatever else there is") {
  auto facts = downloading();
  facts.status = Status::stopped;
  const std::vector<std::pair<FaultCode, ReasonCode>> kinds{
      {FaultCode::disk_full, ReasonCode::disk_full},
      {FaultCode::root_missing, ReasonCode::root_missing},
      {FaultCode::not_found, ReasonCode::files_missing},
      {FaultCode::exists, ReasonCode::files_in_the_way},
      {FaultCode::doublet, ReasonCode::files_in_the_way},
      {FaultCode::permission, ReasonCode::no_permission},
      {FaultCode::io, ReasonCode::disk_error},
      {FaultCode::malformed, ReasonCode::broken}};
  for (const auto& [fault, code] : kinds) {
    facts.error = Fault{fault, 0, "says why"};
    CHECK(main_of(facts) == Reason{.code = code, .detail = "says why"});
  }
}

TEST_CASE("who has stopped it is told apart") {
  WhyFacts facts;
  CHECK(code_of(facts) == ReasonCode::paused);
  facts.finished = true;
  CHECK(code_of(facts) == ReasonCode::limit_reached);
  facts.moving = true;
  facts.move_progress = 0.25;
  CHECK(main_of(facts) == Reason{.code = ReasonCode::moving, .detail = {}, .share = 0.25});
}

TEST_CASE("what waits says where it stands, and what is verified how far it is") {
  WhyFacts facts;
  facts.status = Status::download_wait;
  CHECK(main_of(facts,
                {.queue_place = 3, .queue_length = 7, .listen_error = {}, .proxy_error = {}}) ==
        Reason{.code = ReasonCode::queued, .detail = "download", .number = 3, .of = 7});
  facts.status = Status::seed_wait;
  CHECK(main_of(facts).detail == "seed");
  facts.status = Status::check_wait;
  CHECK(code_of(facts) == ReasonCode::check_waits);
  facts.status = Status::checking;
  facts.check_progress = 0.5;
  CHECK(main_of(facts) == Reason{.code = ReasonCode::checking, .detail = {}, .share = 0.5});
}

TEST_CASE("a download that moves says how fast, and what holds it") {
  auto facts = downloading();
  facts.rate_down = 5000;
  facts.open = 50;
  facts.available = 100;
  facts.held_down = true;
  CHECK(main_of(facts).number == 5000);
  CHECK(code_of(facts) == ReasonCode::downloading);
  CHECK(adds(facts, ReasonCode::rate_limited));
  CHECK(adds(facts, ReasonCode::no_peer_has_missing));
  CHECK(adds(facts, ReasonCode::peer_limit));
  CHECK(adds(facts, ReasonCode::not_listening,
             {.queue_place = -1, .queue_length = -1, .listen_error = "taken", .proxy_error = {}}));
  CHECK(adds(facts, ReasonCode::proxy_fails,
             {.queue_place = -1, .queue_length = -1, .listen_error = {}, .proxy_error = "dead"}));
}

TEST_CASE("a download without peers says how it looks for them") {
  auto facts = downloading();
  CHECK(code_of(facts) == ReasonCode::no_trackers);
  facts.trackers = {content("a")};
  CHECK(main_of(facts).code == ReasonCode::no_peers_found);
  CHECK(main_of(facts).when == noon);
  facts.trackers = {failed("a"), failed("b")};
  CHECK(main_of(facts).detail == "a: no such torrent");
  CHECK(adds(facts, ReasonCode::tracker_error));
  facts.trackers = {failed("a"), content("b")};
  CHECK(code_of(facts) == ReasonCode::no_peers_found);
  CHECK(adds(facts, ReasonCode::tracker_error));
  facts.trackers = {failed("a")};
  facts.trackers[0].answered = false;
  facts.trackers[0].active = true;
  CHECK(code_of(facts) == ReasonCode::asking_trackers);
  facts.known = 4;
  facts.dial_waits = true;
  CHECK(code_of(facts) == ReasonCode::dial_waits);
  facts.dial_waits = false;
  facts.next_dial = noon;
  CHECK(main_of(facts).code == ReasonCode::peers_unreachable);
  CHECK(main_of(facts).when == noon);
  facts.dialing = 2;
  CHECK(main_of(facts).number == 2);
  CHECK(code_of(facts) == ReasonCode::connecting);
  facts.no_address_family = true;
  CHECK(code_of(facts) == ReasonCode::no_address_family);
  facts.no_address_family = false;
  facts.network_trouble = "the interface tun0 is down";
  CHECK(code_of(facts) == ReasonCode::network_gone);
}

TEST_CASE("a download with peers that give nothing says why") {
  auto facts = downloading();
  facts.open = 3;
  CHECK(main_of(facts) ==
        Reason{.code = ReasonCode::no_peer_has_missing, .detail = {}, .number = 0, .of = 500});
  facts.available = 500;
  CHECK(main_of(facts) == Reason{.code = ReasonCode::peers_choke_us, .detail = {}, .number = 3});
  facts.unchoke_us = 1;
  CHECK(code_of(facts) == ReasonCode::blocks_under_way);
  facts.memory_full = true;
  CHECK(code_of(facts) == ReasonCode::disk_slow);
  facts.down_shut = true;
  CHECK(main_of(facts) == Reason{.code = ReasonCode::limit_is_zero, .detail = "download"});
  facts.size_when_done = 0;
  CHECK(code_of(facts) == ReasonCode::nothing_wanted);
  facts.opening = true;
  CHECK(code_of(facts) == ReasonCode::opening);
  facts.has_metadata = false;
  CHECK(code_of(facts) == ReasonCode::metadata_missing);
}

TEST_CASE("one that waits for its metadata says as well why nobody gives it") {
  auto facts = downloading();
  facts.has_metadata = false;
  facts.known = 0;
  const auto reasons = explain(facts, {});
  REQUIRE(reasons.size() >= 2);
  CHECK(reasons[0].code == ReasonCode::metadata_missing);
  CHECK(reasons[1].code == ReasonCode::no_trackers);
}

TEST_CASE("a magnet without trackers says that the DHT is asked") {
  auto facts = downloading();
  facts.has_metadata = false;
  const auto with_dht = [](std::int64_t nodes) {
    torrent::Surroundings out;
    out.dht_nodes = nodes;
    return out;
  };
  for (const std::int64_t nodes : {0, 40}) {
    const auto reasons = explain(facts, with_dht(nodes));
    REQUIRE(reasons.size() >= 2);
    CHECK(reasons[1] == Reason{.code = ReasonCode::asking_dht, .detail = {}, .number = nodes});
  }
  CHECK(explain(facts, with_dht(-1))[1].code == ReasonCode::no_trackers);
  // What a tracker has said is worth more.
  facts.trackers = {failed("a")};
  CHECK(explain(facts, with_dht(40))[1].code == ReasonCode::tracker_error);
}

TEST_CASE("a download that may have no peers says so") {
  auto facts = downloading();
  facts.known = 4;
  facts.peer_limit = 0;
  CHECK(main_of(facts).code == ReasonCode::peer_limit);
}

TEST_CASE("what is complete and cannot be put where it belongs says why") {
  auto facts = seeding();
  facts.unplaced = true;
  CHECK(code_of(facts) == ReasonCode::opening);
  facts.trouble = "no room in /data";
  CHECK(main_of(facts).detail == "no room in /data");
  facts.moving = true;
  CHECK(code_of(facts) == ReasonCode::moving);
}

TEST_CASE("a seed says who is there, and what they want") {
  auto facts = seeding();
  CHECK(code_of(facts) == ReasonCode::nobody_connected);
  facts.trackers = {failed("a")};
  CHECK(code_of(facts) == ReasonCode::tracker_error);
  facts.open = 2;
  CHECK(code_of(facts) == ReasonCode::nobody_interested);
  facts.interested = 1;
  CHECK(code_of(facts) == ReasonCode::peers_wait_for_slots);
  facts.unchoked = 1;
  CHECK(code_of(facts) == ReasonCode::seeding);
  facts.up_shut = true;
  CHECK(main_of(facts).detail == "upload");
  facts.rate_up = 7;
  CHECK(main_of(facts).number == 7);
}

TEST_CASE("a slow disk is not why there is nobody to speak to") {
  auto facts = downloading();
  facts.trackers = {failed("t.example:80")};
  facts.memory_full = true;
  CHECK(code_of(facts) == ReasonCode::tracker_error);
  CHECK(adds(facts, ReasonCode::disk_slow));
}

TEST_CASE("of many trackers in trouble only some are named") {
  auto facts = downloading();
  for (int i = 0; i < 20; ++i) facts.trackers.push_back(failed(std::to_string(i)));
  CHECK(explain(facts, {}).size() == 3);
}

}  // namespace
}  // namespace seed::torrent
