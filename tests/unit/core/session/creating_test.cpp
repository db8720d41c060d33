#include "core/session/creating.h"

#include "core/metainfo/magnet.h"
#include "core/metainfo/metainfo.h"
#include "tests/support/catch.h"
#include "tests/support/fake_files.h"
#include "tests/support/inline_workers.h"
#include "tests/unit/core/storage/fixture.h"

namespace seed::session {
namespace {

using metainfo::TorrentVersion;

struct Setup {
  Setup() {
    Rng rng(7);
    for (const std::size_t length : {100'000, 1, 16'384, 40'000}) {
      Buffer content(length);
      rng.fill(content);
      files.put("/srv/album/" + std::to_string(length), content);
    }
    order_.path = "/srv/album";
    (void)files.make_folders(*SafePath::root("/out"), true);
  }
  CreateOrder order(TorrentVersion version = TorrentVersion::hybrid) const {
    CreateOrder out;
    out.path = order_.path;
    out.options.version = version;
    out.options.piece_length = 16'384;
    return out;
  }
  CreationNumber begin(CreateOrder order) {
    const auto number = creating.create(std::move(order));
    REQUIRE(number);
    return *number;
  }
  CreationSnapshot ended(CreateOrder order) {
    const auto number = begin(std::move(order));
    workers.run_all();
    return now(number);
  }
  CreationSnapshot now(CreationNumber number) const {
    auto listed = creating.list(number);
    REQUIRE(listed);
    return std::move(listed->front());
  }
  std::string refusal(CreateOrder order) {
    const auto number = creating.create(std::move(order));
    REQUIRE_FALSE(number);
    return number.error().text;
  }

  test::ManualClock clock;
  test::FakeFiles files;
  test::NoStore store;
  test::InlineWorkers workers{files, store, 4};
  std::vector<AddOrder> added;
  OrderResult<AddReply> answer;
  Creating creating{clock,
                    workers,
                    [this](AddOrder order, OrderAnswer<AddReply> told) {
                      added.push_back(std::move(order));
                      told(answer);
                    },
                    {}};

 private:
  CreateOrder order_;
};

TEST_CASE("a folder becomes a torrent of each version, the same each time") {
  for (const auto version : {TorrentVersion::v1, TorrentVersion::v2, TorrentVersion::hybrid}) {
    Setup setup;
    const auto made = setup.ended(setup.order(version));
    REQUIRE(made.error.empty());
    CHECK(made.state == CreationState::done);
    CHECK(made.name == "album");
    CHECK(made.total_bytes == 156'385);
    CHECK(made.hashed_bytes == made.total_bytes);
    CHECK(made.piece_bytes == 16'384);
    CHECK(made.torrent_bytes == made.torrent.size());
    const auto parsed = metainfo::parse_torrent(made.torrent);
    REQUIRE(parsed);
    CHECK(parsed->hashes == made.hashes);
    CHECK(parsed->layout.piece_count() == made.piece_count);
    CHECK(parsed->hashes.v1.has_value() == (version != TorrentVersion::v2));
    CHECK(parsed->hashes.v2.has_value() == (version != TorrentVersion::v1));
    CHECK(metainfo::parse_magnet(made.magnet)->hashes == made.hashes);
    CHECK(setup.ended(setup.order(version)).torrent == made.torrent);
  }
}

TEST_CASE("a torrent of one file may have another name than the file") {
  Setup setup;
  auto order = setup.order();
  order.path = "/srv/album/40000";
  order.options.name = "other";
  const auto made = setup.ended(std::move(order));
  REQUIRE(made.state == CreationState::done);
  CHECK(metainfo::parse_torrent(made.torrent)->name == "other");
  CHECK(made.total_bytes == 40'000);
}

TEST_CASE("what goes around the info dictionary is in the torrent") {
  Setup setup;
  auto order = setup.order();
  order.tracker_list = "http://a.example/announce\nhttp://b.example/announce\n\nudp://c.example:80";
  order.web_seeds = {"http://seed.example/"};
  order.nodes = {"node.example:6881", "[2001:db8::1]:6882"};
  order.comment = "made";
  order.created = from_unix_seconds(1'800'000'000);
  const auto parsed = metainfo::parse_torrent(setup.ended(std::move(order)).torrent);
  REQUIRE(parsed);
  CHECK(parsed->announce_tiers.size() == 2);
  CHECK(parsed->announce_tiers[0].size() == 2);
  CHECK(parsed->web_seeds == std::vector<std::string>{"http://seed.example/"});
  REQUIRE(parsed->nodes.size() == 2);
  CHECK(parsed->nodes[1] == metainfo::HostPort{"2001:db8::1", 6882});
  CHECK(parsed->comment == "made");
  CHECK(parsed->created == from_unix_seconds(1'800'000'000));
}

TEST_CASE("the torrent is written where it is wanted, over nothing unless it may be") {
  Setup setup;
  auto order = setup.order();
  order.output = "/out/album.torrent";
  const auto made = setup.ended(order);
  REQUIRE(made.state == CreationState::done);
  CHECK(made.output == "/out/album.torrent");
  CHECK(setup.files.content("/out/album.torrent") == made.torrent);
  CHECK_FALSE(setup.files.is_there("/out/album.torrent.part"));

  const auto again = setup.ended(order);
  CHECK(again.state == CreationState::failed);
  CHECK(again.error == "/out/album.torrent is there already");
  order.replace = true;
  order.comment = "new";
  const auto replaced = setup.ended(order);
  CHECK(replaced.state == CreationState::done);
  CHECK(setup.files.content("/out/album.torrent") == replaced.torrent);
}

TEST_CASE("what another wrote meanwhile is not written over") {
  Setup setup;
  auto order = setup.order();
  order.output = "/out/album.torrent";
  const auto number = setup.begin(order);
  while (setup.now(number).hashed_bytes == 0) {
    setup.workers.run_next();
    setup.workers.deliver_next();
  }
  setup.files.put("/out/album.torrent", as_bytes("another"));
  setup.workers.run_all();
  CHECK(setup.now(number).state == CreationState::failed);
  CHECK(setup.files.content("/out/album.torrent") == to_buffer("another"));
  CHECK_FALSE(setup.files.is_there("/out/album.torrent.part"));
}

TEST_CASE("an order that makes no sense is refused") {
  Setup setup;
  const auto with = [&](auto change) {
    auto order = setup.order();
    change(order);
    return setup.refusal(std::move(order));
  };
  CHECK(with([](auto& o) { o.path = "album"; }) == "path: is not absolute");
  CHECK(with([](auto& o) { o.output = "x.torrent"; }) == "output: is not absolute");
  CHECK(with([](auto& o) { o.output = "/out/x"; }).starts_with("output: a file whose name"));
  CHECK(with([](auto& o) { o.output = "/srv/album/x.torrent"; }) ==
        "output: it would lie in the torrent itself");
  CHECK(with([](auto& o) { o.tracker_list = "ftp://x"; }).starts_with("tracker_list: "));
  CHECK(with([](auto& o) { o.web_seeds = {"udp://x:1"}; }).starts_with("webseeds: "));
  CHECK(with([](auto& o) { o.nodes = {"x"}; }).starts_with("nodes: "));
  CHECK(with([](auto& o) {
          o.add = true;
          o.options.name = "other";
        }).starts_with("add: "));
}

TEST_CASE("a file that is gone or changes ends it, and is named") {
  Setup setup;
  SECTION("gone from the beginning") {
    auto order = setup.order();
    order.path = "/srv/gone";
    const auto made = setup.ended(std::move(order));
    CHECK(made.state == CreationState::failed);
    CHECK(made.error.find("/srv/gone") != std::string::npos);
  }
  SECTION("changed when it was listed") {
    const auto number = setup.begin(setup.order());
    setup.workers.run_next();
    setup.files.put("/srv/album/1", as_bytes("22"));
    setup.workers.run_all();
    CHECK(setup.now(number).state == CreationState::failed);
    CHECK(setup.now(number).error == "/srv/album/1 changed while it was hashed");
    CHECK(setup.now(number).torrent.empty());
  }
}

TEST_CASE("one that is cancelled ends, and nothing is written") {
  Setup setup;
  auto order = setup.order();
  order.output = "/out/album.torrent";
  for (int steps = 0; steps < 3; ++steps) {
    const auto number = setup.begin(order);
    for (int at = 0; at < steps; ++at) setup.workers.run_next();
    REQUIRE(setup.creating.cancel(number));
    setup.workers.run_all();
    CHECK(setup.now(number).state == CreationState::cancelled);
    CHECK_FALSE(setup.files.is_there("/out/album.torrent"));
    CHECK(setup.creating.cancel(number));
  }
  CHECK_FALSE(setup.creating.cancel(999));
}

TEST_CASE("all are cancelled when the session stops, and none begins") {
  Setup setup;
  const auto number = setup.begin(setup.order());
  setup.creating.shut_down();
  CHECK(setup.refusal(setup.order()) == "the daemon is stopping");
  setup.workers.run_all();
  CHECK(setup.now(number).state == CreationState::cancelled);
}

TEST_CASE("four are made at once, and those that ended are kept for a while") {
  Setup setup;
  for (std::size_t at = 0; at < Creating::at_once_max; ++at) setup.begin(setup.order());
  CHECK(setup.refusal(setup.order()) == "at most 4 torrents are made at once");
  setup.workers.run_all();
  for (std::size_t at = 0; at < 2 * Creating::kept_max; ++at) setup.ended(setup.order());
  setup.creating.on_second();
  CHECK(setup.creating.list({})->size() == Creating::kept_max);
  setup.clock.advance(Creating::kept_for + 1s);
  setup.creating.on_second();
  CHECK(setup.creating.list({})->empty());
}

TEST_CASE("large content is hashed in several runs at once, and put together in order") {
  Setup setup;
  Buffer content(3 * std::size_t{Creating::run_bytes} + 12'345);
  Rng(3).fill(content);
  setup.files.put("/srv/large", content);
  auto order = setup.order(TorrentVersion::v1);
  order.path = "/srv/large";
  order.options.piece_length = 4u << 20;
  const auto number = setup.begin(order);
  setup.workers.run_next();
  setup.workers.deliver_next();
  CHECK(setup.workers.pending() == 3);
  setup.workers.run_last();
  setup.workers.run_all();
  const auto made = setup.now(number);
  REQUIRE(made.state == CreationState::done);
  const auto parsed = metainfo::parse_torrent(made.torrent);
  REQUIRE(parsed);
  const Bytes all(content);
  for (std::uint32_t at = 0; at < parsed->layout.piece_count(); ++at) {
    const std::size_t from = std::size_t{at} * (4u << 20);
    const auto piece = all.subspan(from, std::min<std::size_t>(4u << 20, all.size() - from));
    CHECK(parsed->piece_hash(PieceIndex{at}) == sha1(piece));
  }
}

TEST_CASE("a torrent that is made is added where its files are") {
  Setup setup;
  auto order = setup.order();
  order.add = true;
  SECTION("and is done then") {
    setup.answer = AddReply{false, 3, {}, "album"};
    const auto made = setup.ended(std::move(order));
    CHECK(made.state == CreationState::done);
    REQUIRE(setup.added.size() == 1);
    CHECK(setup.added[0].download_dir == "/srv");
    CHECK(std::get<Buffer>(setup.added[0].source) == made.torrent);
  }
  SECTION("or says why not") {
    setup.answer = std::unexpected(OrderError{OrderErrorCode::system_error, "full"});
    const auto made = setup.ended(std::move(order));
    CHECK(made.state == CreationState::failed);
    CHECK(made.error == "it is made, but was not added: full");
  }
}

}  // namespace
}  // namespace seed::session
