#include "core/torrent/live_totals.h"

#include "tests/support/catch.h"

namespace seed::torrent {
namespace {

Instant at(Duration since) { return Instant(1h + since); }

TEST_CASE("what passes counts for ever, and for the rate of the moment") {
  TorrentRecord record;
  record.totals.downloaded = 1000;
  LiveTotals totals(record, at(0s));
  totals.on_downloaded(4000, at(1s), from_unix_seconds(76));
  CHECK(record.activity == from_unix_seconds(76));
  totals.on_uploaded(2000, at(1s), from_unix_seconds(77));
  CHECK(record.totals.downloaded == 5000);
  CHECK(record.totals.uploaded == 2000);
  CHECK(record.activity == from_unix_seconds(77));
  CHECK(totals.rate_down(at(2s)) > totals.rate_up(at(2s)));
  CHECK(totals.moving(at(2s)));
  CHECK_FALSE(totals.moving(at(60s)));
}

TEST_CASE("a piece that did not pass was not downloaded") {
  TorrentRecord record;
  LiveTotals totals(record, at(0s));
  totals.on_downloaded(100, at(0s), {});
  totals.on_corrupt(60);
  CHECK(record.totals.downloaded == 40);
  CHECK(record.totals.corrupt == 60);
  totals.on_corrupt(60);
  CHECK(record.totals.downloaded == 0);
  CHECK(record.totals.corrupt == 120);
}

TEST_CASE("what was received, good or not, never falls") {
  TorrentRecord record;
  LiveTotals totals(record, at(0s));
  totals.on_downloaded(100, at(0s), {});
  std::uint64_t before = 0;
  for (const std::uint64_t bad : {30U, 60U, 90U}) {
    totals.on_corrupt(bad);
    const std::uint64_t received = record.totals.downloaded + record.totals.corrupt;
    CHECK(received >= before);
    CHECK(received >= 100);
    before = received;
  }
}

TEST_CASE("seconds add up over ticks that are not whole ones") {
  TorrentRecord record;
  LiveTotals totals(record, at(0s));
  totals.on_time(Status::downloading, at(0s));
  for (int i = 1; i <= 4; ++i) totals.on_time(Status::downloading, at(i * 700ms));
  CHECK(record.totals.seconds_downloading == 2);
  totals.on_time(Status::seeding, at(2800ms));
  totals.on_time(Status::stopped, at(3100ms));
  CHECK(record.totals.seconds_seeding == 1);
  totals.on_time(Status::downloading, at(1h));
  CHECK(record.totals.seconds_downloading == 2);
  CHECK(record.totals.seconds_seeding == 1);
}

TEST_CASE("seconds go on between ticks, and in the state that it is in") {
  TorrentRecord record;
  LiveTotals totals(record, at(0s));
  CHECK(totals.seconds(at(1h)).seeding == 0);
  totals.on_time(Status::seeding, at(1h));
  CHECK(totals.seconds(at(1h + 59s)).seeding == 59);
  CHECK(record.totals.seconds_seeding == 0);
  totals.on_time(Status::seeding, at(1h + 60s));
  CHECK(totals.seconds(at(1h + 60s)).seeding == 60);
  CHECK(totals.seconds(at(1h + 61s)).downloading == 0);
}

TEST_CASE("idle is since payload passed, or since it began to run") {
  TorrentRecord record;
  record.progress.size_when_done = 500;
  LiveTotals totals(record, at(0s));
  CHECK(totals.idle(at(10s)) == 10s);
  totals.on_uploaded(1, at(10s), {});
  CHECK(totals.idle(at(15s)) == 5s);
  totals.on_begin(at(20s));
  CHECK(totals.idle(at(20s)) == 0s);
  const SeedFacts facts = totals.seed_facts(at(25s));
  CHECK(facts.idle == 5s);
  CHECK(facts.size == 500);
  CHECK(facts.uploaded == 1);
}

}  // namespace
}  // namespace seed::torrent
