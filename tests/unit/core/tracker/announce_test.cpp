#include "core/tracker/announce.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::tracker;

TEST_CASE("an interval is honoured down to a second and never zero, negative or absurd") {
  CHECK(sane_interval(1) == 1s);
  CHECK(sane_interval(1800) == 30min);
  CHECK(sane_interval(0) == limits::announce_interval_default);
  CHECK(sane_interval(-1) == limits::announce_interval_default);
  CHECK(sane_interval(INT64_MIN) == limits::announce_interval_default);
  CHECK(sane_interval(86'400) == 24h);
  CHECK(sane_interval(86'401) == 24h);
  CHECK(sane_interval(INT64_MAX) == 24h);
}

TEST_CASE("a negative or absurd count is no count") {
  CHECK(sane_count(0) == 0U);
  CHECK(sane_count(2147483647) == 2147483647U);
  CHECK_FALSE(sane_count(-1));
  CHECK_FALSE(sane_count(2147483648));
}

TEST_CASE("a tracker's text is made fit for people") {
  CHECK(sane_text(as_bytes("not registered")) == "not registered");
  CHECK(sane_text(as_bytes("  a\r\nb\x1b[1m\x7f \n")) == "a  b [1m");
  CHECK(sane_text(as_bytes("caf\xe9")) == "caf\xef\xbf\xbd");
  CHECK(sane_text(as_bytes(" \n")).empty());
  CHECK(sane_text(as_bytes(std::string(5000, 'x'))).size() == text_bytes_max);
}

TEST_CASE("events are spelled as BEP 3 spells them") {
  CHECK(name_of(AnnounceEvent::none).empty());
  CHECK(name_of(AnnounceEvent::started) == "started");
  CHECK(name_of(AnnounceEvent::stopped) == "stopped");
  CHECK(name_of(AnnounceEvent::completed) == "completed");
}

TEST_CASE("of both swarms of a hybrid the first is told, with the peers of the other") {
  const Endpoint one = *Endpoint::parse("10.0.0.1:1");
  const Endpoint two = *Endpoint::parse("10.0.0.2:2");
  AnnounceReply first;
  first.interval = 30min;
  first.seeders = 3;
  first.leechers = 1;
  first.peers = {one};
  AnnounceReply second;
  second.interval = 5min;
  second.seeders = 2;
  second.leechers = 7;
  second.peers = {two};
  const auto both = joined(first, second);
  REQUIRE(both);
  CHECK(both->interval == 30min);
  CHECK(both->seeders == 3U);
  CHECK(both->leechers == 7U);
  CHECK(both->peers == std::vector{one});
  CHECK(both->peers_v2 == std::vector{two});

  AnnounceReply refused;
  refused.refusal = Refusal{"not registered", {}, false};
  CHECK(joined(refused, second)->peers_v2 == std::vector{two});
  CHECK(joined(refused, second)->accepted());
  CHECK(joined(first, refused)->peers == std::vector{one});
  CHECK_FALSE(joined(refused, refused)->accepted());
  const Result<AnnounceReply> silent = fail(FaultCode::timed_out, "silent");
  CHECK(joined(first, silent)->peers == std::vector{one});
  CHECK_FALSE(joined(silent, silent));
}
