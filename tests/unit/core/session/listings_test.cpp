#include "core/session/listings.h"

#include "core/base/limits.h"

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

struct Setup {
  explicit Setup(std::uint64_t first = 0) : sequence(first) {}

  test::Population all;
  std::uint64_t sequence;
  Listings listings{all.ground.clock, all.torrents, sequence};
  std::optional<ListReply> reply;

  void remove(TorrentNumber number, const std::vector<std::string>& labels = {}) {
    sequence = ++all.ground.host.sequence;
    listings.on_removed(number, labels, all.ground.clock.now());
  }
  void unlabel(TorrentNumber number, const std::vector<std::string>& lost) {
    sequence = ++all.ground.host.sequence;
    listings.on_unlabelled(number, lost, all.ground.clock.now());
  }
  void list(ListQuery query) {
    reply.reset();
    sequence = all.ground.host.sequence;
    listings.list(query, [this](OrderResult<ListReply> got) { reply = *std::move(got); });
  }
};

TEST_CASE("a list of what is in memory is answered at once") {
  Setup setup;
  setup.all.add(1);
  setup.all.add(2);
  setup.list({});
  REQUIRE(setup.reply);
  REQUIRE(setup.reply->torrents.size() == 2);
  CHECK(setup.reply->torrents[0].number == 1);
  CHECK(setup.reply->sequence == setup.sequence);
}

TEST_CASE("only what changed since a number is listed") {
  Setup setup;
  setup.all.add(1);
  const std::uint64_t then = setup.all.ground.host.sequence;
  setup.all.add(2);
  setup.list({.which = {}, .groups = {}, .since = then});
  REQUIRE(setup.reply->torrents.size() == 1);
  CHECK(setup.reply->torrents[0].number == 2);
  CHECK_FALSE(setup.reply->full);
  setup.list({.which = {}, .groups = {}, .since = setup.sequence});
  CHECK(setup.reply->torrents.empty());
}

TEST_CASE("a number of another run gets a full answer") {
  Setup setup(5000);
  setup.all.ground.host.sequence = 5000;
  setup.all.add(1);
  const std::uint64_t before = setup.all.ground.host.sequence;
  for (const std::uint64_t foreign : {std::uint64_t{4999}, before + 100}) {
    setup.list({.which = {}, .groups = {}, .since = foreign});
    CHECK(setup.reply->full);
    CHECK(setup.reply->torrents.size() == 1);
  }
  setup.list({.which = {}, .groups = {}, .since = 5000});
  CHECK_FALSE(setup.reply->full);
}

TEST_CASE("all may be asked for bit by bit") {
  Setup setup;
  for (std::uint8_t i = 1; i <= 5; ++i) setup.all.add(i);
  const auto numbers = [&](TorrentNumber after) {
    setup.list({.which = {}, .groups = {}, .since = 0, .most = 2, .after = after});
    std::vector<TorrentNumber> out;
    for (const auto& torrent : setup.reply->torrents) out.push_back(torrent.number);
    return out;
  };
  CHECK(numbers(0) == std::vector<TorrentNumber>{1, 2});
  CHECK(numbers(2) == std::vector<TorrentNumber>{3, 4});
  CHECK(numbers(4) == std::vector<TorrentNumber>{5});
  CHECK(numbers(5).empty());
}

TEST_CASE("what changed may be asked for bit by bit, what changed first before the rest") {
  Setup setup;
  std::vector<torrent::Torrent*> torrents;
  for (std::uint8_t i = 1; i <= 5; ++i) torrents.push_back(&setup.all.add(i));
  const std::uint64_t then = setup.all.ground.host.sequence;
  for (const std::size_t i : {4U, 0U, 2U}) torrents[i]->set_options({});
  setup.remove(77);
  setup.list({.which = {}, .groups = {}, .since = then, .most = 2});
  CHECK_FALSE(setup.reply->full);
  REQUIRE(setup.reply->torrents.size() == 2);
  CHECK(setup.reply->torrents[0].number == 1);
  CHECK(setup.reply->torrents[1].number == 5);
  CHECK(setup.reply->sequence == torrents[0]->sequence());
  CHECK(setup.reply->newest == setup.sequence);
  CHECK(setup.reply->removed.empty());
  setup.list({.which = {}, .groups = {}, .since = setup.reply->sequence, .most = 2});
  REQUIRE(setup.reply->torrents.size() == 1);
  CHECK(setup.reply->torrents[0].number == 3);
  CHECK(setup.reply->sequence == setup.sequence);
  CHECK(setup.reply->removed == std::vector<TorrentNumber>{77});
}

TEST_CASE("who asks for a part of what is not known is told that, and no torrents") {
  Setup setup(5000);
  setup.all.ground.host.sequence = 5000;
  setup.all.add(1);
  setup.list({.which = {}, .groups = {}, .since = 4999, .most = 2});
  CHECK(setup.reply->full);
  CHECK(setup.reply->torrents.empty());
}

TEST_CASE("a part of all is of those that are shown") {
  Setup setup;
  for (std::uint8_t i = 1; i <= 4; ++i) setup.all.add(i);
  auto options = setup.all.torrents.find(TorrentNumber{4})->record().options;
  options.labels = {"films"};
  setup.all.torrents.find(TorrentNumber{4})->set_options(options);
  setup.list({.which = {Selection::Kind::all, {}, {"films"}}, .groups = {}, .most = 2});
  REQUIRE(setup.reply->torrents.size() == 1);
  CHECK(setup.reply->torrents[0].number == 4);
}

TEST_CASE("who asks what changed hears of all that were removed since, or gets a full answer") {
  Setup setup;
  setup.all.add(7);
  const std::uint64_t then = setup.all.ground.host.sequence;
  setup.remove(1);
  setup.remove(2);
  setup.list({.which = {}, .groups = {}, .since = then});
  CHECK(setup.reply->removed == std::vector<TorrentNumber>{1, 2});
  setup.list({.which = {}, .groups = {}, .since = then + 1});
  CHECK(setup.reply->removed == std::vector<TorrentNumber>{2});
  setup.list({});
  CHECK(setup.reply->removed.empty());
  for (std::size_t i = 2; i < limits::removals_max; ++i) setup.remove(9);
  setup.list({.which = {}, .groups = {}, .since = then});
  CHECK_FALSE(setup.reply->full);
  setup.remove(9);
  setup.list({.which = {}, .groups = {}, .since = then});
  CHECK(setup.reply->full);
  CHECK(setup.reply->torrents.size() == 1);
  CHECK(setup.reply->removed.empty());
  setup.list({.which = {}, .groups = {}, .since = then + 1});
  CHECK_FALSE(setup.reply->full);
}

TEST_CASE("a list of files waits for torrents at rest, and comes without them if they fail") {
  Setup setup;
  auto& first = setup.all.add(1);
  auto& second = setup.all.add(2);
  setup.list({.which = {}, .groups = {.files = true}, .since = 0});
  CHECK_FALSE(setup.reply);
  CHECK(setup.all.ground.host.loads == 2);
  first.on_content(fail(FaultCode::io, "unreadable"));
  CHECK_FALSE(setup.reply);
  second.on_content(fail(FaultCode::io, "unreadable"));
  REQUIRE(setup.reply);
  CHECK(setup.reply->torrents.size() == 2);
  CHECK(setup.reply->torrents[0].error == ErrorKind::local);
}

TEST_CASE("a list does not wait for a disk that hangs") {
  Setup setup;
  auto& torrent = setup.all.add(1);
  setup.list({.which = {}, .groups = {.files = true}, .since = 0});
  setup.all.ground.clock.advance(limits::listing_wait_max - 1s);
  setup.listings.on_second(setup.all.ground.clock.now());
  CHECK_FALSE(setup.reply);
  setup.all.ground.clock.advance(1s);
  setup.listings.on_second(setup.all.ground.clock.now());
  REQUIRE(setup.reply);
  CHECK(setup.reply->torrents.size() == 1);
  setup.reply.reset();
  torrent.on_content(fail(FaultCode::io, "unreadable"));
  CHECK_FALSE(setup.reply);
}

TEST_CASE("recently active are those that changed within a minute, and those removed in it") {
  Setup setup;
  const ListQuery recent{.which = {Selection::Kind::recently_active, {}}, .groups = {}, .since = 0};
  setup.all.add(1);
  setup.listings.on_removed(77, {}, setup.all.ground.clock.now());
  setup.all.ground.clock.advance(TorrentIndex::recently);
  setup.all.add(2);
  setup.listings.on_removed(78, {}, setup.all.ground.clock.now());
  setup.list(recent);
  CHECK(setup.reply->torrents.size() == 2);
  CHECK(setup.reply->removed == std::vector<TorrentNumber>{77, 78});
  setup.all.ground.clock.advance(1s);
  setup.listings.on_second(setup.all.ground.clock.now());
  setup.list(recent);
  REQUIRE(setup.reply->torrents.size() == 1);
  CHECK(setup.reply->torrents[0].number == 2);
  CHECK(setup.reply->removed == std::vector<TorrentNumber>{78});
  setup.list({});
  CHECK(setup.reply->removed.empty());
}

TEST_CASE("a list says when a torrent last got a label") {
  Setup setup;
  auto& torrent = setup.all.add(1);
  const auto gained = [&](std::vector<std::string> labels) {
    auto options = torrent.record().options;
    options.labels = std::move(labels);
    torrent.set_options(std::move(options));
    setup.list({.which = {Selection::Kind::all, {}, {"films", "music"}}, .groups = {}});
    return setup.reply->torrents.at(0).labels_gained;
  };
  const std::uint64_t first = gained({"films"});
  CHECK(first == torrent.sequence());
  CHECK(first > 0);
  const std::uint64_t second = gained({"films", "music"});
  CHECK(second > first);
  CHECK(gained({"films"}) == second);
}

TEST_CASE("one who is kept to labels hears of no removal but of those with one of them") {
  Setup setup;
  setup.all.add(1);
  const std::uint64_t then = setup.all.ground.host.sequence;
  setup.remove(7, {"films", "old"});
  setup.remove(8, {"music"});
  setup.remove(9);
  setup.unlabel(1, {"films"});
  setup.unlabel(5, {"music"});
  const auto removed = [&](std::vector<std::string> labels, Selection::Kind kind) {
    setup.list({.which = {kind, {}, std::move(labels)}, .groups = {}, .since = then});
    return setup.reply->removed;
  };
  using Numbers = std::vector<TorrentNumber>;
  for (const auto kind : {Selection::Kind::all, Selection::Kind::recently_active}) {
    CHECK(removed({"films"}, kind) == Numbers{7, 1});
    CHECK(removed({"old", "music"}, kind) == Numbers{7, 8, 5});
    CHECK(removed({"x"}, kind).empty());
    CHECK(removed({}, kind) == Numbers{7, 8, 9});
  }
}

TEST_CASE("one who is kept to labels is not told of what lost them while they waited") {
  const bool lost = GENERATE(false, true);
  Setup setup;
  auto& torrent = setup.all.add(1);
  auto options = torrent.record().options;
  options.labels = {"films"};
  torrent.set_options(options);
  setup.list(
      {.which = {Selection::Kind::all, {}, {"films"}}, .groups = {.files = true}, .since = 0});
  REQUIRE_FALSE(setup.reply);
  if (lost) {
    options.labels = {"private"};
    torrent.set_options(options);
  }
  torrent.on_content(fail(FaultCode::io, "unreadable"));
  REQUIRE(setup.reply);
  CHECK(setup.reply->torrents.size() == (lost ? 0 : 1));
}

}  // namespace
}  // namespace seed::session
