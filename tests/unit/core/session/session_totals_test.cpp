#include "core/session/session_totals.h"

#include "tests/support/catch.h"

namespace seed::session {
namespace {

Instant at(Duration since) { return Instant(1h + since); }

TEST_CASE("what a run counts is added to the runs before") {
  SessionTotals first(at(0s));
  first.on_started();
  first.on_added();
  first.on_payload(1000, 20);
  SessionTotals second(at(1h));
  second.load(first.encode(at(90s)));
  second.on_started();
  second.on_payload(1, 2);
  const Totals all = second.cumulative(at(1h + 10s));
  CHECK(all.downloaded == 1001);
  CHECK(all.uploaded == 22);
  CHECK(all.files_added == 1);
  CHECK(all.session_count == 2);
  CHECK(all.seconds_active == 100);
  const Totals run = second.current(at(1h + 10s));
  CHECK(run.downloaded == 1);
  CHECK(run.files_added == 0);
  CHECK(run.seconds_active == 10);
}

TEST_CASE("what is saved does not change by being asked twice") {
  SessionTotals totals(at(0s));
  totals.on_payload(5, 6);
  CHECK(totals.encode(at(7s)) == totals.encode(at(7s)));
}

TEST_CASE("sums that cannot be read count as nothing") {
  SessionTotals totals(at(0s));
  totals.load(as_bytes("rubbish"));
  CHECK(totals.cumulative(at(0s)).downloaded == 0);
  totals.load(as_bytes("d10:downloadedi-5e8:uploadedi7ee"));
  CHECK(totals.cumulative(at(0s)).downloaded == 0);
  CHECK(totals.cumulative(at(0s)).uploaded == 7);
}

TEST_CASE("a sum at its end stays there") {
  SessionTotals totals(at(0s));
  totals.load(as_bytes("d8:uploadedi9223372036854775807ee"));
  totals.on_payload(0, 5);
  SessionTotals next(at(0s));
  next.load(totals.encode(at(0s)));
  CHECK(next.cumulative(at(0s)).uploaded == 9'223'372'036'854'775'807);
}

}  // namespace
}  // namespace seed::session
