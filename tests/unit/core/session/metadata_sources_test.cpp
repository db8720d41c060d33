#include "core/session/metadata_sources.h"

#include <optional>
#include <string>
#include <utility>

#include "core/metainfo/torrent_encoder.h"
#include "tests/unit/core/session/fetch_double.h"
#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

constexpr TorrentId magnet{1, 1};

struct Setup final : MetadataSourcesOwner {
  Setup() {
    record.name = "a magnet";
    record.hashes.v1 = sha1(info);
    record.has_metadata = false;
    record.tiers = {{"http://one.example/announce"}};
    record.content.webseeds = {"http://seed.example/a"};
    record.metadata_sources = {"http://first.example/a.torrent", "https://second.example/b"};
    sources.set_fetching({.user_agent = "seedd test"});
  }
  const torrent::TorrentRecord* wants_metadata(TorrentId torrent) override {
    CHECK(torrent == magnet);
    return wanted ? &record : nullptr;
  }
  void on_metadata_found(TorrentId torrent, CheckedMetadata told) override {
    CHECK(torrent == magnet);
    wanted = false;
    found = std::move(told);
  }
  /// To its deadline, if that is at most so far away.
  void wait(Duration at_most) {
    REQUIRE(sources.deadline() <= clock.now() + at_most);
    clock.advance(std::max(Duration(0), sources.deadline() - clock.now()));
    sources.on_deadline(clock.now());
  }
  void begin() {
    sources.consider(magnet, clock.now());
    wait(0s);
  }
  void answer(Result<io::HttpReply> reply) {
    const auto asked = std::exchange(answered, http.answers.size());
    REQUIRE(asked + 1 == http.answers.size());
    http.answers.back()(std::move(reply));
    workers.run_all();
  }
  void answer_with(Bytes body) { answer(test::reply_of(200, as_text(body))); }
  const std::string& asked_last() const { return http.requests.back().url; }

  seed::test::ManualClock clock;
  seed::test::FakeFiles files;
  test::MemoryStore store;
  seed::test::InlineWorkers workers{files, store};
  test::FetchDouble http;
  Buffer info = metainfo::parse_torrent(test::small_torrent("a"))->info;
  torrent::TorrentRecord record;
  bool wanted = true;
  std::optional<CheckedMetadata> found;
  std::size_t answered = 0;
  MetadataSources sources{clock, workers, http, *this, {}};
};

TEST_CASE("a magnet's source gives the metadata, and its trackers and web seeds are joined") {
  Setup setup;
  metainfo::TorrentParts parts;
  parts.info = setup.info;
  parts.announce_tiers = {{"http://one.example/announce", "udp://two.example:80/announce"}};
  parts.web_seeds = {"http://seed.example/a", "http://other.example/a"};
  setup.begin();
  CHECK(setup.asked_last() == "http://first.example/a.torrent");
  CHECK(setup.http.requests[0].user_agent == "seedd test");
  CHECK_FALSE(setup.http.requests[0].private_addresses_allowed);
  setup.answer_with(metainfo::encode_torrent(parts));
  REQUIRE(setup.found);
  CHECK(setup.found->metainfo->hashes.v1 == setup.record.hashes.v1);
  CHECK(setup.found->metainfo->announce_tiers ==
        tracker::TierList{{"http://one.example/announce"}, {"udp://two.example:80/announce"}});
  CHECK(setup.found->metainfo->web_seeds ==
        std::vector<std::string>{"http://seed.example/a", "http://other.example/a"});
  CHECK(setup.sources.deadline() == never);
}

TEST_CASE("a source that gives nothing of use is followed by the next, the last by a pause") {
  Setup setup;
  setup.begin();
  SECTION("nobody answers") { setup.answer(fail(FaultCode::timed_out, "no answer")); }
  SECTION("it has gone") { setup.answer(test::reply_of(404, "")); }
  SECTION("it is no torrent") { setup.answer(test::reply_of(200, "<html>")); }
  SECTION("it is another torrent") { setup.answer_with(test::small_torrent("another")); }
  setup.wait(0s);
  CHECK(setup.asked_last() == "https://second.example/b");
  setup.answer(test::reply_of(404, ""));
  CHECK(setup.sources.deadline() == setup.clock.now() + MetadataSources::pause_min);
  // The pause grows with each round.
  setup.wait(MetadataSources::pause_min);
  CHECK(setup.asked_last() == "http://first.example/a.torrent");
  setup.answer(test::reply_of(404, ""));
  setup.wait(0s);
  setup.answer(test::reply_of(404, ""));
  CHECK(setup.sources.deadline() == setup.clock.now() + 2 * MetadataSources::pause_min);
  setup.wait(2 * MetadataSources::pause_min);
  setup.answer_with(test::small_torrent("a"));
  CHECK(setup.found);
}

TEST_CASE("nothing is fetched for a torrent that wants no metadata, or not any more") {
  Setup setup;
  SECTION("from the beginning") {
    setup.wanted = false;
    setup.sources.consider(magnet, setup.clock.now());
    CHECK(setup.sources.deadline() == never);
  }
  SECTION("before its turn") {
    setup.sources.consider(magnet, setup.clock.now());
    setup.wanted = false;
    setup.wait(0s);
    CHECK(setup.http.requests.empty());
    CHECK(setup.sources.deadline() == never);
  }
  SECTION("when the file comes") {
    setup.begin();
    setup.wanted = false;
    setup.answer_with(test::small_torrent("a"));
    CHECK_FALSE(setup.found);
    CHECK(setup.sources.deadline() == never);
  }
  // It begins anew when it is wanted again.
  setup.wanted = true;
  setup.begin();
  CHECK(setup.asked_last() == "http://first.example/a.torrent");
}

TEST_CASE("a torrent is fetched once at a time, and without sources never") {
  Setup setup;
  setup.begin();
  setup.sources.consider(magnet, setup.clock.now());
  CHECK(setup.sources.deadline() == never);
  setup.answer_with(test::small_torrent("a"));
  setup.record.metadata_sources.clear();
  setup.wanted = true;
  setup.sources.consider(magnet, setup.clock.now());
  CHECK(setup.sources.deadline() == never);
}

}  // namespace
}  // namespace seed::session
