#include "core/torrent/record.h"

#include "core/base/rng.h"
#include "core/bencode/document.h"
#include "tests/support/catch.h"

namespace seed::torrent {
namespace {

InfoHashes some_hashes() {
  InfoHashes hashes;
  hashes.v1 = sha1(as_bytes("a torrent"));
  return hashes;
}

TorrentRecord full_record() {
  TorrentRecord record;
  record.hashes = some_hashes();
  record.name = "name with \xc3\xa9";
  record.download_dir = "/srv/downloads";
  record.elsewhere = "/srv/incomplete";
  record.running = false;
  record.unsettled = true;
  record.completion_owed = true;
  record.in_doubt = true;
  record.undurable = true;
  record.had_data = true;
  record.may_overwrite = true;
  record.finished = true;
  record.queued_now = true;
  record.queue_rank = 42;
  record.options.download_limited = true;
  record.options.download_limit = 77;
  record.options.seed_ratio_limit = 0.1;
  record.options.seed_ratio_mode = config::LimitMode::unlimited;
  record.options.bandwidth_priority = -1;
  record.options.labels = {"one", "two"};
  record.content = {.total_size = 1ULL << 40,
                    .piece_count = 123,
                    .piece_size = 1 << 20,
                    .file_count = 3,
                    .is_private = true,
                    .created = from_unix_seconds(1'700'000'000),
                    .comment = "comment",
                    .creator = "creator",
                    .source = "source",
                    .mime_type = "video/x-matroska",
                    .webseeds = {"http://seed.example/"}};
  record.progress = {.have_valid = 5, .size_when_done = 9, .left_until_done = 4, .complete = false};
  record.totals = {1, 2, 3, 4, 5};
  record.added = from_unix_seconds(1);
  record.done = from_unix_seconds(2);
  record.activity = from_unix_seconds(3);
  record.edited = from_unix_seconds(4);
  record.started = from_unix_seconds(5);
  record.saved = from_unix_seconds(6);
  record.tiers = {{"http://a.example/announce", "udp://b.example:1/"}, {"http://c.example/"}};
  tracker::TrackerMemory memory;
  memory.url = "http://a.example/announce";
  memory.until_next = 90s;
  memory.failures = 2;
  memory.listed = true;
  memory.completed_owed = false;
  memory.tracker_id = "id";
  record.trackers = {memory};
  record.completed = {.said = true, .unheard = true};
  swarm::Candidate peer;
  peer.endpoint = *Endpoint::parse("10.0.0.1:6881");
  peer.source = swarm::Source::resume;
  record.peers = {peer};
  peer.endpoint = *Endpoint::parse("[2001:db8::1]:51413");
  peer.flags.seed = true;
  peer.failures = 2;
  peer.was_good = true;
  record.peers.push_back(peer);
  record.wishes = {FileWish::unwanted, FileWish::low, FileWish::high};
  record.unwanted_priorities = {1, 0, -1};
  record.metadata_sources = {"http://one.example/x.torrent", "https://two.example/"};
  record.unfinished = {7, 0xfedcba9876543210};
  return record;
}

TEST_CASE("a record reads back as it was written") {
  const TorrentRecord record = full_record();
  const auto read = parse_record(encode_record(record), record.hashes);
  REQUIRE(read);
  CHECK(*read == record);
}

TEST_CASE("a record of an older version takes defaults for what it does not say") {
  const auto read = parse_record(as_bytes("d12:download dir4:/srv4:name1:ne"), some_hashes());
  REQUIRE(read);
  CHECK(read->name == "n");
  CHECK(read->running);
  CHECK(read->options == config::TorrentOptions());
}

TEST_CASE("priorities of unwanted files are taken if they are some; an older record has none") {
  const auto read = [](const std::string& priorities) {
    const std::string text =
        "d12:download dir4:/srv" + priorities + "6:wishes3:" + std::string("\0\1\3", 3) + "e";
    const auto record = parse_record(as_bytes(text), some_hashes());
    REQUIRE(record);
    CHECK(record->wishes == std::vector{FileWish::unwanted, FileWish::low, FileWish::high});
    return *record;
  };
  const std::string key = "19:unwanted priorities3:";
  const auto good = read(key + "\1\2\2");
  CHECK(good.priority_of(0) == Priority::low);
  CHECK(good.priority_of(1) == Priority::low);
  CHECK(good.priority_of(2) == Priority::high);
  CHECK(good.priority_of(3) == Priority::normal);
  CHECK(read(key + std::string("\0\2\2", 3)).priority_of(0) == Priority::normal);
  CHECK(read(key + "\4\2\2").priority_of(0) == Priority::normal);
  CHECK(read("").priority_of(0) == Priority::normal);
}

TEST_CASE("a record without a folder, or that is no dictionary, is refused") {
  CHECK_FALSE(parse_record(as_bytes("d4:name1:ne"), some_hashes()));
  CHECK_FALSE(parse_record(as_bytes("d12:download dir4:srv/e"), some_hashes()));
  CHECK_FALSE(parse_record(as_bytes("le"), some_hashes()));
  CHECK_FALSE(parse_record(as_bytes(""), some_hashes()));
}

TEST_CASE("of the peers in a record those with an address are taken, and not too many") {
  TorrentRecord record = full_record();
  record.peers.resize(peers_saved_max + 10, record.peers[0]);
  auto read = parse_record(encode_record(record), record.hashes);
  REQUIRE(read);
  CHECK(read->peers.size() == peers_saved_max);
  read = parse_record(as_bytes("d12:download dir4:/srv5:peersld2:at5:12345ed2:at6:123456ei1eee"),
                      some_hashes());
  REQUIRE(read);
  REQUIRE(read->peers.size() == 1);
  CHECK(read->peers[0].endpoint.port == 0x3536);
}

TEST_CASE("values out of their range leave the default") {
  const auto read = parse_record(
      as_bytes(
          "d12:download dir4:/srv7:optionsd18:bandwidth_priorityi1000e15:seed_ratio_modei9eee"),
      some_hashes());
  REQUIRE(read);
  CHECK(read->options.bandwidth_priority == 0);
  CHECK(read->options.seed_ratio_mode == config::LimitMode::session);
}

TEST_CASE("no change of an octet makes reading a record fail badly") {
  const Buffer good = encode_record(full_record());
  Rng rng(7);
  for (int i = 0; i < 3000; ++i) {
    Buffer bad = good;
    bad[static_cast<std::size_t>(rng.below(bad.size()))] =
        static_cast<std::uint8_t>(rng.below(256));
    static_cast<void>(parse_record(bad, some_hashes()));
  }
}

}  // namespace
}  // namespace seed::torrent
