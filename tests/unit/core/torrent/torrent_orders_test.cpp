// Orders to a torrent whose content is not there, and what becomes of those that wait for it.
#include "tests/unit/core/torrent/one_torrent.h"

namespace seed::torrent {
namespace {

using Setup = test::OneTorrent;

TEST_CASE("an order that waits behind one that lets go of the content is carried out after it") {
  Setup setup(true);
  setup.octets.put(setup.ground.files, "/data/elsewhere");
  setup.torrent().set_allowed(true);
  std::optional<Result<void>> relocated, behind;
  setup.torrent().relocate(*SafePath::root("/data/elsewhere"),
                           [&](Result<void> saved) { relocated = std::move(saved); });
  const auto on_done = [&](Result<void> done) { behind = std::move(done); };
  SECTION("a rename") {
    setup.torrent().rename("name/a", "other", on_done);
    setup.load();
    CHECK_FALSE(behind);
    setup.load();
    CHECK(setup.ground.files.is_there("/data/elsewhere/name/other"));
    CHECK(setup.ground.files.is_there("/data/torrents/name/a"));
  }
  SECTION("a move") {
    setup.torrent().move_data(*SafePath::root("/data/third"), on_done);
    setup.load();
    CHECK_FALSE(behind);
    setup.load();
    CHECK(setup.ground.files.is_there("/data/third/name/a"));
    CHECK(setup.torrent().data_root() == "/data/third");
  }
  SECTION("another place") {
    setup.torrent().relocate(*SafePath::root("/data/torrents"), on_done);
    setup.load();
    CHECK_FALSE(behind);
    setup.load();
    setup.load();
    CHECK(setup.torrent().data_root() == "/data/torrents");
    CHECK(setup.torrent().status() == Status::seeding);
  }
  REQUIRE(relocated);
  CHECK(relocated->has_value());
  REQUIRE(behind);
  CHECK(behind->has_value());
}

/// Where its data is may be the very thing that mends what it stands in.
void expect_relocated(Setup& setup) {
  const int loads = setup.ground.host.loads;
  setup.octets.put(setup.ground.files, "/data/elsewhere");
  std::optional<Result<void>> relocated;
  setup.torrent().relocate(*SafePath::root("/data/elsewhere"),
                           [&](Result<void> it) { relocated = std::move(it); });
  for (int i = 1; i <= 2; ++i) {
    REQUIRE(setup.ground.host.loads == loads + i);
    setup.load();
  }
  REQUIRE(relocated);
  CHECK(relocated->has_value());
  CHECK(setup.torrent().snapshot({}).error == ErrorKind::none);
  CHECK(setup.torrent().status() == Status::seeding);
}

TEST_CASE("an order to a torrent whose files are gone is answered or carried out") {
  Setup setup(true);
  setup.torrent().set_allowed(true);
  setup.torrent().with_content([](const Result<void>&) {});
  setup.load();
  setup.torrent().flush([](const Result<void>&) {});
  setup.torrent().stop();
  setup.settle();
  setup.restart(setup.torrent().save_as(true));
  REQUIRE(setup.progress->have.all());
  for (const auto* name : {"name/a", "name/b"})
    REQUIRE(setup.ground.files.remove_file(*SafePath::root("/data/torrents")->descend(name)));
  setup.torrent().start({.by_name = true});
  setup.torrent().set_allowed(true);
  setup.torrent().with_content([](const Result<void>&) {});
  setup.load();
  const auto told = setup.torrent().snapshot({}).error_string;
  REQUIRE(told.find("are gone from") != std::string::npos);
  std::optional<Result<void>> renamed, moved;
  setup.torrent().rename("name/a", "other", [&](Result<void> it) { renamed = std::move(it); });
  setup.torrent().move_data(*SafePath::root("/data/third"),
                            [&](Result<void> it) { moved = std::move(it); });
  setup.load();
  REQUIRE(renamed);
  REQUIRE_FALSE(renamed->has_value());
  CHECK(renamed->error().text == told);
  REQUIRE(moved);
  CHECK_FALSE(moved->has_value());
  CHECK(setup.torrent().snapshot({}).error_string ==
        told + "; could not be moved to /data/third, for it stood in an error");
  expect_relocated(setup);
}

TEST_CASE("a torrent that found a stranger's file looks where it is told") {
  Setup setup;
  // Too short for a piece that could be looked at.
  setup.ground.files.put("/data/torrents/name/a", Buffer(100));
  setup.torrent().set_allowed(true);
  setup.load();
  REQUIRE(setup.torrent().snapshot({}).error_string.find("is there already") != std::string::npos);
  expect_relocated(setup);
}

TEST_CASE("a torrent that has nothing where a stranger's file is begins where it is moved to") {
  Setup setup;
  const bool long_enough = GENERATE(false, true);
  const Buffer strange(long_enough ? 60'000 : 100);
  setup.ground.files.put("/data/torrents/name/a", strange);
  setup.torrent().set_allowed(true);
  setup.load();
  REQUIRE(setup.torrent().snapshot({}).error_string.find("is there already") != std::string::npos);
  std::optional<Result<void>> moved;
  setup.torrent().move_data(*SafePath::root("/data/elsewhere"),
                            [&](Result<void> it) { moved = std::move(it); });
  for (int i = 0; i < 3; ++i) setup.load();
  REQUIRE(moved);
  CHECK(moved->has_value());
  CHECK(setup.torrent().record().download_dir == "/data/elsewhere");
  CHECK(setup.torrent().data_root() == "/data/elsewhere");
  CHECK(setup.torrent().snapshot({}).error == ErrorKind::none);
  CHECK(setup.torrent().status() == Status::downloading);
  CHECK(setup.ground.files.content("/data/torrents/name/a") == strange);
  CHECK_FALSE(setup.ground.files.is_there("/data/elsewhere/name/a"));
}

TEST_CASE("of a torrent that has something beside a stranger's file nothing is moved") {
  Setup setup;
  setup.ground.files.put("/data/torrents/name/a", Buffer(60'000));
  setup.ground.files.put("/data/torrents/name/b", setup.octets.file(1));
  setup.torrent().set_allowed(true);
  setup.load();
  const auto told = setup.torrent().snapshot({}).error_string;
  REQUIRE(told.find("is there already") != std::string::npos);
  REQUIRE(setup.torrent().record().progress.have_valid > 0);
  std::optional<Result<void>> moved;
  setup.torrent().move_data(*SafePath::root("/data/elsewhere"),
                            [&](Result<void> it) { moved = std::move(it); });
  for (int i = 0; i < 3; ++i) setup.load();
  REQUIRE(moved);
  CHECK_FALSE(*moved);
  CHECK(setup.torrent().record().download_dir == "/data/torrents");
  CHECK(setup.torrent().snapshot({}).error_string.find(told) == 0);
  CHECK(setup.torrent().snapshot({}).error_string.find("could not be moved to /data/elsewhere") !=
        std::string::npos);
  CHECK(setup.ground.files.is_there("/data/torrents/name/a"));
}

TEST_CASE("a stranger's file is not renamed") {
  Setup setup;
  const Buffer strange(60'000);
  setup.ground.files.put("/data/torrents/name/a", strange);
  setup.torrent().set_allowed(true);
  setup.load();
  const auto told = setup.torrent().snapshot({}).error_string;
  REQUIRE(told.find("is there already") != std::string::npos);
  std::optional<Result<void>> renamed;
  setup.torrent().with_content([&](const Result<void>&) {
    setup.torrent().rename("name/a", "other", [&](Result<void> it) { renamed = std::move(it); });
  });
  setup.load();
  REQUIRE(renamed);
  REQUIRE_FALSE(*renamed);
  CHECK(renamed->error().text == told);
  CHECK(setup.ground.files.content("/data/torrents/name/a") == strange);
}

TEST_CASE("an order to a torrent whose content cannot be loaded is answered") {
  Setup setup;
  setup.torrent().set_allowed(true);
  setup.torrent().on_content(fail(FaultCode::root_missing, "the disk is not there"));
  std::optional<Result<void>> renamed;
  setup.torrent().rename("name/a", "other", [&](Result<void> it) { renamed = std::move(it); });
  setup.torrent().on_content(fail(FaultCode::root_missing, "the disk is not there"));
  REQUIRE(renamed);
  REQUIRE_FALSE(renamed->has_value());
  CHECK(renamed->error().text == "the disk is not there");
  std::optional<Result<void>> relocated;
  setup.octets.put(setup.ground.files, "/data/elsewhere");
  setup.torrent().relocate(*SafePath::root("/data/elsewhere"),
                           [&](Result<void> it) { relocated = std::move(it); });
  setup.torrent().on_content(fail(FaultCode::root_missing, "the disk is not there"));
  setup.load();
  REQUIRE(relocated);
  CHECK(relocated->has_value());
  CHECK(setup.torrent().status() == Status::seeding);
}

TEST_CASE("a torrent that was stopped in its error takes blocks when it is started again") {
  Setup setup;
  setup.torrent().set_allowed(true);
  setup.load();
  setup.ground.files.set_capacity("/data", setup.ground.files.used("/data"));
  const auto far = setup.connect("10.0.0.1", 2);
  setup.serve(*far);
  REQUIRE(setup.torrent().snapshot({}).error == ErrorKind::local);
  setup.torrent().stop();
  setup.settle();
  setup.ground.files.set_capacity("/data", 1u << 30);
  setup.torrent().start({.by_name = true});
  setup.load();
  CHECK(setup.torrent().status() == Status::downloading);
  const auto again = setup.connect("10.0.0.2", 3);
  setup.serve(*again);
  CHECK(setup.torrent().done());
}

TEST_CASE("what moves away from a full disk moves on when the torrent is stopped or started") {
  Setup setup;
  setup.ground.files.mount("/other");
  setup.torrent().set_allowed(true);
  setup.load();
  setup.ground.files.set_capacity("/data", setup.ground.files.used("/data") + 70'000);
  const auto far = setup.connect("10.0.0.1", 2);
  setup.serve(*far);
  REQUIRE(setup.torrent().snapshot({}).error == ErrorKind::local);
  REQUIRE(setup.torrent().record().progress.have_valid > 0);
  std::optional<Result<void>> moved;
  setup.torrent().move_data(*SafePath::root("/other/torrents"),
                            [&](Result<void> it) { moved = std::move(it); });
  SECTION("stopped") { setup.torrent().stop(); }
  SECTION("started") { setup.torrent().start({.by_name = true}); }
  setup.settle();
  REQUIRE(moved);
  CHECK(moved->has_value());
  CHECK(setup.torrent().data_root() == "/other/torrents");
  CHECK(setup.torrent().snapshot({}).error == ErrorKind::none);
  setup.torrent().start({.by_name = true});
  setup.load();
  const auto again = setup.connect("10.0.0.2", 3);
  setup.serve(*again);
  CHECK(setup.torrent().done());
}

TEST_CASE("what moves away is moved though the torrent is stopped while it is checked") {
  Setup setup(true);
  setup.ground.files.mount("/other");
  setup.ground.files.corrupt("/data/torrents/name/a", 5);
  setup.torrent().set_allowed(true);
  setup.load();
  REQUIRE(setup.torrent().status() == Status::downloading);
  std::optional<Result<void>> moved;
  setup.torrent().move_data(*SafePath::root("/other/torrents"),
                            [&](Result<void> it) { moved = std::move(it); });
  setup.torrent().verify();
  REQUIRE(setup.torrent().queue_facts().preparing);
  const int loads = setup.ground.host.loads;
  setup.torrent().stop();
  setup.settle();
  REQUIRE(moved);
  CHECK(moved->has_value());
  CHECK(setup.torrent().data_root() == "/other/torrents");
  CHECK(setup.torrent().status() == Status::stopped);
  CHECK(setup.ground.host.loads == loads);
  setup.torrent().start({.by_name = true});
  setup.load();
  CHECK(setup.torrent().status() == Status::downloading);
}

TEST_CASE("who waits for a check hears that it was stopped, and it does not begin again") {
  Setup setup(true, true, true);
  setup.torrent().set_allowed(true);
  setup.load_until_checking();
  std::optional<Result<void>> answered;
  const auto on_done = [&](Result<void> it) { answered = std::move(it); };
  SECTION("a rename") { setup.torrent().rename("name/a", "other", on_done); }
  SECTION("a move") { setup.torrent().move_data(*SafePath::root("/data/elsewhere"), on_done); }
  const int loads = setup.ground.host.loads;
  setup.torrent().stop();
  setup.settle();
  REQUIRE(answered);
  REQUIRE_FALSE(*answered);
  CHECK(answered->error().text == "the check was stopped");
  CHECK(setup.ground.host.loads == loads);
  CHECK(setup.torrent().status() == Status::stopped);
  CHECK(setup.torrent().record().download_dir == "/data/torrents");
}

TEST_CASE("who waits for a check waits for the next one when it is begun anew") {
  Setup setup(true, true, true);
  setup.torrent().set_allowed(true);
  setup.load_until_checking();
  std::optional<Result<void>> moved;
  setup.torrent().move_data(*SafePath::root("/data/elsewhere"),
                            [&](Result<void> it) { moved = std::move(it); });
  setup.torrent().verify();
  CHECK_FALSE(moved);
  setup.load();
  setup.settle();
  REQUIRE(moved);
  CHECK(*moved);
  CHECK(setup.torrent().data_root() == "/data/elsewhere");
}

TEST_CASE("what was had is still known after a stop in an error") {
  Setup setup(true);
  setup.torrent().set_allowed(true);
  setup.torrent().with_content([](const Result<void>&) {});
  SECTION("when it was checked") { setup.load(); }
  SECTION("while a check goes on") { setup.load_until_checking(); }
  setup.torrent().on_root(fail(FaultCode::root_missing, "the disk is not there"));
  REQUIRE(setup.torrent().snapshot({}).error == ErrorKind::local);
  setup.torrent().stop();
  setup.settle();
  CHECK(setup.torrent().status() == Status::stopped);
  CHECK_FALSE(setup.torrent().takes_links());
  setup.torrent().start({.by_name = true});
  setup.torrent().with_content([](const Result<void>&) {});
  setup.load();
  CHECK(setup.torrent().status() == Status::seeding);
}

TEST_CASE("a torrent that may receive nothing asks for nothing, and gives all the same") {
  Setup setup;
  setup.torrent().set_allowed(true);
  setup.load();
  const auto far = setup.connect("10.0.0.1", 2);
  far->connection.send_bitfield(Bitfield(setup.octets.pieces(), true), setup.now());
  far->connection.set_choking(false, setup.now());
  setup.talk(*far);
  REQUIRE_FALSE(far->connection.peer_requests().empty());
  auto options = setup.torrent().record().options;
  options.download_limited = true;
  options.download_limit = 0;
  setup.torrent().set_options(options);
  setup.talk(*far);
  CHECK(far->connection.peer_requests().empty());
  CHECK(far->wire().owner->may_read() > 0);
  setup.pass(3s);
  setup.talk(*far);
  CHECK(far->connection.peer_requests().empty());
  options.download_limited = false;
  setup.torrent().set_options(options);
  setup.talk(*far);
  CHECK_FALSE(far->connection.peer_requests().empty());
}

TEST_CASE("one that waits to be checked does not change from second to second") {
  Setup setup(true, false);
  setup.ground.storage.checker().set_max(0);
  setup.torrent().verify();
  setup.load();
  setup.pass(3s);
  REQUIRE(setup.torrent().status() == Status::check_wait);
  const std::uint64_t before = setup.torrent().sequence();
  setup.pass(5s);
  CHECK(setup.torrent().sequence() == before);
  setup.ground.storage.checker().set_max(1);
  setup.pass(2s);
  CHECK(setup.torrent().sequence() > before);
}

}  // namespace
}  // namespace seed::torrent
