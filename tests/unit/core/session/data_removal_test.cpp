#include "core/session/data_removal.h"

#include "core/metainfo/metainfo.h"
#include "core/storage/progress.h"
#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

using seed::test::FileFault;
using seed::test::FileOp;

/// A .torrent of three files of 5 octets in "show".
Buffer three_files() {
  std::string files;
  for (const char* name : {"a", "b", "c"})
    files += "d6:lengthi5e4:pathl1:" + std::string(name) + "ee";
  return to_buffer("d4:infod5:filesl" + files +
                   "e4:name4:show12:piece lengthi16384e6:pieces20:" + std::string(20, 'x') + "ee");
}

struct Setup {
  explicit Setup(const std::string& dir = "/data/torrents", bool had = true) {
    torrent::TorrentRecord record;
    record.hashes = test::hashes_of(1);
    record.name = "show";
    record.download_dir = dir;
    record.progress.have_valid = had ? 15 : 0;
    record.running = true;
    id = all.torrents.place(1, 1, record.hashes, [&](TorrentId slot) {
      return std::make_unique<torrent::Torrent>(all.ground.environment, slot, 1, record, Rng(1));
    });
    all.store.metainfos[1] = three_files();
    if (!had) return;
    storage::Progress progress;
    progress.have = Bitfield(1, true);
    progress.placement.root = *SafePath::root(dir);
    all.store.progresses[1] = storage::encode(progress);
  }
  void put(std::initializer_list<const char*> names) {
    for (const char* name : names)
      all.ground.files.put("/data/torrents/show/" + std::string(name), as_bytes("12345"));
  }
  /// All its files are there and its content is open; "/other" is another file system.
  void open_beside_another_disk() {
    put({"a", "b", "c"});
    all.ground.files.mount("/other");
    torrent().with_content([](const Result<void>&) {});
    torrent().on_content(torrent::LoadedContent{
        std::make_shared<const metainfo::Metainfo>(*metainfo::parse_torrent(three_files())),
        *storage::parse_progress(all.store.progresses[1])});
    run();
  }
  /// Moving there: the copies are made, and that is not saved yet.
  void copy_to_another_disk() {
    open_beside_another_disk();
    torrent().move_data(*SafePath::root("/other/torrents"), [](const Result<void>&) {});
    run();
    REQUIRE(all.ground.files.is_there("/other/torrents/show/a.seedd-moving"));
  }
  /// Its folder is known from when it was used.
  void know_root() {
    all.ground.storage.roots().check(*SafePath::root("/data/torrents"), storage::RootUse::make,
                                     [](const Result<storage::KnownRoot>&) {});
    run();
  }
  Result<void> remove() {
    std::optional<Result<void>> out;
    removal.remove(1, [&](Result<void> removed) { out = std::move(removed); });
    run();
    REQUIRE(out.has_value());
    return *std::move(out);
  }
  void run() {
    for (int i = 0; i < 5; ++i) {
      all.workers.run_all();
      all.ground.workers.run_all();
    }
  }
  bool there(const std::string& name) const {
    return all.ground.files.is_there("/data/torrents/" + name);
  }
  torrent::Torrent& torrent() { return *all.torrents.find(id); }

  test::Population all;
  Loading loading{all.workers};
  DataRemoval removal{all.ground.storage, loading, all.torrents, {}};
  TorrentId id;
};

TEST_CASE("what is there of a torrent's files is deleted though some are missing") {
  Setup setup;
  setup.put({"a", "c.part", "notes"});
  CHECK(setup.remove());
  CHECK_FALSE(setup.there("show/a"));
  CHECK_FALSE(setup.there("show/c.part"));
  CHECK(setup.there("show/notes"));
  CHECK_FALSE(setup.torrent().record().running);
}

TEST_CASE("files are deleted where the content is open, and their folder with them") {
  Setup setup;
  setup.put({"a", "b", "c"});
  setup.torrent().with_content([](const Result<void>&) {});
  setup.torrent().on_content(torrent::LoadedContent{
      std::make_shared<const metainfo::Metainfo>(*metainfo::parse_torrent(three_files())),
      *storage::parse_progress(setup.all.store.progresses[1])});
  setup.run();
  REQUIRE(setup.torrent().files_on_disk());
  CHECK(setup.remove());
  CHECK_FALSE(setup.torrent().files_on_disk());
  CHECK_FALSE(setup.there("show"));
}

TEST_CASE("nothing is deleted while the folder is not there, and the torrent is as it was") {
  Setup setup;
  setup.put({"a", "b", "c"});
  setup.know_root();
  setup.all.ground.files.unmount("/data");
  SECTION("no folder at all") {}
  SECTION("another in its place") {
    setup.all.ground.files.put("/data/torrents/show/a", as_bytes("other"));
  }
  const auto removed = setup.remove();
  REQUIRE_FALSE(removed);
  CHECK(removed.error().code == FaultCode::root_missing);
  CHECK(removed.error().text.find("the torrent is kept") != std::string::npos);
  CHECK(removed.error().text.find("/data/torrents") != std::string::npos);
  CHECK(setup.torrent().record().running);
  setup.all.ground.files.remount("/data");
  CHECK(setup.there("show/a"));
  CHECK(setup.remove());
  CHECK_FALSE(setup.there("show"));
}

TEST_CASE("a file that cannot be deleted stops the torrent, with the reason") {
  Setup setup;
  setup.put({"a", "b", "c"});
  setup.all.ground.files.set_hook(
      [](FileOp op, const std::string& path) -> std::optional<FileFault> {
        if (op != FileOp::remove_file || !path.ends_with("/b")) return std::nullopt;
        return FileFault{{FaultCode::permission, 13, "may not"}};
      });
  const auto removed = setup.remove();
  REQUIRE_FALSE(removed);
  CHECK(removed.error().code == FaultCode::permission);
  CHECK(setup.there("show/b"));
  CHECK_FALSE(setup.there("show/a"));
  CHECK_FALSE(setup.torrent().record().running);
  REQUIRE(setup.all.ground.host.faults.size() == 1);
  CHECK(setup.all.ground.host.faults[0].code == FaultCode::permission);
  setup.all.ground.files.set_hook({});
  CHECK(setup.remove());
  CHECK_FALSE(setup.there("show"));
}

TEST_CASE("of a torrent that never had a folder there is nothing to delete") {
  Setup setup("/data/never", false);
  CHECK(setup.remove());
  CHECK_FALSE(setup.all.ground.files.is_there("/data/never"));
}

TEST_CASE("a torrent whose metainfo cannot be read is kept, for nobody knows its files") {
  Setup setup;
  setup.put({"a"});
  setup.all.store.metainfos[1] = to_buffer("rubbish");
  CHECK_FALSE(setup.remove());
  CHECK(setup.there("show/a"));
}

TEST_CASE("who wants a torrent that is being removed waits until that is answered") {
  Setup setup;
  setup.put({"a", "b", "c"});
  std::vector<int> order;
  CHECK_FALSE(setup.removal.removes(1));
  setup.removal.remove(1, [&](const Result<void>&) { order.push_back(1); });
  REQUIRE(setup.removal.removes(1));
  setup.removal.wait(1, [&] { order.push_back(3); });
  SECTION("each of two orders") {
    setup.removal.remove(1, [&](const Result<void>&) { order.push_back(2); });
    setup.run();
    CHECK(order == std::vector<int>{1, 2, 3});
  }
  SECTION("or the torrent is gone otherwise") {
    setup.all.torrents.hide(setup.id);
    setup.removal.on_gone(1);
    CHECK(order == std::vector<int>{3});
    setup.run();
    CHECK(order == std::vector<int>{3, 1});
  }
  SECTION("or refused") {
    setup.know_root();
    order.clear();
    setup.all.ground.files.unmount("/data");
    setup.removal.remove(1, [&](const Result<void>& removed) { order.push_back(removed ? 1 : 2); });
    setup.removal.wait(1, [&] { order.push_back(4); });
    setup.run();
    CHECK(order == std::vector<int>{2, 4});
  }
  CHECK_FALSE(setup.removal.removes(1));
}

TEST_CASE("a torrent that went meanwhile is no fault, and its files are left") {
  Setup setup;
  setup.put({"a"});
  std::optional<Result<void>> out;
  setup.removal.remove(1, [&](Result<void> removed) { out = std::move(removed); });
  setup.all.torrents.hide(setup.id);
  setup.run();
  REQUIRE(out);
  CHECK(out->has_value());
  CHECK(setup.there("show/a"));
}

TEST_CASE("a torrent is deleted in the middle of a move, and nothing of it stays in either place") {
  Setup setup;
  setup.open_beside_another_disk();
  std::optional<Result<void>> moved;
  setup.torrent().move_data(*SafePath::root("/other/torrents"),
                            [&](Result<void> outcome) { moved = std::move(outcome); });
  std::optional<Result<void>> removed;
  const auto remove = [&] {
    setup.removal.remove(1, [&](Result<void> outcome) { removed = std::move(outcome); });
  };
  SECTION("before its copies are there") {
    remove();
    setup.run();
  }
  SECTION("when they are there, and that is not known") {
    const auto copied = [&] {
      return setup.all.ground.files.is_there("/other/torrents/show/c.seedd-moving");
    };
    auto& workers = setup.all.ground.workers;
    while (!copied() && (workers.run_next() && (copied() || workers.deliver_next()))) {
    }
    REQUIRE(copied());
    remove();
    for (int i = 0; i < 5 && !moved && workers.waiting() > 0; ++i) workers.run_last();
    REQUIRE(moved);
    setup.run();
  }
  SECTION("when they are there, and that is not saved") {
    setup.run();
    REQUIRE(setup.all.ground.files.is_there("/other/torrents/show/a.seedd-moving"));
    remove();
    setup.run();
    CHECK_FALSE(removed);
    setup.all.ground.host.answer_saves();
    setup.run();
  }
  SECTION("when that cannot be saved") {
    setup.run();
    remove();
    setup.all.ground.host.answer_saves(fail(FaultCode::disk_full, "no room"));
    setup.run();
  }
  CHECK(moved);
  REQUIRE(removed);
  CHECK(*removed);
  CHECK_FALSE(setup.there("show"));
  CHECK_FALSE(setup.all.ground.files.is_there("/other/torrents/show"));
}

TEST_CASE("what a copy or a reserving of room left that was cut off is deleted too") {
  Setup setup;
  setup.put({"a.seedd-making", "b.part.seedd-making", "c", "b.seedd-moving.seedd-moving"});
  CHECK(setup.remove());
  CHECK_FALSE(setup.there("show"));
}

TEST_CASE(
    "files are deleted under the old and the new name while a rename is not known to be done") {
  Setup setup;
  auto progress = *storage::parse_progress(setup.all.store.progresses[1]);
  progress.placement.renames.push_back({"show/a", "first"});
  progress.placement.renaming = true;
  setup.all.store.progresses[1] = storage::encode(progress);
  setup.put({"b", "c"});
  SECTION("done") { setup.put({"first"}); }
  SECTION("not done") { setup.put({"a"}); }
  CHECK(setup.remove());
  CHECK_FALSE(setup.there("show"));
}

TEST_CASE("a torrent that is checked and moved at once is deleted whole") {
  Setup setup;
  setup.copy_to_another_disk();
  setup.torrent().verify();
  std::optional<Result<void>> removed;
  setup.removal.remove(1, [&](Result<void> outcome) { removed = std::move(outcome); });
  for (int i = 0; i < 5; ++i) {
    setup.run();
    setup.all.ground.host.answer_saves();
  }
  REQUIRE(removed);
  CHECK(*removed);
  CHECK_FALSE(setup.there("show"));
  CHECK_FALSE(setup.all.ground.files.is_there("/other/torrents/show"));
}

TEST_CASE("a removal that waits for a move is answered though the torrent goes before it ends") {
  Setup setup;
  setup.copy_to_another_disk();
  bool removed = false;
  setup.removal.remove(1, [&](const Result<void>&) { removed = true; });
  setup.run();
  CHECK_FALSE(removed);
  std::optional<Result<void>> another;
  setup.torrent().move_data(*SafePath::root("/third/torrents"),
                            [&](Result<void> outcome) { another = std::move(outcome); });
  REQUIRE(another);
  CHECK_FALSE(*another);
  setup.torrent().leave();
  setup.all.torrents.hide(setup.id);
  setup.run();
  CHECK(removed);
}

TEST_CASE("files in which nothing is of the torrent stay when it is deleted") {
  Setup setup("/data/torrents", false);
  setup.all.ground.settings.rename_partial_files = GENERATE(true, false);
  storage::Progress progress;
  progress.have = Bitfield(1, false);
  progress.placement.root = *SafePath::root("/data/torrents");
  setup.all.store.progresses[1] = storage::encode(progress);
  setup.put({"a", "b.part"});
  CHECK(setup.remove());
  CHECK(setup.there("show/a"));
  CHECK_FALSE(setup.there("show/b.part"));
}

TEST_CASE("of files that nobody has looked into, those as long as the torrent's are deleted") {
  Setup setup("/data/torrents", false);
  setup.put({"a"});
  setup.all.ground.files.put("/data/torrents/show/b", as_bytes("somebody else's"));
  CHECK(setup.remove());
  CHECK_FALSE(setup.there("show/a"));
  CHECK(setup.there("show/b"));
}

TEST_CASE("a file that another torrent is downloaded to stays") {
  Setup setup;
  setup.put({"a", "b.part"});
  const auto b = *SafePath::root("/data/torrents")->descend("show/b");
  Sha1 other;
  other.octets.fill(9);
  REQUIRE(setup.all.ground.storage.unfinished().take(other, "other", {&b, 1}));
  CHECK(setup.remove());
  CHECK_FALSE(setup.there("show/a"));
  CHECK(setup.there("show/b.part"));
}

}  // namespace
}  // namespace seed::session
