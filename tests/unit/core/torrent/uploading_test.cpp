#include "core/torrent/uploading.h"

#include "core/base/limits.h"
#include "core/wire/message.h"
#include "tests/unit/core/torrent/pair.h"

namespace seed::torrent {
namespace {

struct Setup {
  test::Ground ground;
  test::Content octets = test::Content::make({{"name", 1'000'000}}, 262144, 1);
  seed::test::Owner events;
  std::unique_ptr<storage::PieceStore> store;
  LinkTable table;
  std::unique_ptr<test::Pair> pair;
  std::optional<Uploading> uploading;

  Setup() {
    octets.put(ground.files, "/data/torrents");
    storage::StoreOptions options;
    options.metainfo = octets.metainfo;
    options.placement.root = *SafePath::root("/data/torrents");
    store = std::make_unique<storage::PieceStore>(ground.storage, std::move(options), events);
    store->resume(std::nullopt, [this](Result<Bitfield> to_check) {
      REQUIRE(to_check);
      store->check(*std::move(to_check), [](const Result<void>& checked) { REQUIRE(checked); });
    });
    ground.workers.run_all();
    REQUIRE(store->have().all());
    pair = std::make_unique<test::Pair>(ground, octets, table, 2);
    pair->near().connection().send_bitfield(store->have(), pair->now());
    pair->far->connection.set_interested(true, pair->now());
    uploading.emplace(*store, table, Rng(3));
    pair->talk();
    uploading->plan({.slots = 4}, pair->now());
    pair->talk();
    REQUIRE_FALSE(pair->far->connection.peer_choking());
  }
  /// What the torrent does until nothing moves any more.
  void run() {
    for (int i = 0; i < 20; ++i) {
      pair->talk();
      for (const auto& event : pair->take<peer::BlockCancelled>())
        uploading->on_cancelled(pair->near(), event.block);
      uploading->serve(pair->near(), pair->now());
      ground.workers.run_all();
      if (!events.read_faults.empty()) {
        events.read_faults.clear();
        uploading->on_read_failed(pair->near().id);
      }
      auto read = std::exchange(events.read, {});
      if (!read.empty()) uploading->on_blocks_read(pair->near().id, read, pair->now());
    }
  }
  bool ask(BlockRef ref) { return pair->far->connection.request(ref, pair->now()); }
  std::size_t received_well() {
    std::size_t good = 0;
    for (const auto& got : pair->take_far<peer::BlockReceived>())
      good += equal(got.block.bytes(), octets.block(got.ref)) ? 1u : 0u;
    return good;
  }
};

TEST_CASE("a turn in which nothing was taken is noted") {
  Setup setup;
  auto& side = setup.pair->near().upload;
  CHECK(side.unchoked_at == setup.pair->now());
  const auto turn_ends = [&] {
    setup.pair->far->connection.set_interested(false, setup.pair->now());
    setup.pair->talk();
    setup.ground.clock.advance(10s);
    setup.uploading->plan({.slots = 4}, setup.pair->now());
    setup.pair->far->connection.set_interested(true, setup.pair->now());
    setup.pair->talk();
  };
  turn_ends();
  CHECK(side.unchoked_at == never);
  CHECK(side.passed_turn);
  setup.ground.clock.advance(10s);
  setup.uploading->plan({.slots = 4}, setup.pair->now());
  setup.pair->talk();
  REQUIRE(setup.ask({PieceIndex{0}, 0, 16384}));
  setup.run();
  REQUIRE(setup.received_well() == 1);
  turn_ends();
  CHECK_FALSE(side.passed_turn);
}

TEST_CASE("upload terms follow the torrent's own limit, then the session's if it honours it") {
  config::Settings settings;
  config::TorrentOptions options;
  settings.upload_slots_per_torrent = 7;
  CHECK(upload_terms(settings, options, true).slots == 7);
  CHECK(upload_terms(settings, options, true).seeding);
  CHECK(upload_terms(settings, options, false).rate_limit == 0);
  settings.speed_limit_up_enabled = true;
  settings.speed_limit_up = 50;
  options.honors_session_limits = true;
  CHECK(upload_terms(settings, options, false).rate_limit == 50'000);
  options.honors_session_limits = false;
  CHECK(upload_terms(settings, options, false).rate_limit == 0);
  options.upload_limited = true;
  options.upload_limit = 3;
  CHECK(upload_terms(settings, options, false).rate_limit == 3'000);
}

TEST_CASE("upload terms follow the tighter of the limits that are in force") {
  config::Settings settings;
  config::TorrentOptions options;
  options.honors_session_limits = true;
  settings.speed_limit_up_enabled = true;
  settings.speed_limit_up = 50;
  options.upload_limited = true;
  options.upload_limit = 3;
  CHECK(upload_terms(settings, options, false).rate_limit == 3'000);
  options.upload_limit = 300;
  CHECK(upload_terms(settings, options, false).rate_limit == 50'000);
  settings.alt_speed_enabled = true;
  settings.alt_speed_up = 20;
  CHECK(upload_terms(settings, options, false).rate_limit == 20'000);
  settings.speed_limit_up_enabled = false;
  options.upload_limited = false;
  CHECK(upload_terms(settings, options, false).rate_limit == 20'000);
  options.honors_session_limits = false;
  CHECK(upload_terms(settings, options, false).rate_limit == 0);
}

TEST_CASE("an unchoked peer is sent what it asks for, and it counts") {
  Setup setup;
  for (std::uint32_t i = 0; i < 5; ++i) REQUIRE(setup.ask({PieceIndex{0}, i * 16384, 16384}));
  setup.run();
  CHECK(setup.received_well() == 5);
  CHECK(setup.pair->near().take_sent() == 5 * 16384);
  CHECK(setup.pair->near().take_sent() == 0);
  CHECK(setup.pair->near().upload.reading.empty());
  CHECK(setup.pair->near().upload.reading_bytes == 0);
}

TEST_CASE("while nothing may be sent all are choked, and nothing they ask for is served") {
  Setup setup;
  const auto& far = setup.pair->far->connection;
  REQUIRE(setup.ask({PieceIndex{0}, 0, 16384}));
  setup.pair->talk();
  setup.uploading->set_shut(true);
  // At once, not with the next round.
  CHECK(setup.uploading->deadline() <= setup.pair->now());
  setup.run();
  CHECK(setup.received_well() == 0);
  setup.uploading->plan({.slots = 4}, setup.pair->now());
  setup.run();
  CHECK(far.peer_choking());
  setup.uploading->plan({.slots = 0}, setup.pair->now());
  setup.run();
  CHECK(far.peer_choking());
  setup.uploading->set_shut(false);
  setup.uploading->plan({.slots = 4}, setup.pair->now());
  setup.pair->talk();
  CHECK_FALSE(far.peer_choking());
  REQUIRE(setup.ask({PieceIndex{0}, 0, 16384}));
  setup.run();
  CHECK(setup.received_well() == 1);
}

TEST_CASE("what is asked for of a piece that is lost meanwhile is rejected") {
  Setup setup;
  REQUIRE(setup.ask({PieceIndex{0}, 0, 16384}));
  REQUIRE(setup.ask({PieceIndex{1}, 16384, 16384}));
  setup.pair->talk();
  setup.ground.files.put("/data/torrents/name", Buffer(1'000'000));
  setup.store->check(Bitfield(setup.octets.pieces(), true), [](const Result<void>&) {});
  setup.ground.workers.run_all();
  REQUIRE(setup.store->have().none());
  setup.run();
  CHECK(setup.pair->take_far<peer::RequestRejected>().size() == 2);
  CHECK(setup.pair->near().connection().peer_requests().empty());
}

TEST_CASE("no more is read than the link takes") {
  Setup setup;
  setup.pair->far->wire().stuck = limits::link_unsent_bytes_max;
  REQUIRE(setup.ask({PieceIndex{0}, 0, 16384}));
  setup.run();
  CHECK(setup.pair->near().take_sent() == 0);
  setup.pair->far->wire().stuck = 0;
  setup.run();
  CHECK(setup.received_well() == 1);
}

/// What the peer asks for in one message, however long.
Buffer long_request(BlockRef ref) {
  ByteQueue queue;
  wire::encode_message(wire::Request{ref}, queue);
  return test::drained(queue);
}

TEST_CASE("a request above 16 KiB is answered in one message when all its parts are there") {
  Setup setup;
  // Not on the grid, and not a whole number of blocks.
  const BlockRef ref{PieceIndex{1}, 5'000, limits::request_bytes_max - 100};
  Buffer asked = long_request(ref);
  setup.pair->far->wire().owner->on_bytes(asked);
  auto& link = setup.pair->near();
  setup.uploading->serve(link, setup.pair->now());
  setup.uploading->serve(link, setup.pair->now());
  CHECK(link.upload.reading_bytes == ref.length);
  setup.ground.workers.run_all();
  auto read = std::exchange(setup.events.read, {});
  REQUIRE(read.size() == 8);
  std::vector<storage::ReadBlock> first;
  for (int i = 0; i < 3; ++i) {
    first.push_back(std::move(read.back()));
    read.pop_back();
  }
  setup.uploading->on_blocks_read(link.id, first, setup.pair->now());
  CHECK(setup.pair->near().take_sent() == 0);
  CHECK(link.upload.gathering.bytes() > 0);
  setup.uploading->on_blocks_read(link.id, read, setup.pair->now());
  CHECK(link.upload.gathering.bytes() == 0);
  CHECK(link.upload.reading_bytes == 0);
  link.flush(setup.pair->now());
  CHECK(link.take_sent() == ref.length);
  const Buffer out = test::drained(setup.pair->far->wire().written);
  REQUIRE(out.size() == 13 + ref.length);
  CHECK(equal(Bytes(out).subspan(13), setup.octets.block(ref)));
}

TEST_CASE("requests that overlap are all answered") {
  Setup setup;
  auto& link = setup.pair->near();
  std::uint64_t octets = 0;
  for (const BlockRef ref : {BlockRef{PieceIndex{0}, 0, 49152}, BlockRef{PieceIndex{0}, 0, 32768},
                             BlockRef{PieceIndex{0}, 16384, 16384}}) {
    Buffer asked = long_request(ref);
    setup.pair->far->wire().owner->on_bytes(asked);
    octets += ref.length;
  }
  for (int i = 0; i < 5; ++i) {
    setup.uploading->serve(link, setup.pair->now());
    setup.ground.workers.run_all();
    auto read = std::exchange(setup.events.read, {});
    setup.uploading->on_blocks_read(link.id, read, setup.pair->now());
    link.flush(setup.pair->now());
    setup.pair->far->wire().written.clear();
  }
  CHECK(setup.pair->near().take_sent() == octets);
  CHECK(link.connection().peer_requests().empty());
  CHECK(link.upload.gathering.bytes() == 0);
  CHECK(link.upload.reading_bytes == 0);
}

TEST_CASE("a long request that is cancelled half way is forgotten") {
  Setup setup;
  const BlockRef ref{PieceIndex{1}, 0, 32768};
  Buffer asked = long_request(ref);
  setup.pair->far->wire().owner->on_bytes(asked);
  auto& link = setup.pair->near();
  setup.uploading->serve(link, setup.pair->now());
  setup.ground.workers.run_all();
  auto read = std::exchange(setup.events.read, {});
  REQUIRE(read.size() == 2);
  std::vector<storage::ReadBlock> first;
  first.push_back(std::move(read[0]));
  setup.uploading->on_blocks_read(link.id, first, setup.pair->now());
  CHECK(link.upload.gathering.bytes() == 16384);
  setup.uploading->on_cancelled(link, ref);
  CHECK(link.upload.gathering.bytes() == 0);
  std::vector<storage::ReadBlock> second;
  second.push_back(std::move(read[1]));
  setup.uploading->on_blocks_read(link.id, second, setup.pair->now());
  CHECK(setup.pair->near().take_sent() == 0);
  CHECK(link.upload.reading_bytes == 0);
}

TEST_CASE("what is cancelled while it is read is not sent, and frees its place") {
  Setup setup;
  REQUIRE(setup.ask({PieceIndex{0}, 0, 16384}));
  setup.pair->talk();
  setup.uploading->serve(setup.pair->near(), setup.pair->now());
  CHECK(setup.pair->near().upload.reading_bytes == 16384);
  REQUIRE(setup.pair->far->connection.cancel({PieceIndex{0}, 0, 16384}, setup.pair->now()));
  setup.run();
  CHECK(setup.pair->near().take_sent() == 0);
  CHECK(setup.pair->near().upload.reading_bytes == 0);
}

TEST_CASE("choking forgets what was being read") {
  Setup setup;
  REQUIRE(setup.ask({PieceIndex{0}, 0, 16384}));
  setup.pair->talk();
  setup.uploading->serve(setup.pair->near(), setup.pair->now());
  setup.pair->far->connection.set_interested(false, setup.pair->now());
  setup.pair->talk();
  setup.uploading->on_change();
  setup.uploading->plan({.slots = 4}, setup.pair->now());
  CHECK(setup.pair->near().connection().am_choking());
  CHECK(setup.pair->near().upload.reading_bytes == 0);
}

}  // namespace
}  // namespace seed::torrent
