// A torrent's Announcer and its driver, with trackers that answer as the test says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/tracker/announcer.h"
#include "tests/support/catch.h"

namespace announcer_bench {

using namespace seed;
using namespace seed::tracker;

inline const std::string a = "http://a.example/announce";
inline const std::string b = "http://b.example/announce";
inline const std::string c = "http://c.example/announce";

inline AnnounceReply good(Duration interval = 30min) {
  AnnounceReply reply;
  reply.interval = interval;
  reply.seeders = 1;
  reply.leechers = 2;
  return reply;
}

inline AnnounceReply refused(std::string text) {
  AnnounceReply reply;
  reply.refusal = Refusal{std::move(text), {}, false};
  return reply;
}

inline const Result<AnnounceReply> dead = fail(FaultCode::timed_out, "no answer");

/// Collects what an Announcer asks for and serves it by hand.
struct Bench {
  explicit Bench(const TierList& tiers, Announcer::Options options = {}, std::uint64_t seed = 1)
      : announcer(Rng(seed), options) {
    announcer.set_trackers(tiers, ids, now);
    drain();
  }

  TrackerIds ids;
  Announcer announcer;
  Instant now{};
  std::vector<Announcer::Due> due;
  std::vector<Announcer::Withdraw> withdrawn;

  void drain() {
    while (auto event = announcer.next_event()) {
      if (auto* turn = std::get_if<Announcer::Due>(&*event))
        due.push_back(*turn);
      else
        withdrawn.push_back(std::get<Announcer::Withdraw>(*event));
    }
  }
  void renew() {
    announcer.renew(now);
    drain();
  }
  void start(Announcer::Start how = {}) {
    announcer.start(how, now);
    drain();
  }
  void stop() {
    announcer.stop(now);
    drain();
  }
  void completed() {
    announcer.completed(now);
    drain();
  }
  void set(const TierList& tiers) {
    announcer.set_trackers(tiers, ids, now);
    drain();
  }
  void pass(Duration span) {
    now += span;
    announcer.on_deadline(now);
    drain();
  }
  /// The next announce whose turn is asked for; its turn comes at once.
  std::optional<Announcer::Announce> take() {
    while (!due.empty()) {
      const auto turn = due.front();
      due.erase(due.begin());
      if (turn.scrape) continue;
      if (auto announce = announcer.begin_announce(turn.tracker, now)) return announce;
    }
    return std::nullopt;
  }
  void reply(const Announcer::Announce& announce, const Result<AnnounceReply>& answer) {
    announcer.on_announce_done(announce.tracker, answer, now);
    drain();
  }
  /// Takes the next announce and answers it; "host event", or "" when there is none.
  std::string serve(const Result<AnnounceReply>& answer = good()) {
    const auto announce = take();
    if (!announce) return "";
    const std::string name = announce->url.substr(7, 1);
    const auto event = name_of(announce->event);
    reply(*announce, answer);
    return event.empty() ? name : name + " " + std::string(event);
  }
  TrackerFacts facts(const std::string& url) {
    for (const auto& one : announcer.facts())
      if (one.announce_url == url) return one;
    FAIL("no such tracker");
    return {};
  }
};

}  // namespace announcer_bench
