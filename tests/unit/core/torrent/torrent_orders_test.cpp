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

}  // namespace
}  // namespace seed::torrent
