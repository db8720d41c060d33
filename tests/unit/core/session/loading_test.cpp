#include "core/session/loading.h"

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

using test::MemoryStore;

struct Setup {
  seed::test::FakeFiles files;
  MemoryStore store;
  seed::test::InlineWorkers workers{files, store};
  Loading loading{workers};

  void put(io::StoreKey key, std::uint8_t octet, std::int64_t position) {
    torrent::TorrentRecord record;
    record.name = std::to_string(octet);
    record.download_dir = "/data";
    record.queue_rank = position;
    store.content.torrents.push_back({key, test::hashes_of(octet), encode_record(record)});
  }
  Result<LoadedState> load() {
    std::optional<Result<LoadedState>> out;
    loading.load_state([&](Result<LoadedState> state) { out = std::move(state); });
    workers.run_all();
    REQUIRE(out.has_value());
    return *std::move(out);
  }
  Result<torrent::LoadedContent> content(TorrentId id, io::StoreKey key) {
    std::optional<Result<torrent::LoadedContent>> out;
    loading.load_content(id, key,
                         [&](Result<torrent::LoadedContent> there) { out = std::move(there); });
    CHECK_FALSE(out.has_value());
    workers.run_all();
    REQUIRE(out.has_value());
    return *std::move(out);
  }
};

TEST_CASE("torrents come in the order of their keys, no two with one rank") {
  Setup setup;
  setup.put(7, 1, 40);
  setup.put(3, 2, 5);
  setup.put(5, 3, 40);
  const auto state = setup.load();
  REQUIRE(state.has_value());
  REQUIRE(state->torrents.size() == 3);
  CHECK(state->torrents[0].first == 3);
  CHECK(state->torrents[1].first == 5);
  CHECK(state->torrents[2].first == 7);
  CHECK(state->torrents[0].second.queue_rank == 5);
  CHECK(state->torrents[1].second.queue_rank == 41);
  CHECK(state->torrents[2].second.queue_rank == 40);
}

TEST_CASE("a record that cannot be read does not keep the others from loading") {
  Setup setup;
  setup.put(1, 1, 0);
  setup.store.content.torrents.push_back({2, test::hashes_of(0xab), to_buffer("rubbish")});
  const auto state = setup.load();
  REQUIRE(state.has_value());
  CHECK(state->torrents.size() == 1);
  REQUIRE(state->unreadable.size() == 1);
  CHECK(state->unreadable[0].starts_with("abababab"));
}

TEST_CASE("a store that cannot be read is a fault") {
  Setup setup;
  setup.store.broken = true;
  CHECK_FALSE(setup.load().has_value());
}

TEST_CASE("content comes from the store, its progress as far as it can be read") {
  Setup setup;
  setup.store.metainfos[4] = test::small_torrent();
  setup.store.progresses[4] = to_buffer("rubbish");
  const auto content = setup.content({1, 1}, 4);
  REQUIRE(content.has_value());
  CHECK(content->metainfo->name == "a");
  CHECK_FALSE(content->progress);
}

TEST_CASE("content that is not in the store is not found") {
  Setup setup;
  const auto content = setup.content({1, 1}, 4);
  REQUIRE_FALSE(content.has_value());
  CHECK(content.error().code == FaultCode::not_found);
}

TEST_CASE("what was just added needs no store, once") {
  Setup setup;
  auto metainfo = std::make_shared<metainfo::Metainfo>();
  setup.loading.keep_fresh({1, 1}, {metainfo, std::nullopt});
  const auto content = setup.content({1, 1}, 4);
  REQUIRE(content.has_value());
  CHECK(content->metainfo == metainfo);
  CHECK_FALSE(setup.content({1, 1}, 4).has_value());
  setup.loading.keep_fresh({2, 1}, {metainfo, std::nullopt});
  setup.loading.forget({2, 1});
  CHECK_FALSE(setup.content({2, 1}, 4).has_value());
}

TEST_CASE("content whose progress is damaged is there without it") {
  Setup setup;
  setup.store.metainfos[4] = test::small_torrent();
  setup.store.damaged = true;
  const auto content = setup.content({1, 1}, 4);
  REQUIRE(content.has_value());
  CHECK_FALSE(content->progress);
  CHECK(content->damage == "the row is damaged");
}

}  // namespace
}  // namespace seed::session
