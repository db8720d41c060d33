#include "daemon/script_environment.h"

#include <algorithm>

#include "core/base/limits.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace std::string_literals;

namespace {

session::TorrentSnapshot debian() {
  session::TorrentSnapshot torrent;
  torrent.number = 7;
  torrent.hashes.v1.emplace();
  torrent.downloaded_ever = 661'651'456;
  torrent.name = "debian-12.iso";
  torrent.download_dir = "/srv/downloads";
  return torrent;
}

std::vector<std::string> environment_of(const session::TorrentSnapshot& torrent,
                                        const std::vector<std::string>& inherited = {}) {
  return daemon::script_environment(torrent, "0.1.0", "Sat Nov 21 16:00:00 2026", inherited);
}

bool holds(const std::vector<std::string>& environment, const std::string& variable) {
  return std::ranges::find(environment, variable) != environment.end();
}

std::string value_of(const std::vector<std::string>& environment, std::string_view name) {
  for (const auto& variable : environment)
    if (variable.starts_with(name) && variable[name.size()] == '=')
      return variable.substr(name.size() + 1);
  return "(not set)";
}

}  // namespace

TEST_CASE("a program is told which torrent it is run for, in Transmission's variables") {
  auto torrent = debian();
  torrent.options.labels = {"linux", "iso"};
  torrent.options.bandwidth_priority = -1;
  torrent.trackers.resize(2);
  torrent.trackers[0].announce = "http://a.example/announce";
  torrent.trackers[1].announce = "udp://b.example:80";
  CHECK(environment_of(torrent) ==
        std::vector<std::string>{
            "TR_APP_VERSION=0.1.0", "TR_TIME_LOCALTIME=Sat Nov 21 16:00:00 2026",
            "TR_TORRENT_BYTES_DOWNLOADED=661651456", "TR_TORRENT_DIR=/srv/downloads",
            "TR_TORRENT_HASH=0000000000000000000000000000000000000000", "TR_TORRENT_ID=7",
            "TR_TORRENT_LABELS=linux,iso", "TR_TORRENT_NAME=debian-12.iso",
            "TR_TORRENT_PRIORITY=-1",
            "TR_TORRENT_TRACKERS=http://a.example/announce,udp://b.example:80"});
}

TEST_CASE("what a torrent does not have is empty, not missing") {
  const auto environment = environment_of(debian());
  CHECK(value_of(environment, "TR_TORRENT_LABELS").empty());
  CHECK(value_of(environment, "TR_TORRENT_TRACKERS").empty());
}

TEST_CASE("the environment goes along without settings, ties to systemd and false facts") {
  const auto environment = environment_of(
      debian(), {"PATH=/usr/bin", "SEEDD_RPC_PASSWORD=hush", "NOTIFY_SOCKET=/run/systemd/notify",
                 "WATCHDOG_USEC=30000000", "JOURNAL_STREAM=9:1", "TR_TORRENT_NAME=another",
                 "SEEDCTL_USER=me", "HOME=/root"});
  CHECK(holds(environment, "PATH=/usr/bin"));
  CHECK(holds(environment, "HOME=/root"));
  CHECK(holds(environment, "SEEDCTL_USER=me"));
  CHECK(holds(environment, "TR_TORRENT_NAME=debian-12.iso"));
  CHECK(environment.size() == 10 + 3);
}

TEST_CASE("a name with a NUL in it is told whole") {
  auto torrent = debian();
  torrent.name = "debian\0.iso"s;
  CHECK(value_of(environment_of(torrent), "TR_TORRENT_NAME") == "debian_.iso");
}

TEST_CASE("a list too long for a variable ends after a whole member") {
  auto torrent = debian();
  torrent.trackers.resize(256);
  for (auto& tracker : torrent.trackers)
    tracker.announce = "http://tracker.example/" + std::string(977, 'a');
  const auto trackers = value_of(environment_of(torrent), "TR_TORRENT_TRACKERS");
  CHECK(trackers.size() <= limits::script_variable_bytes_max);
  CHECK(trackers.size() + 1 + torrent.trackers[0].announce.size() >
        limits::script_variable_bytes_max);
  CHECK(trackers.size() % 1001 == 1000);
}
