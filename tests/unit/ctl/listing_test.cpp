#include "ctl/listing.h"

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
