#include "daemon/script_queue.h"

#include "core/base/limits.h"
#include "tests/support/catch.h"

using namespace seed;
using daemon::Occasion;
using daemon::ScriptQueue;
using daemon::ScriptRun;

namespace {

ScriptRun run_for(session::TorrentNumber torrent) {
  return {Occasion::done, torrent, "/usr/local/bin/notify", {}};
}

}  // namespace

TEST_CASE("an occasion has a program only while it is enabled and named") {
  config::Settings settings;
  CHECK_FALSE(daemon::wants_scripts(settings));
  settings.script_torrent_done_filename = "/usr/local/bin/notify";
  CHECK(daemon::script_for(settings, Occasion::done).empty());
  CHECK_FALSE(daemon::wants_scripts(settings));
  settings.script_torrent_done_enabled = true;
  CHECK(daemon::script_for(settings, Occasion::done) == "/usr/local/bin/notify");
  CHECK(daemon::script_for(settings, Occasion::added).empty());
  CHECK(daemon::script_for(settings, Occasion::done_seeding).empty());
  CHECK(daemon::wants_scripts(settings));
}

TEST_CASE("each occasion has a program of its own") {
  config::Settings settings;
  settings.script_torrent_added_enabled = true;
  settings.script_torrent_added_filename = "/added";
  settings.script_torrent_done_enabled = true;
  settings.script_torrent_done_filename = "/done";
  settings.script_torrent_done_seeding_enabled = true;
  settings.script_torrent_done_seeding_filename = "/seeded";
  CHECK(daemon::script_for(settings, Occasion::added) == "/added");
  CHECK(daemon::script_for(settings, Occasion::done) == "/done");
  CHECK(daemon::script_for(settings, Occasion::done_seeding) == "/seeded");
}

TEST_CASE("enabled without a name is no program") {
  config::Settings settings;
  settings.script_torrent_added_enabled = true;
  CHECK_FALSE(daemon::wants_scripts(settings));
}

TEST_CASE("of the events three are occasions") {
  CHECK(daemon::occasion_of(session::TorrentAdded{}) == Occasion::added);
  CHECK(daemon::occasion_of(session::TorrentCompleted{}) == Occasion::done);
  CHECK(daemon::occasion_of(session::TorrentSeedingDone{}) == Occasion::done_seeding);
  CHECK_FALSE(daemon::occasion_of(session::TorrentFailed{{}, "no space"}));
  CHECK_FALSE(daemon::occasion_of(session::TorrentRemoved{}));
}

TEST_CASE("programs begin in their order, no more at once than there are places") {
  ScriptQueue queue;
  const auto places = static_cast<session::TorrentNumber>(limits::scripts_running_max);
  for (session::TorrentNumber torrent = 1; torrent <= places + 2; ++torrent)
    REQUIRE(queue.offer(run_for(torrent)));
  for (session::TorrentNumber torrent = 1; torrent <= places; ++torrent)
    CHECK(queue.next()->torrent == torrent);
  CHECK_FALSE(queue.next());
  CHECK(queue.running() == limits::scripts_running_max);
  queue.on_ended();
  CHECK(queue.next()->torrent == places + 1);
  CHECK_FALSE(queue.next());
  CHECK(queue.waiting() == 1);
}

TEST_CASE("what finds the queue full is left out, and there is room again when one begins") {
  ScriptQueue queue;
  for (std::size_t i = 0; i < limits::scripts_waiting_max; ++i) REQUIRE(queue.offer(run_for(1)));
  CHECK_FALSE(queue.offer(run_for(2)));
  REQUIRE(queue.next());
  CHECK(queue.offer(run_for(3)));
}

TEST_CASE("dropping leaves out those that wait, not those that run") {
  ScriptQueue queue;
  queue.offer(run_for(1));
  queue.offer(run_for(2));
  queue.offer(run_for(3));
  REQUIRE(queue.next());
  CHECK(queue.drop_waiting() == 2);
  CHECK_FALSE(queue.next());
  CHECK(queue.running() == 1);
}
