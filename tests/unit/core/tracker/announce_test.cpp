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
