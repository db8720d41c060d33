#include "ctl/listing.h"

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

}  // namespace

TEST_CASE("with columns named, JSON has those fields and no more") {
  const Stage daemon = stage();
  const Ran ran = daemon.run({"list", "--json", "--columns", "id,name", "-s", "error"});
  CHECK(Json::parse(ran.out)["torrents"] == Json::parse(R"([{"id":3,"name":"broken"}])"));
  const Ran sorted = daemon.run({"list", "--json", "-c", "done,eta", "--sort", "name"});
  CHECK(Json::parse(sorted.out)["torrents"][2] == Json{{"percent_done", 0.4567}, {"eta", 405}});
  CHECK(Json::parse(daemon.run({"list", "--json"}).out)["torrents"][0].contains("status"));
}
