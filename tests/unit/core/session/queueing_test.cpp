#include "core/session/queueing.h"

#include <array>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "core/base/rng.h"
#include "tests/support/catch.h"

namespace seed::session {
namespace {

struct QueueEntry {
  std::int64_t position = 0;
  torrent::QueueFacts facts;
};

QueueEntry entry(std::int64_t position, torrent::QueueFacts facts) { return {position, facts}; }

TorrentId id_of(std::size_t i) { return {static_cast<std::uint32_t>(i), 1}; }

/// One answer an entry, in their order.
std::vector<bool> plan_queue(const std::vector<QueueEntry>& entries, const QueueTerms& terms) {
  Queueing queueing;
  queueing.reset(terms);
  for (std::size_t i = 0; i < entries.size(); ++i)
    queueing.put(id_of(i), entries[i].position, entries[i].facts);
  std::vector<bool> out(entries.size());
  for (const auto& [id, allowed] : queueing.settle()) out[id.slot] = allowed;
  return out;
}

constexpr torrent::QueueFacts downloading{.running = true};
constexpr torrent::QueueFacts seeding{.running = true, .done = true};

TEST_CASE("the first of the queue run, in the order of their positions") {
  const std::vector<QueueEntry> entries{entry(2, downloading), entry(0, downloading),
                                        entry(1, downloading)};
  const auto allowed = plan_queue(entries, {.downloads = 2});
  CHECK(allowed == std::vector<bool>{false, true, true});
}

TEST_CASE("who waits has a place in its line, and nobody else has") {
  Queueing queueing;
  queueing.reset({.downloads = 1, .seeds_limited = true, .seeds = 1});
  auto forced = downloading;
  forced.forced = true;
  const std::vector<QueueEntry> entries{entry(9, downloading), entry(1, downloading),
                                        entry(4, downloading), entry(2, seeding),
                                        entry(6, seeding),     entry(7, forced)};
  std::vector<TorrentId> all;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    all.push_back(id_of(i));
    // The one that is forced comes last, as it takes the only place.
    if (i < 5) queueing.put(id_of(i), entries[i].position, entries[i].facts);
  }
  queueing.settle();
  using Standings = std::map<TorrentId, Queueing::Standing>;
  CHECK(queueing.standings(all) ==
        Standings{{id_of(0), {2, 2}}, {id_of(2), {1, 2}}, {id_of(4), {1, 1}}});
  CHECK(queueing.standings({id_of(0), id_of(77)}) == Standings{{id_of(0), {2, 2}}});
  queueing.put(id_of(5), entries[5].position, entries[5].facts);
  queueing.settle();
  CHECK(queueing.standings({id_of(0), id_of(1), id_of(5)}) ==
        Standings{{id_of(0), {3, 3}}, {id_of(1), {1, 3}}});
}

TEST_CASE("a queue that is off lets everybody run") {
  const std::vector<QueueEntry> entries{entry(0, downloading), entry(1, downloading)};
  CHECK(plan_queue(entries, {.downloads_limited = false, .downloads = 0}) ==
        std::vector<bool>{true, true});
}

TEST_CASE("downloads and seeds have queues of their own") {
  const std::vector<QueueEntry> entries{entry(0, downloading), entry(1, seeding),
                                        entry(2, seeding)};
  CHECK(plan_queue(entries, {.downloads = 1, .seeds_limited = true, .seeds = 1}) ==
        std::vector<bool>{true, true, false});
}

TEST_CASE("a stalled torrent runs and takes no place") {
  auto stalled = downloading;
  stalled.stalled = true;
  const std::vector<QueueEntry> entries{entry(0, stalled), entry(1, downloading),
                                        entry(2, downloading)};
  CHECK(plan_queue(entries, {.downloads = 1}) == std::vector<bool>{true, true, false});
}

TEST_CASE("a torrent that is still to be checked takes no place") {
  auto checking = downloading;
  checking.preparing = true;
  const std::vector<QueueEntry> entries{entry(0, checking), entry(1, downloading),
                                        entry(2, downloading)};
  CHECK(plan_queue(entries, {.downloads = 1}) == std::vector<bool>{true, true, false});
}

TEST_CASE("one started past the queue runs and takes a place") {
  auto forced = downloading;
  forced.forced = true;
  const std::vector<QueueEntry> entries{entry(0, downloading), entry(1, forced)};
  CHECK(plan_queue(entries, {.downloads = 1}) == std::vector<bool>{false, true});
}

TEST_CASE("what does not want to run does not") {
  const std::vector<QueueEntry> entries{entry(0, {}), entry(1, downloading)};
  CHECK(plan_queue(entries, {.downloads = 1}) == std::vector<bool>{false, true});
}

TEST_CASE("only those are told for whom something has changed") {
  Queueing queueing;
  queueing.reset({.downloads = 2});
  for (std::size_t i = 0; i < 1000; ++i) queueing.put(id_of(i), std::int64_t(i), downloading);
  CHECK(queueing.settle().size() >= 1000);
  CHECK(queueing.settle().empty());
  queueing.put(id_of(0), 0, seeding);
  using Permissions = std::vector<Queueing::Permission>;
  CHECK(queueing.settle() == Permissions{{id_of(0), true}, {id_of(2), true}});
  queueing.erase(id_of(1));
  CHECK(queueing.settle() == Permissions{{id_of(3), true}});
  queueing.put(id_of(5), -1, downloading);
  CHECK(queueing.settle() == Permissions{{id_of(3), false}, {id_of(5), true}});
  CHECK(queueing.allowed() == std::vector{id_of(2), id_of(5)});
  queueing.put(id_of(2), 2, downloading);
  CHECK(queueing.settle().empty());
}

TEST_CASE("a line without a limit remembers nobody") {
  Queueing queueing;
  queueing.reset({.seeds_limited = false});
  for (std::size_t i = 0; i < 100; ++i) queueing.put(id_of(i), 0, seeding);
  CHECK(queueing.settle().size() == 100);
  CHECK(queueing.allowed().empty());
}

/// The rule, from the beginning each time.
std::map<TorrentId, bool> from_scratch(const std::map<TorrentId, QueueEntry>& all,
                                       const QueueTerms& terms) {
  const auto takes = [](const torrent::QueueFacts& facts) {
    return facts.running && !facts.stalled && !facts.preparing;
  };
  std::set<std::pair<std::int64_t, TorrentId>> order;
  std::array<std::size_t, 2> taken{};
  for (const auto& [id, one] : all) {
    order.emplace(one.position, id);
    if (one.facts.forced && takes(one.facts)) ++taken[one.facts.done ? 1 : 0];
  }
  std::map<TorrentId, bool> out;
  for (const auto& [position, id] : order) {
    const auto& facts = all.at(id).facts;
    auto& places = taken[facts.done ? 1 : 0];
    const bool limited = facts.done ? terms.seeds_limited : terms.downloads_limited;
    const std::size_t most = facts.done ? terms.seeds : terms.downloads;
    out[id] = facts.running && (facts.forced || !limited || places < most);
    if (out[id] && !facts.forced && takes(facts)) ++places;
  }
  return out;
}

TEST_CASE("whatever changes, it is as if all had been planned anew") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO(seed);
    Rng rng(seed);
    const auto coin = [&](std::uint64_t of) { return rng.below(of) == 0; };
    const QueueTerms terms{!coin(4), rng.below(4), coin(2), rng.below(4)};
    Queueing queueing;
    queueing.reset(terms);
    std::map<TorrentId, QueueEntry> all;
    std::map<TorrentId, bool> told;
    for (int turn = 0; turn < 60; ++turn) {
      for (std::uint64_t i = rng.below(4); i-- > 0;) {
        const TorrentId id = id_of(rng.below(12));
        if (coin(5)) {
          all.erase(id);
          told.erase(id);
          queueing.erase(id);
          continue;
        }
        const QueueEntry one{std::int64_t(rng.below(8)),
                             {!coin(4), coin(3), coin(6), coin(4), coin(5)}};
        all[id] = one;
        queueing.put(id, one.position, one.facts);
      }
      for (const auto& [id, allowed] : queueing.settle())
        if (all.contains(id)) told[id] = allowed;
      REQUIRE(told == from_scratch(all, terms));
    }
  }
}

}  // namespace
}  // namespace seed::session
