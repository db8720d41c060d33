#include "ctl/feed.h"

#include "tests/support/catch.h"
#include "tests/unit/ctl/support.h"

using namespace seed::ctl;
using namespace seed::ctl::test;

namespace {

Json answer(std::vector<Json> rows, std::int64_t sequence, bool full,
            std::vector<int> removed = {}) {
  return {{"torrents", std::move(rows)},
          {"removed", std::move(removed)},
          {"sequence", sequence},
          {"full", full}};
}

ServerEvent event(const char* name, const Json& data) { return {"9", name, data.dump()}; }

const std::optional<ServerEvent> nothing;

std::string name_of(const Feed& feed, std::int64_t id) {
  const auto found = feed.mirror().torrents().find(id);
  return found == feed.mirror().torrents().end() ? "none" : text(found->second, "name");
}

}  // namespace

TEST_CASE("a mirror takes in changes, removals and full lists") {
  Mirror mirror;
  mirror.apply(answer({{{"id", 1}, {"name", "a"}, {"eta", 5}}, {{"id", 2}}}, 4, true));
  CHECK(mirror.torrents().size() == 2);
  CHECK(mirror.sequence() == 4);
  mirror.apply(answer({{{"id", 1}, {"eta", 6}}, {{"id", 3}}}, 5, false, {2}));
  CHECK(mirror.torrents().at(1) == Json{{"id", 1}, {"name", "a"}, {"eta", 6}});
  CHECK(mirror.torrents().size() == 2);
  mirror.apply(answer({{{"id", 9}}}, 6, true));
  CHECK(mirror.torrents().size() == 1);
  // Of a daemon that knows no changes each answer is all there is.
  mirror.apply(torrents({{{"id", 8}}}));
  CHECK(mirror.torrents().size() == 1);
  mirror.apply(Json("rubbish"));
  mirror.apply({{"torrents", {1, "x", {{"id", "y"}}}}, {"removed", {"z"}}, {"full", false}});
  CHECK(mirror.torrents().empty());
}

TEST_CASE("a feed listens from where its list ends") {
  CannedDaemon daemon;
  daemon.answers["torrent_get"] = {answer({{{"id", 1}, {"name", "a"}}}, 7, true)};
  daemon.events = {event("open", Json::object()), nothing,
                   event("torrents", answer({{{"id", 1}, {"name", "b"}}}, 8, false)), nothing};
  Feed feed(daemon, {"name"});
  REQUIRE(feed.begin(0));
  CHECK(daemon.listened == std::vector<std::string>{"7"});
  CHECK(feed.advance(0) == false);
  CHECK(feed.advance(0) == true);
  CHECK(name_of(feed, 1) == "b");
  CHECK(daemon.calls.size() == 1);
  CHECK(daemon.calls[0].params["since"] == 0);
}

TEST_CASE("a feed that is told to start over fetches all of it") {
  CannedDaemon daemon;
  daemon.answers["torrent_get"] = {answer({{{"id", 1}}}, 7, true), answer({{{"id", 2}}}, 3, true)};
  daemon.events = {event("reset", Json::object()), nothing};
  Feed feed(daemon, {});
  REQUIRE(feed.begin(0));
  CHECK(feed.advance(0) == true);
  CHECK(name_of(feed, 1) == "none");
  CHECK(daemon.listened == std::vector<std::string>{"7", "3"});
}

TEST_CASE("a feed without a stream asks once a second for what has changed") {
  CannedDaemon daemon;
  daemon.answers["torrent_get"] = {answer({{{"id", 1}, {"name", "a"}}}, 7, true),
                                   answer({{{"id", 1}, {"name", "b"}}}, 8, false)};
  Feed feed(daemon, {"name"});
  REQUIRE(feed.begin(10));
  CHECK(feed.advance(10) == false);  // the stream is refused
  CHECK(feed.advance(10) == true);
  CHECK(daemon.calls.back().params["since"] == 7);
  CHECK(feed.advance(10) == false);
  CHECK(feed.advance(11) == true);
  CHECK(daemon.calls.back().params["since"] == 8);
  CHECK(daemon.listened.size() == 1);
}

TEST_CASE("of a daemon without numbers everything is asked for") {
  CannedDaemon daemon;
  daemon.answers["torrent_get"] = {torrents({{{"id", 1}}})};
  Feed feed(daemon, {});
  REQUIRE(feed.begin(0));
  CHECK(daemon.listened.empty());
  CHECK(feed.advance(1) == true);
  CHECK(daemon.calls.back().params["since"] == 0);
}

TEST_CASE("a daemon that goes is tried again, ever less often, and then all is fetched") {
  CannedDaemon daemon;
  daemon.answers["torrent_get"] = {answer({{{"id", 1}}}, 7, true), unreachable("gone\nhelp"),
                                   unreachable("gone"), answer({{{"id", 2}}}, 1, true)};
  daemon.events = {Outcome<std::optional<ServerEvent>>(unreachable("cut"))};
  Feed feed(daemon, {});
  REQUIRE(feed.begin(0));
  CHECK(feed.advance(0) == true);
  CHECK(feed.trouble() == "cut");
  CHECK(name_of(feed, 1) != "none");
  CHECK(feed.advance(0) == false);
  CHECK(daemon.calls.size() == 1);
  CHECK(feed.advance(1) == false);
  CHECK(feed.trouble() == "gone");
  CHECK(feed.advance(2) == false);
  CHECK(daemon.calls.size() == 2);
  CHECK(feed.advance(3) == false);
  daemon.events = {nothing};
  CHECK(feed.advance(6) == true);
  CHECK(feed.trouble().empty());
  CHECK(name_of(feed, 1) == "none");
  CHECK(daemon.listened == std::vector<std::string>{"7", "1"});
}

TEST_CASE("what a daemon refuses is not asked again") {
  CannedDaemon daemon;
  daemon.answers["torrent_get"] = {refused("no")};
  Feed feed(daemon, {});
  CHECK(feed.begin(0).error().text == "no");
  daemon.answers["torrent_get"] = {torrents({}), refused("revoked")};
  REQUIRE(feed.begin(0));
  CHECK(feed.advance(1).error().text == "revoked");
}

TEST_CASE("a daemon that is busy is asked again when it says, and not given up") {
  CannedDaemon daemon;
  daemon.answers["torrent_get"] = {torrents({}), busy("full", 7), answer({{{"id", 2}}}, 1, true)};
  Feed feed(daemon, {});
  REQUIRE(feed.begin(0));
  CHECK(feed.advance(1) == true);
  CHECK(feed.trouble() == "full");
  CHECK(feed.advance(7) == false);
  CHECK(daemon.calls.size() == 2);
  CHECK(feed.advance(8) == true);
  CHECK(feed.trouble().empty());
  CHECK(name_of(feed, 2) != "none");
}

TEST_CASE("a stream that had no room is tried again, and meanwhile there are questions") {
  CannedDaemon daemon;
  daemon.answers["torrent_get"] = {answer({{{"id", 1}}}, 7, true), answer({}, 8, false)};
  daemon.events = {Outcome<std::optional<ServerEvent>>(busy("16 event streams are open"))};
  Feed feed(daemon, {});
  REQUIRE(feed.begin(0));
  CHECK(feed.advance(0) == false);
  CHECK(feed.advance(0) == true);
  CHECK(feed.advance(9) == true);
  CHECK(daemon.listened.size() == 1);
  CHECK(feed.trouble().empty());
  daemon.events = {nothing};
  CHECK(feed.advance(10) == true);
  CHECK(daemon.listened == std::vector<std::string>{"7", "8"});
  CHECK(feed.advance(11) == false);
}

TEST_CASE("a daemon that is busy when all is to be fetched anew loses nothing") {
  CannedDaemon daemon;
  daemon.answers["torrent_get"] = {answer({{{"id", 1}}}, 7, true), busy("full"),
                                   answer({{{"id", 2}}}, 9, true)};
  daemon.events = {event("reset", Json::object())};
  Feed feed(daemon, {});
  REQUIRE(feed.begin(0));
  CHECK(feed.advance(0) == true);
  CHECK(feed.trouble() == "full");
  daemon.events = {nothing};
  CHECK(feed.advance(5) == true);
  CHECK(daemon.calls.back().params["since"] == 0);
  CHECK(name_of(feed, 1) == "none");
  CHECK(daemon.listened == std::vector<std::string>{"7", "9"});
}
