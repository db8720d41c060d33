#include "core/torrent/metadata_exchange.h"

#include "tests/unit/core/torrent/pair.h"

namespace seed::torrent {
namespace {

using Kind = wire::UtMetadata::Kind;

struct Setup {
  test::Ground ground;
  // Two pieces of metadata: 20 octets a piece of content.
  test::Content octets = test::Content::make({{"name", 16384 * 1000}}, 16384, 1);
  LinkTable table;
  test::Pair pair{ground, octets, table, 2};
  MetadataExchange exchange;

  /// The answers to one request.
  std::vector<wire::UtMetadata> ask(std::uint32_t piece) {
    REQUIRE(pair.far->connection.request_metadata(piece, pair.now()));
    pair.talk();
    for (const auto& message : pair.take<wire::UtMetadata>())
      exchange.on_message(pair.near(), message, *octets.metainfo, pair.now());
    pair.talk();
    return pair.take_far<wire::UtMetadata>();
  }
};

TEST_CASE("a peer that has only a magnet is given the info dictionary piece by piece") {
  Setup setup;
  const Buffer& info = setup.octets.metainfo->info;
  REQUIRE(info.size() == 20'000);
  Buffer got;
  for (std::uint32_t piece = 0; piece < 2; ++piece) {
    const auto answers = setup.ask(piece);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].kind == Kind::data);
    CHECK(answers[0].total_size == info.size());
    got.insert(got.end(), answers[0].data.begin(), answers[0].data.end());
  }
  CHECK(got == info);
}

TEST_CASE("a piece of metadata that does not exist is refused") {
  Setup setup;
  const auto answers = setup.ask(2);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].kind == Kind::reject);
}

TEST_CASE("a peer that floods is refused until some time has passed") {
  Setup setup;
  int given = 0;
  for (int i = 0; i < 1100; ++i)
    for (const auto& answer : setup.ask(1)) given += answer.kind == Kind::data ? 1 : 0;
  CHECK(given == static_cast<int>(MetadataExchange::burst_max));
  setup.ground.clock.advance(1s);
  CHECK(setup.ask(1)[0].kind == Kind::data);
}

TEST_CASE("a peer that does not read what it was given is given no more") {
  Setup setup;
  setup.pair.far->wire().stuck = MetadataExchange::backlog_max;
  CHECK(setup.ask(1)[0].kind == Kind::reject);
  setup.pair.far->wire().stuck = 0;
  CHECK(setup.ask(1)[0].kind == Kind::data);
}

}  // namespace
}  // namespace seed::torrent
