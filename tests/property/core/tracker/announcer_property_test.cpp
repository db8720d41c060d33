// Whatever a torrent does and its trackers answer, each tracker hears a proper sequence of events.
#include <map>

#include "core/tracker/announcer.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::tracker;

namespace {

/// What trackers accepted and what was said to them, judged as it goes.
struct World {
  explicit World(std::uint64_t seed) : dice(seed), announcer(dice.fork()) {}

  Rng dice;
  Announcer announcer;
  TrackerIds ids;
  Instant now{};
  std::vector<Announcer::Due> turns;
  std::vector<Announcer::Announce> under_way;
  std::map<TrackerId, bool> listed;
  int completed_accepted = 0;
  bool all_tiers = false;

  void drain() {
    while (auto event = announcer.next_event())
      if (auto* due = std::get_if<Announcer::Due>(&*event)) turns.push_back(*due);
  }
  void begin() {
    if (turns.empty()) return;
    const auto turn = turns[dice.below(turns.size())];
    std::erase(turns, turn);
    if (turn.scrape) {
      if (announcer.begin_scrape(turn.tracker, now))
        announcer.on_scrape_done(turn.tracker, fail(FaultCode::timed_out, ""), Sha1{}, now);
      return;
    }
    const auto said = announcer.begin_announce(turn.tracker, now);
    if (!said) return;
    for (const auto& other : under_way) REQUIRE(other.tracker != said->tracker);
    const bool knows_us = listed[said->tracker];
    if (said->event == AnnounceEvent::started)
      REQUIRE_FALSE(knows_us);
    else
      REQUIRE(knows_us);
    if (said->event == AnnounceEvent::completed && !all_tiers) REQUIRE(completed_accepted == 0);
    if (said->event == AnnounceEvent::stopped) REQUIRE(said->numwant == 0);
    under_way.push_back(*said);
  }
  void answer() {
    if (under_way.empty()) return;
    const std::size_t which = dice.below(under_way.size());
    const auto said = under_way[which];
    under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(which));
    Result<AnnounceReply> reply = fail(FaultCode::timed_out, "late");
    if (dice.below(3) != 0) reply = AnnounceReply{};
    if (dice.below(8) == 0) {
      reply = AnnounceReply{};
      reply->refusal = Refusal{"no", 2min, false};
    }
    const bool accepted = reply && reply->accepted();
    if (said.event == AnnounceEvent::stopped)
      listed[said.tracker] = false;
    else if (accepted)
      listed[said.tracker] = true;
    if (accepted && said.event == AnnounceEvent::completed) ++completed_accepted;
    announcer.on_announce_done(said.tracker, reply, now);
  }
  TierList some_trackers() {
    TierList list;
    for (const char* host : {"a", "b", "c", "d"}) {
      if (dice.below(4) == 0) continue;
      if (list.empty() || dice.below(2) == 0) list.emplace_back();
      list.back().push_back("http://" + std::string(host) + "/announce");
    }
    return list;
  }
  void step() {
    switch (dice.below(12)) {
      case 0:
        announcer.start({.by_user = dice.below(2) == 0}, now);
        break;
      case 1:
        announcer.stop(now);
        break;
      case 2:
        announcer.completed(now);
        break;
      case 3:
        announcer.reannounce(now);
        break;
      case 4:
        announcer.set_trackers(some_trackers(), ids, now);
        break;
      case 5:
        now += dice.between(1s, 40min);
        announcer.on_deadline(now);
        break;
      case 6:
        if (dice.below(8) == 0) {
          all_tiers = true;
          announcer.set_options({.announce_to_all_tiers = dice.below(2) == 0}, now);
        }
        break;
      case 7:
      case 8:
      case 9:
        begin();
        break;
      default:
        answer();
        break;
    }
    drain();
  }
  /// With no more orders, everything said ends.
  void settle() {
    for (int i = 0; i < 2000 && !(turns.empty() && under_way.empty()); ++i) {
      begin();
      drain();
      answer();
      drain();
    }
  }
};

}  // namespace

TEST_CASE("each tracker hears started first, stopped last, completed once") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    World world(seed);
    world.announcer.set_trackers(world.some_trackers(), world.ids, world.now);
    for (int i = 0; i < 300; ++i) world.step();
    world.announcer.stop(world.now);
    world.drain();
    world.settle();
    REQUIRE(world.announcer.quiet());
    for (const auto& [id, listed] : world.listed) REQUIRE_FALSE(listed);
    REQUIRE_FALSE(world.announcer.deadline());
  }
}

TEST_CASE("a running torrent with a tracker that may be asked is never without a plan") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    INFO("seed " << seed);
    World world(seed);
    world.announcer.set_trackers({{"http://a/announce", "udp://b:1"}, {"http://c/x"}}, world.ids,
                                 world.now);
    world.announcer.start({}, world.now);
    world.drain();
    for (int i = 0; i < 200; ++i) {
      const bool busy = !world.turns.empty() || !world.under_way.empty();
      REQUIRE((busy || world.announcer.deadline()));
      if (const auto due = world.announcer.deadline(); due && !busy) {
        REQUIRE(*due > world.now);
        world.now = *due;
        world.announcer.on_deadline(world.now);
      }
      world.drain();
      world.begin();
      world.drain();
      world.answer();
      world.drain();
    }
  }
}
