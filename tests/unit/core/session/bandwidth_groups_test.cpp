#include "core/session/bandwidth_groups.h"

#include <string>

#include "core/base/limits.h"
#include "tests/support/catch.h"

namespace seed::session {
namespace {

using torrent::Allowance;
using torrent::Direction;

constexpr Instant now{1h};

config::GroupOptions slow_down() {
  config::GroupOptions options;
  options.speed_limit_down = 0;
  options.speed_limit_down_enabled = true;
  return options;
}

TEST_CASE("a group's limits are between the session's and the torrent's") {
  Allowance session;
  BandwidthGroups groups(session);
  REQUIRE(groups.set("films", slow_down(), now));
  Allowance torrent(&groups.allowance_of("films"));
  CHECK(torrent.shut(Direction::down));
  CHECK_FALSE(torrent.shut(Direction::up));
  session.set_rate(Direction::up, 0, now);
  CHECK(torrent.shut(Direction::up));
}

TEST_CASE("a changed group holds at once for who has its limits already") {
  Allowance session;
  BandwidthGroups groups(session);
  REQUIRE(groups.set("films", {}, now));
  Allowance torrent(&groups.allowance_of("films"));
  REQUIRE(groups.set("films", slow_down(), now));
  CHECK(torrent.shut(Direction::down));
  auto free = slow_down();
  free.speed_limit_down_enabled = false;
  free.honors_session_limits = false;
  session.set_rate(Direction::up, 0, now);
  REQUIRE(groups.set("films", free, now));
  CHECK_FALSE(torrent.limited(Direction::down));
  CHECK_FALSE(torrent.limited(Direction::up));
}

TEST_CASE("no group and one that is none have the session's limits alone") {
  Allowance session;
  BandwidthGroups groups(session);
  CHECK(&groups.allowance_of("") == &session);
  CHECK(&groups.allowance_of("nobody") == &session);
  CHECK_FALSE(groups.knows("nobody"));
}

TEST_CASE("groups are listed by name and come back from the store as they were") {
  Allowance session;
  BandwidthGroups groups(session);
  REQUIRE(groups.set("b", slow_down(), now));
  REQUIRE(groups.set("a", {}, now));
  BandwidthGroups again(session);
  again.load(groups.encode(), now);
  const auto listed = again.list();
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].name == "a");
  CHECK(listed[0].options == config::GroupOptions());
  CHECK(listed[1].options == slow_down());
  CHECK(again.allowance_of("b").shut(Direction::down));
}

TEST_CASE("what of the stored groups cannot be read is as it is at first") {
  Allowance session;
  BandwidthGroups groups(session);
  groups.load(as_bytes("rubbish"), now);
  groups.load(as_bytes("l1:ae"), now);
  CHECK(groups.list().empty());
  groups.load(as_bytes("d1:ad16:speed_limit_downi-4e22:speed_limit_up_enabledi1ee1:bi3ee"), now);
  REQUIRE(groups.list().size() == 1);
  config::GroupOptions rest;
  rest.speed_limit_up_enabled = true;
  CHECK(groups.list()[0].options == rest);
}

TEST_CASE("there are only so many groups, and their names are only so long") {
  Allowance session;
  BandwidthGroups groups(session);
  CHECK_FALSE(groups.set("", {}, now));
  CHECK_FALSE(groups.set(std::string(limits::group_name_bytes_max + 1, 'x'), {}, now));
  for (std::size_t i = 0; i < limits::groups_max; ++i)
    REQUIRE(groups.set(std::to_string(i), {}, now));
  CHECK_FALSE(groups.set("one more", {}, now));
  CHECK(groups.set("7", slow_down(), now));
}

}  // namespace
}  // namespace seed::session
