#include "core/session/metadata_checks.h"

#include <optional>
#include <utility>

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

struct Setup {
  seed::test::FakeFiles files;
  test::MemoryStore store;
  seed::test::InlineWorkers workers{files, store};
  std::optional<MetadataChecks::Outcome> outcome;
  MetadataChecks checks{
      workers, [this](TorrentId, MetadataChecks::Outcome told) { outcome = std::move(told); }};
  Buffer info = metainfo::parse_torrent(test::small_torrent("name"))->info;

  void check(Buffer octets, const torrent::TorrentRecord& record) {
    checks.check({1, 1}, std::move(octets), record);
    CHECK_FALSE(outcome.has_value());
    workers.run_all();
    REQUIRE(outcome.has_value());
  }
};

TEST_CASE(
    "what has the magnet's hash becomes a .torrent with the magnet's trackers and web seeds") {
  Setup setup;
  torrent::TorrentRecord record;
  record.hashes.v1 = sha1(setup.info);
  record.tiers = {{"http://one.example/announce"}, {"udp://two.example:80/announce"}};
  record.content.webseeds = {"http://seed.example/name"};
  setup.check(setup.info, record);
  REQUIRE(setup.outcome->has_value());
  REQUIRE((*setup.outcome)->has_value());
  const auto& made = ***setup.outcome;
  CHECK(made.metainfo->hashes.v1 == record.hashes.v1);
  CHECK(made.metainfo->name == "name");
  CHECK(made.metainfo->announce_tiers == record.tiers);
  CHECK(made.metainfo->web_seeds == record.content.webseeds);
  CHECK(metainfo::parse_torrent(made.torrent)->info == setup.info);
}

TEST_CASE("another hash is told apart from metadata that is no good") {
  Setup setup;
  torrent::TorrentRecord record;
  record.hashes.v1 = sha1(setup.info);
  Buffer wrong = setup.info;
  wrong[5] ^= 1;
  setup.check(wrong, record);
  CHECK_FALSE(setup.outcome->has_value());
  setup.outcome.reset();
  record.hashes.v1 = sha1(to_buffer("d4:name1:xe"));
  setup.check(to_buffer("d4:name1:xe"), record);
  REQUIRE(setup.outcome->has_value());
  REQUIRE_FALSE((*setup.outcome)->has_value());
  CHECK((**setup.outcome).error().code == FaultCode::malformed);
}

TEST_CASE("a magnet of both versions wants both hashes") {
  const Buffer info = to_buffer("d4:name1:xe");
  CHECK(has_hashes(info, {sha1(info), sha256(info)}));
  CHECK(has_hashes(info, {std::nullopt, sha256(info)}));
  CHECK_FALSE(has_hashes(info, {sha1(info), Sha256{}}));
  CHECK_FALSE(has_hashes(info, {Sha1{}, sha256(info)}));
}

}  // namespace
}  // namespace seed::session
