#include "ctl/selection.h"

#include "tests/support/catch.h"
#include "tests/unit/ctl/support.h"

using namespace seed::ctl;

namespace {

const std::vector<Torrent> known = {
    {1, "aaaaaa0000000000000000000000000000000001", "debian-12.iso"},
    {2, "bbbbbb0000000000000000000000000000000002", "Debian docs"},
    {7, "cafe120000000000000000000000000000000007", "Season 12"},
    {9, "dddddd0000000000000000000000000000000009", "cafe12 live"},
};

std::vector<std::int64_t> ids(const std::vector<std::string>& words) {
  std::vector<std::int64_t> out;
  const auto chosen = choose(words, known);
  REQUIRE(chosen);
  for (const Torrent& torrent : chosen->torrents) out.push_back(torrent.id);
  return out;
}

using Ids = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("ids, lists and ranges of ids choose torrents once and in order") {
  CHECK(ids({"7", "1,2", "1-7"}) == Ids{7, 1, 2});
  CHECK(ids({"id:2"}) == Ids{2});
}

TEST_CASE("digits are never part of a name") {
  const std::vector<Torrent> one = {{7, std::string(40, 'a'), "Season 12"}};
  const auto chosen = choose({"12"}, one);
  REQUIRE_FALSE(chosen);
  CHECK(chosen.error().exit == Exit::refused);
  CHECK(choose({"name:12"}, one));
  CHECK(ids({"name:12."}) == Ids{1});
}

TEST_CASE("a part of a name chooses when only one has it") {
  CHECK(ids({"DOCS"}) == Ids{2});
  CHECK(ids({"season"}) == Ids{7});
  const auto several = choose({"debian"}, known);
  REQUIRE_FALSE(several);
  CHECK(several.error().text.find("debian-12.iso") != std::string::npos);
  CHECK(several.error().text.find("Debian docs") != std::string::npos);
}

TEST_CASE("a whole name chooses even when it is part of another one") {
  std::vector<Torrent> two = known;
  two.push_back({10, "ee", "debian-12.iso.torrent"});
  const auto chosen = choose({"debian-12.iso"}, two);
  REQUIRE(chosen);
  CHECK(chosen->torrents.size() == 1);
}

TEST_CASE("the start of a hash chooses, unless a name has it too") {
  CHECK(ids({"aaaaaa"}) == Ids{1});
  CHECK(ids({"BBBBBB0000000000000000000000000000000002"}) == Ids{2});
  CHECK_FALSE(choose({"cafe12"}, known));
  CHECK(ids({"hash:cafe12"}) == Ids{7});
  CHECK(ids({"name:cafe12"}) == Ids{9});
  CHECK_FALSE(choose({"aaaaa"}, known));
}

TEST_CASE("all chooses all and sends no ids") {
  const auto chosen = choose({"all"}, known);
  REQUIRE(chosen);
  CHECK(chosen->torrents.size() == 4);
  Json params = Json::object();
  chosen->put_into(params);
  CHECK(params.empty());
}

TEST_CASE("torrents are sent by hash") {
  Json params = Json::object();
  choose({"2"}, known)->put_into(params);
  CHECK(params == Json::parse(R"({"ids":["bbbbbb0000000000000000000000000000000002"]})"));
}

TEST_CASE("words that are nothing are turned away") {
  CHECK_FALSE(choose({""}, known));
  CHECK_FALSE(choose({"3-1"}, known));
  CHECK_FALSE(choose({"99"}, known));
  CHECK_FALSE(choose({"20-30"}, known));
  CHECK_FALSE(choose({"1,,2"}, known));
  CHECK_FALSE(choose({"99999999999999999999999"}, known));
  CHECK_FALSE(choose({"0-9223372036854775807"}, known));
}

TEST_CASE("ids and hashes are asked for alone, names need the whole list") {
  test::CannedDaemon daemon;
  daemon.answers["torrent_get"] = {test::torrents({test::torrent(1, "a name")})};
  CHECK(select(daemon, {"1"}));
  CHECK(daemon.calls.back().params["ids"] == Json::array({1}));
  CHECK(select(daemon, {"name"}));
  CHECK_FALSE(daemon.calls.back().params.contains("ids"));
}
