#include "core/session/new_records.h"

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

TEST_CASE("a new torrent's record follows the settings, unless the order says otherwise") {
  config::Settings settings;
  settings.download_dir = "/downloads";
  settings.start_added_torrents = true;
  settings.peer_limit_per_torrent = 17;
  settings.speed_limit_down = 18;
  settings.speed_limit_up = 19;
  settings.ratio_limit = 1.25;
  settings.idle_seeding_limit = 21;
  const auto parsed = metainfo::parse_torrent(test::small_torrent());
  REQUIRE(parsed);
  AddOrder order;
  const WallTime wall = from_unix_seconds(99);
  auto record = new_record(order, *parsed, settings, {3, wall});
  CHECK(record.download_dir == "/downloads");
  CHECK(record.running);
  CHECK(record.started == wall);
  CHECK(record.added == wall);
  CHECK(record.queue_rank == 3);
  CHECK(record.options.peer_limit == 17);
  CHECK(record.options.download_limit == 18);
  CHECK(record.options.upload_limit == 19);
  CHECK(record.options.seed_ratio_limit == 1.25);
  CHECK(record.options.seed_idle_limit == 21);
  CHECK(record.progress.left_until_done == 5);
  CHECK(record.progress.size_when_done == 5);

  order.download_dir = "/elsewhere";
  order.paused = true;
  order.adjust = [](config::TorrentOptions& options) { options.peer_limit = 2; };
  order.files.unwanted = {0};
  record = new_record(order, *parsed, settings, {0, wall});
  CHECK(record.download_dir == "/elsewhere");
  CHECK_FALSE(record.running);
  CHECK(record.started == no_time);
  CHECK(record.options.peer_limit == 2);
  CHECK(record.progress.left_until_done == 0);
}

TEST_CASE("a sequential download from a piece that is not there begins at the first") {
  const auto parsed = metainfo::parse_torrent(to_buffer(
      "d4:infod6:lengthi40000e4:name1:a12:piece lengthi16384e6:pieces60:" + std::string(60, 'x') +
      "ee"));
  REQUIRE(parsed);
  const auto first_of = [&](std::optional<std::int64_t> from) {
    AddOrder order;
    order.sequential_from_piece = from;
    return new_record(order, *parsed, config::Settings(), {0, from_unix_seconds(99)})
        .options.sequential_download_from_piece;
  };
  CHECK(first_of({}) == 0);
  CHECK(first_of(2) == 2);
  for (const std::int64_t bad : {std::int64_t{-1}, std::int64_t{3}, std::int64_t{1} << 32})
    CHECK(first_of(bad) == 0);
}

metainfo::Magnet magnet_with(std::string_view more) {
  auto magnet =
      metainfo::parse_magnet("magnet:?xt=urn:btih:" + std::string(40, 'a') + std::string(more));
  REQUIRE(magnet);
  return *magnet;
}

TEST_CASE("a magnet's record has what the link says, and waits for the rest") {
  AddOrder order;
  const NewPlace place{5, from_unix_seconds(99)};
  const auto magnet = magnet_with(
      "&dn=a+name&tr=http://one.example/a&tr=udp://two.example:80&ws=http://w.example/");
  auto record = new_record(order, magnet, config::Settings(), place);
  CHECK(record.hashes == magnet.hashes);
  CHECK(record.name == "a name");
  CHECK_FALSE(record.has_metadata);
  CHECK(record.queue_rank == 5);
  CHECK(record.tiers == tracker::TierList{{"http://one.example/a"}, {"udp://two.example:80"}});
  CHECK(record.content.webseeds == std::vector<std::string>{"http://w.example/"});
  CHECK(record.content.total_size == 0);
  record = new_record(order, magnet_with(""), config::Settings(), place);
  CHECK(record.name == std::string(40, 'a'));
}

TEST_CASE("what the link and the order say of the files comes true with the metadata") {
  AddOrder order;
  order.files.high = {0};
  auto record = new_record(order, magnet_with("&so=0"), config::Settings(), {});
  auto parsed = metainfo::parse_torrent(test::small_torrent("name"));
  REQUIRE(parsed);
  const auto metainfo = std::make_shared<const metainfo::Metainfo>(*std::move(parsed));
  auto learned = learned_metadata(record, metainfo, to_buffer("octets"));
  CHECK(learned.wishes == std::vector{torrent::FileWish::high});
  CHECK(learned.content.total_size == 5);
  CHECK(learned.progress.left_until_done == 5);
  CHECK(learned.torrent == to_buffer("octets"));
  record = new_record(order, magnet_with("&so=7"), config::Settings(), {});
  learned = learned_metadata(record, metainfo, {});
  CHECK(learned.wishes == std::vector{torrent::FileWish::unwanted});
  CHECK(learned.progress.left_until_done == 0);
}

}  // namespace
}  // namespace seed::session
