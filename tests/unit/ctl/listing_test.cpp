#include "ctl/listing.h"

#include <cstdint>

#include "ctl/printable.h"
#include "ctl/words.h"
#include "tests/support/catch.h"
#include "tests/unit/ctl/support.h"

using namespace seed::ctl;
using namespace seed::ctl::test;

namespace {

Stage stage() {
  Stage out;
  out.answers["torrent_get"] = {torrents(
      {torrent(1, "debian.iso"), torrent(23, "a name that is longer than most of the lines are"),
       torrent(3, "broken", {{"status", 0}, {"error", 3}, {"labels", {"film"}}, {"eta", -1}})})};
  out.look.terminal = out.look.utf8 = true;
  return out;
}

std::size_t widest(const std::string& lines) {
  std::size_t out = 0;
  for (const std::string_view line : split(lines, '\n')) out = std::max(out, display_width(line));
  return out;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("with columns named, JSON has those fields and no more") {
  const Stage daemon = stage();
  const Ran ran = daemon.run({"list", "--json", "--columns", "id,name", "-s", "error"});
  CHECK(Json::parse(ran.out)["torrents"] == Json::parse(R"([{"id":3,"name":"broken"}])"));
  const Ran sorted = daemon.run({"list", "--json", "-c", "done,eta", "--sort", "name"});
  CHECK(Json::parse(sorted.out)["torrents"][2] == Json{{"percent_done", 0.4567}, {"eta", 405}});
  CHECK(Json::parse(daemon.run({"list", "--json"}).out)["torrents"][0].contains("status"));
}

TEST_CASE("a list is no wider than its terminal") {
  Stage daemon = stage();
  for (std::size_t columns = 12; columns <= 160; ++columns) {
    daemon.look.columns = columns;
    INFO(columns);
    CHECK(widest(daemon.run({"list"}).out) <= columns);
  }
  daemon.look.columns = 40;
  CHECK(widest(daemon.run({"list", "-c", "name,hash,labels,size,error"}).out) <= 40);
}

TEST_CASE("on a narrow terminal the bar goes first, and name, status and id stay") {
  Stage daemon = stage();
  daemon.look.columns = 80;
  const std::string most = daemon.run({"list"}).out;
  CHECK_FALSE(has(most, "PROGRESS"));
  CHECK(has(most, "ID   DONE     SIZE       DOWN  UP     ETA  RATIO  STATUS       NAME"));
  daemon.look.columns = 40;
  const std::string few = daemon.run({"list"}).out;
  CHECK(has(few, "ID   DONE  STATUS       NAME\n"));
  CHECK(has(few, "23  45.6%  downloading  a name that is …\n"));
  daemon.look.terminal = false;
  CHECK(has(daemon.run({"list"}).out, "a name that is longer than most of the lines are\n"));
}

TEST_CASE("of several states any one will do, and those behind a ! are left out") {
  Stage daemon;
  daemon.answers["torrent_get"] = {
      torrents({torrent(1, "a"), torrent(2, "b", {{"status", 6}, {"rate_download", 0}}),
                torrent(3, "c", {{"status", 0}, {"rate_download", 0}}),
                torrent(4, "d", {{"status", 6}, {"rate_upload", 5}})})};
  const auto ids = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"list", "--format", "{id}"});
    return daemon.run(words).out;
  };
  CHECK(ids({"-s", "seeding"}) == "2\n4\n");
  CHECK(ids({"-s", "seeding", "-s", "stopped"}) == "2\n3\n4\n");
  CHECK(ids({"-s", "seeding", "-s", "!active"}) == "2\n");
  CHECK(ids({"-s", "!stopped"}) == "1\n2\n4\n");
  CHECK(ids({"-s", "!stopped", "--state", "!seeding"}) == "1\n");
  CHECK(daemon.run({"list", "-s", "!nonsense"}).exit == Exit::usage);
}

TEST_CASE("trackers are sorted by the host that is shown") {
  Stage daemon;
  const auto with = [](int id, const char* url) {
    return torrent(id, "a", {{"trackers", Json::array({Json{{"id", 9 - id}, {"announce", url}}})}});
  };
  daemon.answers["torrent_get"] = {
      torrents({with(1, "udp://c.example/1"), with(2, "http://B.example/2"),
                with(3, "https://a.example/3")})};
  CHECK(daemon.run({"list", "--sort", "tracker", "--format", "{id}"}).out == "3\n2\n1\n");
}

TEST_CASE("sums of the listing stop at the end") {
  Stage daemon;
  daemon.answers["torrent_get"] = {torrents({torrent(1, "a", {{"rate_download", INT64_MAX}}),
                                             torrent(2, "b", {{"rate_download", INT64_MAX}})})};
  daemon.look.terminal = true;
  CHECK(has(daemon.run({"list"}).out, "2 torrents, down 9223 PB/s"));
}
