// Where a torrent's files are, and whose they are: several torrents, and folders that go.
#include "tests/unit/core/torrent/one_torrent.h"

namespace seed::torrent {
namespace {

using test::Ground;

/// Two torrents with a path in common, in one session.
struct Two {
  Two() {
    for (std::size_t i = 0; i < 2; ++i) make(i, record(i));
  }
  TorrentRecord record(std::size_t i) const {
    auto made = test::record_of(octets[i]);
    made.hashes.v1->octets.fill(static_cast<std::uint8_t>(i + 1));
    made.name = i == 0 ? "first" : "second";
    made.in_doubt = true;
    return made;
  }
  void make(std::size_t i, TorrentRecord from) {
    const auto number = static_cast<std::uint32_t>(i + 1);
    at[i].emplace(ground.environment, TorrentId{number, ++generation}, number, std::move(from),
                  Rng(i));
    at[i]->set_allowed(true);
  }
  Torrent& first() { return *at[0]; }
  Torrent& second() { return *at[1]; }
  void load(std::size_t i) {
    at[i]->on_content(LoadedContent{octets[i].metainfo, progress[i]});
    settle();
  }
  void settle() {
    for (int round = 0; round < 20; ++round) {
      ground.workers.run_all();
      for (auto& torrent : at)
        if (torrent) torrent->on_turn_end(ground.clock.now());
      ground.host.answer_saves();
    }
  }
  std::string error_of(std::size_t i) { return at[i]->snapshot({}).error_string; }
  void start_second() {
    second().start({.by_name = true});
    load(1);
  }

  Ground ground;
  std::array<test::Content, 2> octets{
      test::Content::make({{"name/a", 60'000}}, 32768, 1),
      test::Content::make({{"name/a", 60'000}, {"name/b", 40'000}}, 32768, 2)};
  std::array<std::optional<storage::Progress>, 2> progress;
  std::array<std::optional<Torrent>, 2> at;
  std::uint32_t generation = 0;
};

TEST_CASE("of two torrents that would write one file only the first does") {
  Two two;
  two.load(0);
  REQUIRE(two.first().status() == Status::downloading);
  two.load(1);
  CHECK(two.second().status() == Status::stopped);
  CHECK(two.error_of(1).find("/data/torrents/name/a is being downloaded by another torrent") == 0);
  // That is nothing a user may wish away.
  two.start_second();
  CHECK(two.second().status() == Status::stopped);
  CHECK(two.first().status() == Status::downloading);
  SECTION("also while it rests") {
    two.first().stop();
    for (int i = 0; i < 200; ++i) {
      two.ground.clock.advance(1s);
      two.first().on_deadline(two.ground.clock.now());
      two.settle();
    }
    CHECK_FALSE(two.first().files_on_disk());
    two.start_second();
    CHECK(two.second().status() == Status::stopped);
  }
  SECTION("and it is removed") {
    two.first().leave();
    two.start_second();
    CHECK(two.second().status() == Status::downloading);
  }
  SECTION("and it goes elsewhere") {
    two.first().move_data(*SafePath::root("/data/elsewhere"), [](const Result<void>&) {});
    two.settle();
    REQUIRE(two.first().data_root() == "/data/elsewhere");
    two.start_second();
    CHECK(two.second().status() == Status::downloading);
  }
  SECTION("and it completes") {
    two.octets[0].put(two.ground.files, "/data/torrents");
    two.first().verify();
    two.settle();
    REQUIRE(two.first().status() == Status::seeding);
    two.start_second();
    CHECK(two.second().status() == Status::stopped);
    CHECK(two.error_of(1).find("/data/torrents/name/a is there already and holds something else") ==
          0);
  }
  SECTION("after a restart too") {
    two.first().stop();
    const auto saved = two.first().save_as(true);
    auto record = *parse_record(saved.record, two.first().hashes());
    two.at[0].reset();
    two.at[1].reset();
    two.make(0, std::move(record));
    two.make(1, two.record(1));
    two.load(1);
    CHECK(two.second().status() == Status::stopped);
  }
}

TEST_CASE("a torrent takes nothing along of what another is downloaded to") {
  Two two;
  const Buffer begun(40'000, 7);
  two.ground.files.put("/data/torrents/name/a.part", begun);
  two.load(0);
  REQUIRE(two.first().status() == Status::downloading);
  SECTION("one that was told so") { two.load(1); }
  SECTION("one that was never started") { two.second().stop(); }
  std::optional<Result<void>> answered;
  const auto on_done = [&](Result<void> done) { answered = std::move(done); };
  const auto run = [&] {
    for (int i = 0; i < 3; ++i) two.load(1);
    REQUIRE(answered);
  };
  two.second().rename("name", "mine", on_done);
  run();
  CHECK_FALSE(*answered);
  CHECK(two.ground.files.content("/data/torrents/name/a.part") == begun);
  two.second().move_data(*SafePath::root("/data/elsewhere"), on_done);
  run();
  CHECK(*answered);
  CHECK(two.ground.files.content("/data/torrents/name/a.part") == begun);
  two.start_second();
  CHECK(two.second().status() == Status::downloading);
  CHECK(two.second().data_root() == "/data/elsewhere");
  CHECK(two.first().status() == Status::downloading);
}

TEST_CASE("a torrent that has something beside what another is downloaded to stays") {
  Two two;
  two.ground.files.put("/data/torrents/name/b", two.octets[1].file(1));
  two.load(0);
  two.second().stop();
  std::optional<Result<void>> moved;
  two.second().move_data(*SafePath::root("/data/elsewhere"),
                         [&](Result<void> it) { moved = std::move(it); });
  for (int i = 0; i < 3; ++i) two.load(1);
  REQUIRE(moved);
  CHECK_FALSE(*moved);
  CHECK(two.error_of(1).find("could not be moved to /data/elsewhere: /data/torrents/name/a is") ==
        0);
  CHECK(two.ground.files.is_there("/data/torrents/name/b"));
}

TEST_CASE("what was found in a file that another is downloaded to is claimed by that one alone") {
  Two two;
  for (auto& at : two.at) at.reset();
  for (std::size_t i = 0; i < 2; ++i) {
    two.octets[i] = test::Content::make({{"name/a", 100'000}, {"name/b", 40'000}}, 32768, i + 1);
    two.make(i, two.record(i));
  }
  Buffer file(100'000, 7);
  std::ranges::copy(two.octets[1].piece({0}), file.begin());
  two.ground.files.put("/data/torrents/name/a.part", file);
  two.load(0);
  REQUIRE(two.first().status() == Status::downloading);
  two.load(1);
  REQUIRE(two.error_of(1).find("is being downloaded by another torrent") != std::string::npos);
  REQUIRE(two.second().record().progress.have_valid > 0);
  two.second().flush([](const Result<void>&) {});
  two.settle();
  const auto saved = two.second().save_as(true);
  if (saved.progress) two.progress[1] = *storage::parse_progress(*saved.progress);
  auto record = *parse_record(saved.record, two.second().hashes());
  two.at[1].reset();
  // The first is complete.
  two.first().leave();
  two.ground.files.put("/data/torrents/name/a", file);
  REQUIRE(two.ground.files.remove_file(*SafePath::root("/data/torrents")->descend("name/a.part")));
  two.ground.host.complete_name = "second";
  two.make(1, std::move(record));
  two.start_second();
  CHECK(two.error_of(1).find("may be a file of") != std::string::npos);
  CHECK(two.ground.files.content("/data/torrents/name/a") == file);
}

TEST_CASE("complete torrents share their files") {
  Two two;
  two.octets[1] = two.octets[0];
  two.at[1].reset();
  two.make(1, two.record(1));
  two.octets[0].put(two.ground.files, "/data/torrents");
  two.load(0);
  two.load(1);
  CHECK(two.first().status() == Status::seeding);
  CHECK(two.second().status() == Status::seeding);
}

TEST_CASE("nothing is moved or renamed to where another is downloaded to") {
  Two two;
  two.load(0);
  auto elsewhere = two.record(1);
  elsewhere.download_dir = "/data/elsewhere";
  two.at[1].reset();
  SECTION("a move") {
    two.make(1, std::move(elsewhere));
    if (GENERATE(false, true)) two.octets[1].put(two.ground.files, "/data/elsewhere");
    two.load(1);
    std::optional<Result<void>> moved;
    two.second().move_data(*SafePath::root("/data/torrents"),
                           [&](Result<void> outcome) { moved = std::move(outcome); });
    two.settle();
    REQUIRE(moved);
    REQUIRE_FALSE(*moved);
    CHECK(moved->error().code == FaultCode::exists);
    CHECK(two.second().data_root() == "/data/elsewhere");
  }
  SECTION("a rename") {
    two.octets[1] = test::Content::make({{"other/a", 60'000}}, 32768, 2);
    two.make(1, two.record(1));
    two.load(1);
    REQUIRE(two.second().status() == Status::downloading);
    std::optional<Result<void>> renamed;
    two.second().rename("other", "name",
                        [&](Result<void> outcome) { renamed = std::move(outcome); });
    two.settle();
    REQUIRE(renamed);
    REQUIRE_FALSE(*renamed);
    CHECK(renamed->error().code == FaultCode::exists);
  }
}

TEST_CASE("renamed files are looked for under their names when the old folder is gone") {
  test::OneTorrent setup;
  const auto& layout = setup.octets.layout();
  storage::Progress saved;
  saved.have = Bitfield(layout.piece_count(), true);
  saved.placement.root = *SafePath::root("/data/gone");
  saved.placement.renames = {{"name/a", "uno"}};
  setup.progress = saved;
  setup.ground.files.put("/data/elsewhere/name/uno", setup.octets.file(0));
  setup.ground.files.put("/data/elsewhere/name/b", setup.octets.file(1));
  setup.torrent().set_allowed(true);
  setup.torrent().relocate(*SafePath::root("/data/elsewhere"), [](const Result<void>&) {});
  setup.load();
  setup.progress = *storage::parse_progress(*setup.torrent().save_as(true).progress);
  setup.load();
  CHECK(setup.torrent().status() == Status::seeding);
  CHECK(setup.ground.files.is_there("/data/elsewhere/name/uno"));
}

TEST_CASE("leave to write over files holds for the folder it was given for") {
  test::OneTorrent setup;
  const auto other = test::Content::make({{"name/a", 60'000}}, 32768, 9);
  other.put(setup.ground.files, "/data/torrents");
  other.put(setup.ground.files, "/data/elsewhere");
  setup.torrent().set_allowed(true);
  setup.load();
  REQUIRE(setup.torrent().status() == Status::stopped);
  setup.torrent().start({.by_name = true});
  setup.load();
  REQUIRE(setup.torrent().status() == Status::downloading);
  setup.torrent().relocate(*SafePath::root("/data/elsewhere"), [](const Result<void>&) {});
  setup.progress.reset();
  setup.load();
  CHECK(setup.torrent().snapshot({}).error_string.find("/data/elsewhere/name/a is there already") ==
        0);
}

TEST_CASE("where the data of a torrent at rest is, is known after a restart too") {
  test::OneTorrent setup;
  setup.ground.files.mount("/data/elsewhere");
  setup.begin_in_incomplete_folder();
  setup.torrent().set_allowed(true);
  setup.load();
  REQUIRE(setup.torrent().data_root() == "/data/elsewhere");
  setup.torrent().stop();
  setup.restart(setup.torrent().save_as(true));
  CHECK(setup.torrent().data_root() == "/data/elsewhere");
  SECTION("when its disk is not there") {
    setup.ground.files.unmount("/data/elsewhere");
    setup.torrent().start({.by_name = true});
    setup.torrent().set_allowed(true);
    setup.load();
    REQUIRE(setup.torrent().snapshot({}).error == ErrorKind::local);
    CHECK(setup.torrent().data_root() == "/data/elsewhere");
  }
  SECTION("when it is said to be elsewhere") {
    setup.torrent().relocate(*SafePath::root("/data/third"), [](const Result<void>&) {});
    setup.load();
    setup.restart(setup.torrent().save_as(true));
    CHECK(setup.torrent().data_root() == "/data/third");
  }
  SECTION("when it is moved") {
    setup.torrent().move_data(*SafePath::root("/data/torrents"), [](const Result<void>&) {});
    setup.load();
    setup.restart(setup.torrent().save_as(true));
    CHECK(setup.torrent().data_root() == "/data/torrents");
  }
}

TEST_CASE("a complete file that is gone is missed, however much of another is to be read") {
  test::OneTorrent setup(true);
  setup.torrent().set_allowed(true);
  setup.torrent().with_content([](const Result<void>&) {});
  setup.load();
  setup.torrent().flush([](const Result<void>&) {});
  setup.settle();
  auto saved = setup.torrent().save_as(true);
  setup.restart(saved);
  // As a crash leaves it: of the longer file a piece is had, and it has no stamp.
  for (std::uint32_t piece = 0; piece < setup.octets.pieces(); ++piece)
    setup.progress->have.set(PieceIndex{piece}, piece == 0 || piece == 3);
  std::erase_if(setup.progress->stamps, [](const auto& one) { return one.file.value == 0; });
  REQUIRE(setup.ground.files.remove_file(*SafePath::root("/data/torrents")->descend("name/b")));
  setup.torrent().set_allowed(true);
  setup.torrent().with_content([](const Result<void>&) {});
  setup.load();
  CHECK(setup.torrent().snapshot({}).error_string.find("are gone from /data/torrents") !=
        std::string::npos);
}

TEST_CASE("how far a move is shows, and that it goes on") {
  test::OneTorrent setup(true);
  setup.ground.files.mount("/other");
  setup.torrent().set_allowed(true);
  setup.torrent().with_content([](const Result<void>&) {});
  setup.load();
  const auto moved = [&] { return setup.torrent().snapshot({}).move_progress; };
  CHECK(moved() == 0);
  setup.torrent().stop();
  setup.torrent().move_data(*SafePath::root("/other/torrents"), [](const Result<void>&) {});
  CHECK(moved() == 0);
  auto& workers = setup.ground.workers;
  const auto copied = [&] {
    return setup.ground.files.is_there("/other/torrents/name/b.seedd-moving");
  };
  while (!copied() && (workers.run_next() && (copied() || workers.deliver_next()))) {
  }
  CHECK(moved() == 1);
  const auto sequence = setup.torrent().sequence();
  setup.ground.clock.advance(1s);
  setup.torrent().on_deadline(setup.now());
  CHECK(setup.torrent().sequence() > sequence);
  setup.ground.workers.run_all();
  // Copied, and not saved yet.
  CHECK(moved() == 1);
  setup.settle();
  CHECK(setup.torrent().data_root() == "/other/torrents");
  CHECK(moved() == 0);
}

}  // namespace
}  // namespace seed::torrent
