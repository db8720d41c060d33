#include "core/session/sharing.h"

#include "tests/support/catch.h"

namespace seed::session {
namespace {

config::Settings scheduled(std::uint16_t begin, std::uint16_t end, std::uint8_t days) {
  config::Settings settings;
  settings.alt_speed_time_enabled = true;
  settings.alt_speed_time_begin = begin;
  settings.alt_speed_time_end = end;
  settings.alt_speed_time_day = days;
  return settings;
}

TEST_CASE("the schedule is on between its minutes on its days") {
  const auto settings = scheduled(540, 1020, 62);  // working days, 9 to 17
  CHECK(schedule_is_on(settings, {540, 1}));
  CHECK(schedule_is_on(settings, {1019, 5}));
  CHECK_FALSE(schedule_is_on(settings, {1020, 5}));
  CHECK_FALSE(schedule_is_on(settings, {600, 0}));
  CHECK_FALSE(schedule_is_on(settings, {600, 6}));
}

TEST_CASE("a schedule over midnight belongs to the day on which it began") {
  const auto settings = scheduled(1380, 60, 1);  // Sunday 23:00 to Monday 01:00
  CHECK(schedule_is_on(settings, {1400, 0}));
  CHECK(schedule_is_on(settings, {30, 1}));
  CHECK_FALSE(schedule_is_on(settings, {30, 0}));
  CHECK_FALSE(schedule_is_on(settings, {1400, 1}));
}

TEST_CASE("the schedule speaks only when it changes its mind, so that the user may overrule it") {
  Sharing sharing;
  const auto settings = scheduled(540, 1020, 127);
  CHECK(sharing.on_schedule(settings, {600, 1}) == true);
  CHECK_FALSE(sharing.on_schedule(settings, {601, 1}));
  CHECK(sharing.on_schedule(settings, {1020, 1}) == false);
  CHECK_FALSE(sharing.on_schedule(config::Settings(), {600, 1}));
}

TEST_CASE("alternative limits replace the normal ones while they are on") {
  Sharing sharing;
  config::Settings settings;
  settings.speed_limit_down_enabled = true;
  settings.speed_limit_down = 1000;
  settings.alt_speed_down = 10;
  sharing.configure(settings, Instant());
  CHECK(sharing.allowance().limited(torrent::Direction::down));
  CHECK_FALSE(sharing.allowance().limited(torrent::Direction::up));
  settings.alt_speed_enabled = true;
  sharing.configure(settings, Instant());
  CHECK(sharing.allowance().limited(torrent::Direction::up));
}

}  // namespace
}  // namespace seed::session
