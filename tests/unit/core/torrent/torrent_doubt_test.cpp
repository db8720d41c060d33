// Whose the files are that a torrent finds at its place: until it has looked into all of them, they
// may be somebody else's.
#include "tests/unit/core/torrent/one_torrent.h"

namespace seed::torrent {
namespace {

/// Just added, with files at its place.
struct Setup : test::OneTorrent {
  Setup() : OneTorrent(false, true, true) {}
  SafePath at(const std::string& name) const {
    return *SafePath::root("/data/torrents")->descend(name);
  }
  /// The user's own, as long as the torrent's.
  void put_stranger(const std::string& name) {
    const auto other = test::Content::make({{"name/a", 60'000}, {"name/b", 40'000}}, 32768, 9);
    other.put(ground.files, "/data/elsewhere");
    const auto path = *SafePath::root("/data/elsewhere")->descend(name);
    ground.files.put("/data/torrents/" + name, *ground.files.load(path, 1u << 20));
  }
  void run() {
    torrent().set_allowed(true);
    load();
  }
  bool stands_in_the_way() {
    const auto shown = torrent().snapshot({});
    return shown.error == ErrorKind::local &&
           shown.error_string.find("is there already") != std::string::npos;
  }
  /// It is there, as it was put.
  bool is_stranger(const std::string& name) {
    const auto path = *SafePath::root("/data/elsewhere")->descend(name);
    const auto there = ground.files.load(at(name), 1u << 20);
    return there && equal(*there, *ground.files.load(path, 1u << 20));
  }
  /// The next process, with what was saved, if anything was.
  void next_process() {
    const auto saved = torrent().save_as(true);
    auto record = parse_record(saved.record, made->hashes());
    REQUIRE(record);
    made.reset();
    made.emplace(ground.environment, TorrentId{1, 2}, 1, *std::move(record), Rng(4));
    if (saved.progress) progress = *storage::parse_progress(*saved.progress);
  }
};

TEST_CASE("a torrent does not write over what another has completed and shares pieces with it") {
  Setup setup;
  setup.octets.put(setup.ground.files, "/data/torrents");
  Buffer file = *setup.ground.files.load(setup.at("name/b"), 1u << 20);
  std::fill(file.end() - 1000, file.end(), std::uint8_t{'x'});
  setup.ground.files.put("/data/torrents/name/b", file);
  SECTION("what another program has begun is gone on with") {
    setup.run();
    CHECK(setup.torrent().status() == Status::downloading);
    CHECK(setup.torrent().record().progress.have_valid > 0);
    CHECK_FALSE(setup.torrent().record().in_doubt);
  }
  SECTION("and not after a restart either, whatever was found before") {
    setup.ground.host.complete_name = setup.torrent().record().name;
    setup.run();
    CHECK(setup.stands_in_the_way());
    setup.next_process();
    setup.run();
    CHECK(setup.stands_in_the_way());
    setup.torrent().start({.by_name = true});
    setup.run();
    CHECK(setup.torrent().status() == Status::downloading);
  }
  SECTION("nor after the start of all") {
    setup.ground.host.complete_name = setup.torrent().record().name;
    setup.run();
    setup.torrent().start({});
    setup.run();
    CHECK(setup.stands_in_the_way());
  }
}

TEST_CASE("a file that misses only what it shares with a missing neighbour is not another's") {
  Setup setup;
  setup.octets.put(setup.ground.files, "/data/torrents");
  REQUIRE(setup.ground.files.remove_file(setup.at("name/b")));
  setup.ground.host.complete_name = setup.torrent().record().name;
  setup.run();
  CHECK(setup.torrent().status() == Status::downloading);
}

TEST_CASE("what is in doubt is not the torrent's to delete") {
  Setup setup;
  setup.put_stranger("name/a");
  const auto all_others = [](const Result<Torrent::FilesOnDisk>& files) {
    return files && std::ranges::all_of(files->ownership, [](storage::Ownership it) {
             return it == storage::Ownership::none;
           });
  };
  CHECK(all_others(setup.torrent().files_on_disk(LoadedContent{setup.octets.metainfo, {}})));
  setup.run();
  REQUIRE(setup.stands_in_the_way());
  CHECK(all_others(setup.torrent().files_on_disk(LoadedContent{setup.octets.metainfo, {}})));
}

TEST_CASE("a torrent that has not looked yet takes nobody's files along") {
  Setup setup;
  setup.put_stranger("name/a");
  setup.torrent().stop();
  std::optional<Result<void>> moved, renamed;
  SECTION("when it is moved") {
    setup.torrent().move_data(*SafePath::root("/data/third"),
                              [&](Result<void> it) { moved = std::move(it); });
  }
  SECTION("when it is renamed") {
    setup.torrent().rename("name/a", "mine", [&](Result<void> it) { renamed = std::move(it); });
  }
  setup.load();
  setup.load();
  setup.settle();
  CHECK((moved || renamed));
  CHECK(setup.is_stranger("name/a"));
}

TEST_CASE("leave to write over files is remembered") {
  Setup setup;
  setup.put_stranger("name/a");
  setup.run();
  REQUIRE(setup.stands_in_the_way());
  setup.torrent().start({.by_name = true});
  setup.run();
  REQUIRE(setup.torrent().status() == Status::downloading);
  setup.next_process();
  setup.run();
  CHECK(setup.torrent().status() == Status::downloading);
  SECTION("but not for another folder") {
    setup.torrent().relocate(*SafePath::root("/data/elsewhere"), [](const Result<void>&) {});
    setup.load();
    setup.load();
    setup.run();
    CHECK(setup.stands_in_the_way());
  }
}

TEST_CASE("a file that nothing is written to is in nobody's way until it is wanted") {
  Setup setup;
  setup.put_stranger("name/a");
  setup.torrent().set_wishes({FileWish::unwanted, FileWish::unwanted});
  setup.run();
  CHECK_FALSE(setup.stands_in_the_way());
  setup.torrent().set_wishes({FileWish::normal, FileWish::normal});
  setup.run();
  CHECK(setup.stands_in_the_way());
  CHECK(setup.is_stranger("name/a"));
}

TEST_CASE("a stranger is not forgotten with the next process where begun files have no suffix") {
  Setup setup;
  setup.ground.settings.rename_partial_files = false;
  setup.put_stranger("name/a");
  setup.torrent().set_wishes({FileWish::unwanted, FileWish::unwanted});
  setup.run();
  CHECK_FALSE(setup.stands_in_the_way());
  setup.next_process();
  setup.torrent().set_wishes({FileWish::normal, FileWish::normal});
  setup.run();
  CHECK(setup.stands_in_the_way());
  CHECK(setup.is_stranger("name/a"));
}

TEST_CASE("what a torrent is about to make is its own, also for the next process") {
  Setup setup;
  setup.ground.settings.rename_partial_files = false;
  setup.run();
  REQUIRE(setup.torrent().status() == Status::downloading);
  setup.next_process();
  // Made, and nothing of it had come to the disk.
  setup.ground.files.put("/data/torrents/name/a", Buffer(60'000));
  SECTION("at once") {}
  SECTION("and after one that was cut off while it was checked") {
    setup.torrent().set_allowed(true);
    setup.torrent().with_content([](const Result<void>&) {});
    setup.load_until_checking();
    setup.next_process();
  }
  setup.run();
  CHECK_FALSE(setup.stands_in_the_way());
  CHECK(setup.torrent().status() == Status::downloading);
}

/// Another torrent's name.
void claim_for_other(Setup& setup, const std::string& name) {
  auto& names = setup.ground.storage.unfinished();
  names.give_back(setup.torrent().hashes().short_hash());
  REQUIRE(names.take(Sha1{}, "the other", std::array{setup.at(name)}));
}

TEST_CASE("what is known of a torrent is not forgotten when another takes a name of it") {
  Setup setup;
  setup.octets.put(setup.ground.files, "/data/torrents");
  REQUIRE(setup.ground.files.remove_file(setup.at("name/b")));
  setup.run();
  REQUIRE_FALSE(setup.torrent().record().in_doubt);
  setup.next_process();
  claim_for_other(setup, "name/b");
  setup.run();
  CHECK(setup.torrent().snapshot({}).error == ErrorKind::local);
  CHECK_FALSE(setup.torrent().record().in_doubt);
}

TEST_CASE("what was another's when it was looked into does not move along when it is complete") {
  Setup setup;
  setup.octets.put(setup.ground.files, "/data/torrents");
  Buffer file = *setup.ground.files.load(setup.at("name/b"), 1u << 20);
  std::fill(file.end() - 1000, file.end(), std::uint8_t{'x'});
  setup.ground.files.put("/data/torrents/name/b", file);
  claim_for_other(setup, "name/b");
  setup.run();
  REQUIRE(setup.torrent().record().in_doubt);
  setup.ground.storage.unfinished().give_back(Sha1{});
  setup.ground.host.complete_name = setup.torrent().record().name;
  std::optional<Result<void>> moved;
  setup.torrent().move_data(*SafePath::root("/data/third"),
                            [&](Result<void> it) { moved = std::move(it); });
  setup.load();
  setup.load();
  REQUIRE(moved);
  CHECK_FALSE(*moved);
  CHECK(setup.ground.files.load(setup.at("name/b"), 1u << 20));
}

TEST_CASE("a torrent that cannot be looked for elsewhere does not forget where it is") {
  test::OneTorrent setup(true, true, true);
  setup.torrent().set_allowed(true);
  setup.load();
  REQUIRE(setup.torrent().done());
  auto record = parse_record(setup.torrent().save_as(true).record, setup.torrent().hashes());
  REQUIRE(record);
  record->totals.downloaded = 100'000;
  setup.made.reset();
  setup.made.emplace(setup.ground.environment, TorrentId{1, 2}, 1, *std::move(record), Rng(4));
  setup.torrent().set_allowed(true);
  setup.load();
  REQUIRE(setup.torrent().done());
  setup.torrent().relocate(*SafePath::root("/data/elsewhere"), [](const Result<void>&) {});
  std::optional<Result<void>> moved;
  setup.torrent().move_data(*SafePath::root("/data/third"),
                            [&](Result<void> it) { moved = std::move(it); });
  setup.torrent().on_content(fail(FaultCode::root_missing, "the disk is not there"));
  setup.settle();
  REQUIRE(moved);
  CHECK_FALSE(*moved);
  CHECK(setup.torrent().record().download_dir == "/data/elsewhere");
}

TEST_CASE("a stranger that nothing is written to does not move along") {
  Setup setup;
  setup.put_stranger("name/b");
  setup.torrent().set_wishes({FileWish::unwanted, FileWish::unwanted});
  setup.run();
  REQUIRE_FALSE(setup.torrent().record().in_doubt);
  std::optional<Result<void>> moved;
  setup.torrent().move_data(*SafePath::root("/data/third"),
                            [&](Result<void> it) { moved = std::move(it); });
  setup.load();
  REQUIRE(moved);
  CHECK(*moved);
  CHECK(setup.torrent().data_root() == "/data/third");
  CHECK(setup.is_stranger("name/b"));
}

TEST_CASE("one that came to a torrent at rest does not move along either") {
  Setup setup;
  setup.octets.put(setup.ground.files, "/data/torrents");
  REQUIRE(setup.ground.files.remove_file(setup.at("name/b")));
  setup.torrent().set_wishes({FileWish::unwanted, FileWish::unwanted});
  setup.run();
  setup.torrent().flush([](const Result<void>&) {});
  setup.settle();
  setup.next_process();
  setup.put_stranger("name/b");
  std::optional<Result<void>> moved;
  setup.torrent().move_data(*SafePath::root("/data/third"),
                            [&](Result<void> it) { moved = std::move(it); });
  for (int i = 0; i < 3; ++i) setup.load();
  REQUIRE(moved);
  CHECK(*moved);
  CHECK(setup.ground.files.is_there("/data/third/name/a"));
  CHECK(setup.is_stranger("name/b"));
}

TEST_CASE("a torrent whose check failed takes nobody's files along") {
  Setup setup;
  setup.put_stranger("name/a");
  setup.ground.files.set_hook([](seed::test::FileOp op, const std::string&) {
    return op == seed::test::FileOp::read
               ? std::optional(seed::test::FileFault{{FaultCode::io, 5, "read error"}, 0})
               : std::nullopt;
  });
  setup.run();
  REQUIRE(setup.torrent().snapshot({}).error_string.find("read error") != std::string::npos);
  setup.ground.files.set_hook(nullptr);
  std::optional<Result<void>> answered;
  SECTION("when it is moved") {
    setup.torrent().move_data(*SafePath::root("/data/third"),
                              [&](Result<void> it) { answered = std::move(it); });
  }
  SECTION("when it is renamed") {
    setup.torrent().rename("name/a", "mine", [&](Result<void> it) { answered = std::move(it); });
  }
  for (int i = 0; i < 3; ++i) setup.load();
  CHECK(answered);
  CHECK(setup.is_stranger("name/a"));
}

TEST_CASE("leave to write over files is for those that the user was told of") {
  Setup setup;
  setup.octets = test::Content::make({{"name/a", 65536}, {"name/b", 40'000}}, 32768, 1);
  setup.ground.files.put("/data/torrents/name/a", Buffer(65536, 9));
  const Buffer users(40'000, 9);
  setup.ground.files.put("/data/torrents/name/b", users);
  SECTION("of all at once") {
    setup.run();
    CHECK(setup.torrent().snapshot({}).error_string.find(
              "/data/torrents/name/a is there already (and 1 more)") == 0);
  }
  SECTION("and not of what is wanted later") {
    setup.torrent().set_wishes({FileWish::normal, FileWish::unwanted});
    setup.run();
    CHECK(setup.torrent().snapshot({}).error_string.find(
              "/data/torrents/name/a is there already and") == 0);
    setup.torrent().start({.by_name = true});
    setup.run();
    REQUIRE(setup.torrent().status() == Status::downloading);
    setup.torrent().set_wishes({FileWish::normal, FileWish::normal});
    setup.run();
    CHECK(setup.stands_in_the_way());
    CHECK(setup.ground.files.content("/data/torrents/name/b") == users);
  }
}

TEST_CASE("a torrent that is elsewhere is not complete before it has looked there") {
  test::OneTorrent setup(true);
  setup.torrent().set_allowed(true);
  setup.torrent().with_content([](const Result<void>&) {});
  setup.load();
  REQUIRE(setup.torrent().done());
  setup.torrent().relocate(*SafePath::root("/data/elsewhere"), [](const Result<void>&) {});
  setup.restart(setup.torrent().save_as(true));
  CHECK_FALSE(setup.torrent().done());
  CHECK(setup.torrent().record().in_doubt);
}

}  // namespace
}  // namespace seed::torrent
