#include "core/torrent/content.h"

#include "tests/unit/core/torrent/fixture.h"

namespace seed::torrent {
namespace {

using test::Ground;

struct Owner final : ContentOwner {
  void save_content(Answer<void> answer) override { saves.push_back(std::move(answer)); }
  void want_content_saved() override { ++wanted; }
  void on_content_changed() override { ++changes; }
  void on_content_released() override { ++releases; }
  void answer_saves(const Result<void>& outcome) {
    for (auto& answer : std::exchange(saves, {})) answer(outcome);
  }
  std::vector<Answer<void>> saves;
  int wanted = 0, changes = 0, releases = 0;
};

struct Setup {
  Ground ground;
  test::Content octets =
      test::Content::make({{"name/a", 40'000}, {"name/empty", 0}, {"name/b", 30'000}}, 16384, 1);
  TorrentRecord record = test::record_of(octets);
  seed::test::Owner events;
  Owner owner;
  Content content{ground.storage, ground.clock, record, events, owner, {}};
  std::optional<Result<Bitfield>> to_check;
  bool lost = false;

  Result<void> open(std::optional<storage::Progress> saved = std::nullopt) {
    auto opened = content.open({octets.metainfo, std::move(saved)}, ground.settings,
                               [this](Result<Bitfield> pieces, bool gone) {
                                 to_check = std::move(pieces);
                                 lost = gone;
                               });
    ground.workers.run_all();
    return opened;
  }
  /// Open, and all of it there and checked.
  void complete() {
    octets.put(ground.files, "/data/torrents");
    REQUIRE(open());
    REQUIRE(to_check);
    REQUIRE(to_check->has_value());
    content.enter();
    content.store()->check(**to_check, [](Result<void> checked) { REQUIRE(checked); });
    ground.workers.run_all();
    content.refresh();
  }
};

TEST_CASE("a torrent that was never saved begins where its record says") {
  Setup setup;
  REQUIRE(setup.open());
  CHECK(setup.content.data_root() == "/data/torrents");
  CHECK_FALSE(setup.content.misplaced());
  CHECK_FALSE(setup.lost);
}

TEST_CASE("one that is not done begins in the incomplete folder, and belongs elsewhere") {
  Setup setup;
  setup.ground.settings.incomplete_dir_enabled = true;
  setup.ground.settings.incomplete_dir = "/data/elsewhere";
  REQUIRE(setup.open());
  CHECK(setup.content.data_root() == "/data/elsewhere");
  REQUIRE(setup.content.misplaced());
  CHECK(setup.content.misplaced()->full() == "/data/torrents");
}

TEST_CASE("one that was done once is looked for where it belongs") {
  Setup setup;
  setup.ground.settings.incomplete_dir_enabled = true;
  setup.ground.settings.incomplete_dir = "/data/elsewhere";
  setup.record.done = from_unix_seconds(1);
  REQUIRE(setup.open());
  CHECK(setup.content.data_root() == "/data/torrents");
}

TEST_CASE("without a folder to look in there is no content") {
  Setup setup;
  setup.record.download_dir = "not absolute";
  CHECK_FALSE(setup.open());
  CHECK(setup.content.store() == nullptr);
  CHECK(setup.content.metainfo() == nullptr);
  CHECK_FALSE(setup.content.file_facts());
}

TEST_CASE("what was saved says where the data is and whether some of it is gone") {
  Setup setup;
  storage::Progress saved;
  saved.have = Bitfield(setup.octets.pieces());
  saved.have.set(PieceIndex{0});
  saved.have.set(PieceIndex{2});
  saved.placement.root = *SafePath::root("/data/elsewhere");
  REQUIRE(setup.open(saved));
  CHECK(setup.lost);
  CHECK(setup.content.data_root() == "/data/elsewhere");
}

TEST_CASE("data that is said to be elsewhere is looked for there, whatever was saved") {
  Setup setup;
  storage::Progress saved;
  saved.have = Bitfield(setup.octets.pieces(), true);
  saved.placement.root = *SafePath::root("/data/torrents");
  setup.octets.put(setup.ground.files, "/data/elsewhere");
  setup.content.look_at(*SafePath::root("/data/elsewhere"));
  REQUIRE(setup.open(saved));
  CHECK(setup.record.download_dir == "/data/elsewhere");
  CHECK_FALSE(setup.lost);
  REQUIRE(setup.to_check);
  CHECK((**setup.to_check).count() == setup.octets.pieces());
}

TEST_CASE("what is had is the record's progress") {
  Setup setup;
  setup.complete();
  CHECK(setup.record.progress.complete);
  CHECK(setup.record.progress.left_until_done == 0);
  CHECK(setup.content.on_piece(PieceIndex{0}, false));
  CHECK_FALSE(setup.content.on_piece(PieceIndex{0}, false));
  setup.content.note_progress();
  CHECK(setup.record.progress.left_until_done == 16384);
}

TEST_CASE("who waits is told once, and holds the content meanwhile") {
  Setup setup;
  int answers = 0;
  setup.content.wait([&](const Result<void>& there) { answers += there ? 1 : 100; });
  CHECK(setup.content.held());
  setup.content.answer_waiting({});
  setup.content.answer_waiting({});
  CHECK(answers == 1);
  CHECK_FALSE(setup.content.held());
}

TEST_CASE("wanted files without octets are made") {
  Setup setup;
  setup.complete();
  (void)setup.ground.files.remove_file(*SafePath::root("/data/torrents/name")->child("empty"));
  setup.record.wishes = {FileWish::normal, FileWish::unwanted, FileWish::normal};
  setup.content.make_empty_files();
  setup.ground.workers.run_all();
  CHECK_FALSE(setup.ground.files.is_there("/data/torrents/name/empty"));
  setup.record.wishes.clear();
  setup.content.make_empty_files();
  setup.ground.workers.run_all();
  CHECK(setup.ground.files.is_there("/data/torrents/name/empty"));
}

TEST_CASE("a move tells the new place, saves, and only then lets the old one go") {
  Setup setup;
  setup.complete();
  std::optional<Result<void>> moved;
  setup.content.move(*SafePath::root("/data/elsewhere"),
                     [&](Result<void> outcome) { moved = std::move(outcome); });
  CHECK(setup.content.held());
  setup.ground.workers.run_all();
  CHECK(setup.record.download_dir == "/data/elsewhere");
  REQUIRE(setup.owner.saves.size() == 1);
  CHECK_FALSE(moved);
  CHECK(setup.ground.files.is_there("/data/torrents/name/a"));
  setup.owner.answer_saves({});
  setup.ground.workers.run_all();
  REQUIRE(moved);
  CHECK(moved->has_value());
  CHECK_FALSE(setup.content.held());
  CHECK(setup.owner.wanted == 1);
  CHECK(setup.ground.files.is_there("/data/elsewhere/name/a"));
  CHECK_FALSE(setup.ground.files.is_there("/data/torrents/name/a"));
}

TEST_CASE("a torrent whose move is cut off while it copies is looked at by the next start") {
  Setup setup;
  setup.ground.files.mount("/data/elsewhere");
  setup.complete();
  setup.owner.wanted = 0;
  setup.content.move(*SafePath::root("/data/elsewhere"), [](const Result<void>&) {});
  while (setup.owner.wanted == 0 && !setup.content.store()->places().copying_to)
    REQUIRE((setup.ground.workers.run_next() || setup.ground.workers.deliver_next()));
  CHECK(setup.record.wants_a_look());
  SECTION("not when it was called off") {
    setup.content.stop_moving([] {});
    setup.ground.workers.run_all();
    CHECK_FALSE(setup.record.wants_a_look());
    CHECK_FALSE(setup.content.store()->places().copying_to);
  }
}

TEST_CASE("of the moves that were wanted during a move the last is made after it") {
  Setup setup;
  setup.complete();
  std::vector<std::optional<Result<void>>> moved(3);
  const auto move = [&](std::size_t number, const char* to) {
    setup.content.move(*SafePath::root(to),
                       [&, number](Result<void> outcome) { moved[number] = std::move(outcome); });
  };
  move(0, "/data/first");
  move(1, "/data/second");
  move(2, "/data/third");
  REQUIRE(moved[1]);
  CHECK(moved[1]->error().code == FaultCode::cancelled);
  const bool first_fails = GENERATE(false, true);
  if (first_fails) setup.ground.files.put("/data/first/name/a", as_bytes("in the way"));
  for (int i = 0; i < 4; ++i) {
    setup.ground.workers.run_all();
    setup.owner.answer_saves({});
  }
  REQUIRE(moved[0]);
  CHECK(moved[0]->has_value() != first_fails);
  REQUIRE(moved[2]);
  CHECK(moved[2]->has_value());
  CHECK_FALSE(setup.content.held());
  CHECK(setup.content.trouble().empty());
  CHECK(setup.record.download_dir == "/data/third");
  CHECK(setup.ground.files.is_there("/data/third/name/a"));
}

TEST_CASE("a move that cannot be saved leaves the data where it was") {
  Setup setup;
  setup.complete();
  std::optional<Result<void>> moved;
  setup.content.move(*SafePath::root("/data/elsewhere"),
                     [&](Result<void> outcome) { moved = std::move(outcome); });
  setup.ground.workers.run_all();
  setup.owner.answer_saves(fail(FaultCode::disk_full, "no room for the state"));
  setup.ground.workers.run_all();
  REQUIRE(moved);
  CHECK_FALSE(moved->has_value());
  CHECK_FALSE(setup.content.held());
  CHECK_FALSE(setup.content.store()->refuses_blocks());
  CHECK(setup.ground.files.is_there("/data/torrents/name/a"));
}

TEST_CASE("a rename changes the torrent's own name when that is what was renamed") {
  Setup setup;
  setup.complete();
  setup.record.name = "name";
  const auto before = setup.content.file_facts();
  std::optional<Result<void>> renamed;
  setup.content.rename("name", "other",
                       [&](Result<void> outcome) { renamed = std::move(outcome); });
  setup.ground.workers.run_all();
  setup.owner.answer_saves({});
  setup.ground.workers.run_all();
  REQUIRE(renamed);
  CHECK(renamed->has_value());
  CHECK(setup.record.name == "other");
  CHECK(setup.content.file_facts() != before);
  CHECK((*setup.content.file_facts())[0].name == "other/a");
  CHECK_FALSE(setup.content.held());
}

TEST_CASE("a rename to the name it has is done, and needs neither disk nor store") {
  Setup setup;
  setup.complete();
  std::optional<Result<void>> renamed;
  const auto told = [&](Result<void> outcome) { renamed = std::move(outcome); };
  setup.content.rename("name/a", "a", told);
  REQUIRE(renamed);
  CHECK(renamed->has_value());
  CHECK(setup.owner.saves.empty());
  setup.content.rename("name/none", "none", told);
  CHECK_FALSE(renamed->has_value());
}

TEST_CASE("a rename that is refused changes nothing") {
  Setup setup;
  setup.complete();
  std::optional<Result<void>> renamed;
  setup.content.rename("nothing of that name", "other",
                       [&](Result<void> outcome) { renamed = std::move(outcome); });
  setup.ground.workers.run_all();
  REQUIRE(renamed);
  CHECK_FALSE(renamed->has_value());
  CHECK_FALSE(setup.content.held());
  CHECK(setup.owner.saves.empty());
}

TEST_CASE("a rename that fails leaves the torrent its name, and can be made again") {
  Setup setup;
  setup.complete();
  setup.record.name = "name";
  const auto rename = [&](const Result<void>& saved) {
    std::optional<Result<void>> renamed;
    setup.content.rename("name", "other", [&](Result<void> outcome) { renamed = outcome; });
    setup.ground.workers.run_all();
    setup.owner.answer_saves(saved);
    setup.ground.workers.run_all();
    REQUIRE(renamed);
    return *renamed;
  };
  SECTION("on the disk") {
    setup.ground.files.set_hook([](seed::test::FileOp op, const std::string&) {
      return op == seed::test::FileOp::rename
                 ? std::optional<seed::test::FileFault>({{FaultCode::permission, 30, "ro"}, 0})
                 : std::nullopt;
    });
    CHECK_FALSE(rename({}));
    setup.ground.files.set_hook({});
  }
  SECTION("in the state") { CHECK_FALSE(rename(fail(FaultCode::disk_full, "no room"))); }
  CHECK(setup.record.name == "name");
  CHECK((*setup.content.file_facts())[0].name == "name/a");
  CHECK_FALSE(setup.record.unsettled);
  CHECK(setup.owner.wanted > 0);
  CHECK_FALSE(setup.content.held());
  CHECK(setup.content.store()->progress().placement.renames.empty());
  CHECK(rename({}));
  CHECK(setup.record.name == "other");
  CHECK(setup.ground.files.is_there("/data/torrents/other/a"));
}

TEST_CASE("a rename that a crash cut off is ended, and the torrent has that name") {
  Setup setup;
  setup.complete();
  setup.record.name = "name";
  setup.content.rename("name", "other", [](const Result<void>&) {});
  setup.ground.workers.run_all();
  REQUIRE(setup.owner.saves.size() == 1);
  const auto saved = setup.content.store()->progress();
  setup.content.drop();
  REQUIRE(setup.record.unsettled);
  REQUIRE(setup.open(saved));
  CHECK(setup.record.name == "other");
  CHECK_FALSE(setup.record.unsettled);
  CHECK(setup.ground.files.is_there("/data/torrents/other/a"));
}

TEST_CASE("a full disk counts as mended when there is room for a while, or for all that is left") {
  Setup setup;
  std::optional<bool> mended;
  const auto look = [&](bool full) {
    mended.reset();
    setup.content.look_for_room(full, [&](bool yes) { mended = yes; });
    setup.ground.workers.run_all();
    return mended;
  };
  setup.record.progress.left_until_done = 1u << 30;
  setup.ground.files.set_capacity("/data", 1u << 20);
  CHECK(look(true) == false);
  CHECK(look(false) == true);
  setup.record.progress.left_until_done = 1000;
  CHECK(look(true) == true);
}

TEST_CASE("room is looked for where the data is, also after the content went") {
  Setup setup;
  setup.ground.files.mount("/data/elsewhere", 1u << 20);
  setup.ground.settings.incomplete_dir_enabled = true;
  setup.ground.settings.incomplete_dir = "/data/elsewhere";
  REQUIRE(setup.open());
  setup.record.progress.left_until_done = 1u << 30;
  std::optional<bool> mended;
  const auto look = [&] {
    mended.reset();
    setup.content.look_for_room(true, [&](bool yes) { mended = yes; });
    setup.ground.workers.run_all();
    return mended;
  };
  CHECK(look() == false);
  setup.content.drop();
  CHECK(look() == false);
  setup.ground.files.set_capacity("/data/elsewhere", 1u << 31);
  setup.ground.files.set_capacity("/data", 1u << 20);
  CHECK(look() == true);
}

TEST_CASE("files whose room is reserved in full need room for the largest that is not made") {
  Setup setup;
  setup.ground.settings.preallocation = config::Preallocation::full;
  REQUIRE(setup.open());
  setup.content.enter();
  // So little is left that the files are longer.
  setup.record.progress.left_until_done = 1000;
  const auto look = [&] {
    std::optional<bool> mended;
    setup.content.look_for_room(true, [&](bool yes) { mended = yes; });
    setup.ground.workers.run_all();
    return mended;
  };
  setup.ground.files.set_capacity("/data", 35'000);
  CHECK(look() == false);
  setup.record.wishes = {FileWish::unwanted, FileWish::normal, FileWish::normal};
  CHECK(look() == true);
  setup.record.wishes.clear();
  setup.ground.files.put("/data/torrents/name/a.part", as_bytes("x"));
  setup.ground.files.set_capacity("/data", setup.ground.files.used("/data") + 35'000);
  CHECK(look() == true);
}

TEST_CASE("what lies where it belongs is found though others begin in the incomplete folder") {
  Setup setup;
  setup.ground.settings.incomplete_dir_enabled = true;
  setup.ground.settings.incomplete_dir = "/data/elsewhere";
  SECTION("all of it") {
    setup.octets.put(setup.ground.files, "/data/torrents");
    REQUIRE(setup.open());
    CHECK((**setup.to_check).count() == setup.octets.pieces());
  }
  SECTION("begun") {
    setup.ground.files.put("/data/torrents/name/b.part", setup.octets.file(2));
    REQUIRE(setup.open());
    CHECK_FALSE((**setup.to_check).none());
  }
  SECTION("another's, which is not written over") {
    setup.ground.settings.rename_partial_files = GENERATE(true, false);
    setup.ground.files.put("/data/torrents/name/a", Buffer(40'000, 1));
    REQUIRE(setup.open());
    setup.content.enter();
    setup.content.store()->check(**setup.to_check, [](const Result<void>&) {});
    setup.ground.workers.run_all();
    CHECK_FALSE(setup.content.store()->strangers(setup.content.completion()->wanted()).empty());
  }
  CHECK(setup.content.data_root() == "/data/torrents");
}

TEST_CASE("a folder that is not there yet is not made to look into it") {
  Setup setup;
  setup.record.download_dir = "/data/later";
  setup.ground.settings.incomplete_dir_enabled = true;
  setup.ground.settings.incomplete_dir = "/data/elsewhere";
  REQUIRE(setup.open());
  REQUIRE(setup.to_check);
  CHECK(setup.to_check->has_value());
  CHECK(setup.content.data_root() == "/data/elsewhere");
  CHECK_FALSE(setup.ground.files.identity(*SafePath::root("/data/later")));
}

TEST_CASE("the folder of what was had is not made again when it is gone, claimed or not") {
  Setup setup;
  setup.record.download_dir = "/data/gone";
  const bool had = GENERATE(true, false);
  setup.record.had_data = had;
  REQUIRE(setup.open());
  REQUIRE(setup.to_check);
  CHECK(setup.to_check->has_value() == !had);
  CHECK(setup.ground.files.identity(*SafePath::root("/data/gone")).has_value() == !had);
}

TEST_CASE("a move whose end failed is as if it had not been wanted") {
  Setup setup;
  const bool copies = GENERATE(false, true);
  if (copies) setup.ground.files.mount("/data/elsewhere");
  setup.complete();
  bool broken = true;
  setup.ground.files.set_hook([&](seed::test::FileOp op, const std::string& path) {
    const bool hit = broken && op == seed::test::FileOp::rename &&
                     path.ends_with("name/b") == !copies && path.find("name/b") != path.npos;
    return hit ? std::optional<seed::test::FileFault>({{FaultCode::permission, 13, "may not"}, 0})
               : std::nullopt;
  });
  const auto move = [&](const char* to) {
    std::optional<Result<void>> moved;
    setup.content.move(*SafePath::root(to), [&](Result<void> outcome) { moved = outcome; });
    for (int i = 0; i < 4; ++i) {
      setup.ground.workers.run_all();
      setup.owner.answer_saves({});
    }
    REQUIRE(moved);
    return *moved;
  };
  CHECK_FALSE(move("/data/elsewhere"));
  CHECK_FALSE(setup.content.trouble().empty());
  CHECK(setup.record.download_dir == "/data/torrents");
  CHECK_FALSE(setup.record.unsettled);
  CHECK_FALSE(setup.content.store()->refuses_blocks());
  for (const std::uint32_t file : {0u, 2u}) {
    const auto path = "/data/torrents/" + setup.octets.layout().path(FileIndex{file});
    CHECK(equal(*setup.ground.files.content(path), setup.octets.file(file)));
  }
  CHECK_FALSE(setup.ground.files.is_there("/data/elsewhere/name"));
  SECTION("and is moved to where it is") { CHECK(move("/data/torrents")); }
  SECTION("and can be made again") {
    broken = false;
    CHECK(move("/data/elsewhere"));
    CHECK(setup.ground.files.is_there("/data/elsewhere/name/b"));
    CHECK_FALSE(setup.ground.files.is_there("/data/torrents/name"));
  }
  CHECK(setup.content.trouble().empty());
}

TEST_CASE("a torrent whose saved progress is damaged is checked, and not taken for a new one") {
  Setup setup;
  setup.record.progress.have_valid = 70'000;
  const bool there = GENERATE(true, false);
  if (there) setup.octets.put(setup.ground.files, "/data/torrents");
  REQUIRE(setup.content.open({setup.octets.metainfo, std::nullopt, "the row is damaged"},
                             setup.ground.settings, [&](Result<Bitfield> pieces, bool gone) {
                               setup.to_check = std::move(pieces);
                               setup.lost = gone;
                             }));
  setup.ground.workers.run_all();
  REQUIRE(setup.to_check);
  CHECK((**setup.to_check).count() == (there ? setup.octets.pieces() : 0));
  CHECK(setup.lost == !there);
}

}  // namespace
}  // namespace seed::torrent
