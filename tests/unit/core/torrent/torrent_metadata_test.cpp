// A magnet's torrent, from its hash to its content.
#include <optional>
#include <string>
#include <utility>

#include "core/peer/event.h"
#include "tests/unit/core/torrent/one_torrent.h"

namespace seed::torrent {
namespace {

using Kind = wire::UtMetadata::Kind;

struct Setup : test::OneTorrent {
  explicit Setup(bool data = false, bool running = true) {
    // Metadata of two pieces: 20 octets a piece of content.
    octets = test::Content::make({{"name", 4096 * 1000}}, 4096, 1);
    if (data) octets.put(ground.files, "/data/torrents");
    begin(running);
  }
  void begin(bool running) {
    made.reset();
    TorrentRecord record;
    record.hashes.v1 = Sha1{};
    record.hashes.v1->octets.fill(0xaa);
    record.name = "a magnet";
    record.download_dir = "/data/torrents";
    record.has_metadata = false;
    record.running = running;
    record.in_doubt = true;
    made.emplace(ground.environment, TorrentId{1, 1}, 1, std::move(record), Rng(3));
    torrent().set_allowed(true);
    settle();
  }

  /// A peer that has the metadata, or other octets of the same length, and gives what it is asked
  /// for.
  std::unique_ptr<test::FarPeer> meet(const std::string& address, std::uint8_t id,
                                      bool honest = true) {
    torrent().add_candidate(test::endpoint(address), swarm::Source::tracker);
    REQUIRE(torrent().dial_next(ground.net, {}, {}));
    auto far = test::FarPeer::dialled(ground.net.dialled.back(), octets, test::peer_id(id), now(),
                                      static_cast<std::uint32_t>(info().size()));
    for (int i = 0; i < 8; ++i) {
      talk(*far);
      for (auto& event : std::exchange(far->events, {})) {
        const auto* asked = std::get_if<wire::UtMetadata>(&event);
        if (asked == nullptr || asked->kind != Kind::request) continue;
        Buffer data = to_buffer(Bytes(info()).subspan(
            asked->piece * 16384,
            std::min<std::size_t>(16384, info().size() - asked->piece * 16384)));
        if (!honest) data[0] ^= 1;
        far->connection.send_metadata_piece(asked->piece, static_cast<std::uint32_t>(info().size()),
                                            data, now());
      }
    }
    return far;
  }
  /// The session has found it to be right.
  void learn() {
    LearnedMetadata learned;
    learned.metainfo = octets.metainfo;
    learned.torrent = to_buffer("the octets");
    learned.content = test::record_of(octets).content;
    learned.progress = test::record_of(octets).progress;
    torrent().on_metadata(std::move(learned));
  }
  const Buffer& info() const { return octets.metainfo->info; }
};

TEST_CASE("a magnet asks its peers for the metadata, and shows how much it has") {
  Setup setup;
  CHECK(setup.torrent().status() == Status::downloading);
  CHECK(setup.torrent().snapshot({}).metadata_progress == 0);
  CHECK(setup.ground.host.loads == 0);
  const auto far = setup.meet("10.0.0.2", 2);
  REQUIRE(setup.ground.host.metadata.size() == 1);
  CHECK(setup.ground.host.metadata[0] == setup.info());
  CHECK(setup.torrent().snapshot({}).metadata_progress == 0.99);
  CHECK_FALSE(setup.torrent().snapshot({}).has_metadata);
}

TEST_CASE("with its metadata it downloads from those who gave it") {
  Setup setup;
  const auto far = setup.meet("10.0.0.2", 2);
  setup.learn();
  CHECK(setup.torrent().record().name == setup.octets.metainfo->name);
  CHECK(setup.torrent().snapshot({}).has_metadata);
  CHECK(setup.ground.host.loads == 1);
  setup.load();
  CHECK(setup.ground.host.links == 1);
  setup.serve(*far);
  CHECK(setup.torrent().done());
}

TEST_CASE("metadata is saved with each record until it is durable") {
  Setup setup;
  const auto far = setup.meet("10.0.0.2", 2);
  setup.learn();
  CHECK(setup.torrent().save_as(false).metainfo == to_buffer("the octets"));
  setup.ground.host.answer_saves(fail(FaultCode::disk_full, "full"));
  CHECK(setup.torrent().save_as(false).metainfo == to_buffer("the octets"));
  setup.load();
  setup.pass(2s);
  CHECK_FALSE(setup.torrent().save_as(false).metainfo);
}

TEST_CASE("who gives false metadata is banned, and another is asked") {
  Setup setup;
  const auto liar = setup.meet("10.0.0.2", 2, false);
  REQUIRE(setup.ground.host.metadata.size() == 1);
  CHECK(setup.ground.host.metadata[0] != setup.info());
  setup.torrent().on_wrong_metadata();
  setup.settle();
  CHECK(setup.ground.host.links == 0);
  CHECK_FALSE(setup.torrent().accepts(test::endpoint("10.0.0.2", 5)));
  const auto honest = setup.meet("10.0.0.3", 3);
  REQUIRE(setup.ground.host.metadata.size() == 2);
  CHECK(setup.ground.host.metadata[1] == setup.info());
}

TEST_CASE("metadata that has the hash and cannot be used is an error of the torrent") {
  Setup setup;
  const auto far = setup.meet("10.0.0.2", 2);
  setup.torrent().on_bad_metadata({FaultCode::malformed, 0, "torrent: no name"});
  CHECK(setup.torrent().status() == Status::stopped);
  CHECK(setup.torrent().snapshot({}).error_string ==
        "its metadata cannot be used: torrent: no name");
  setup.settle();
  CHECK(setup.ground.host.links == 0);
}

TEST_CASE("a paused magnet meets nobody, unless the setting says so") {
  Setup setup(false, false);
  setup.torrent().add_candidate(test::endpoint("10.0.0.2"), swarm::Source::manual);
  CHECK_FALSE(setup.torrent().wants_links());
  setup.ground.settings.fetch_metadata_while_paused = true;
  setup.torrent().on_settings();
  CHECK(setup.torrent().wants_links());
  CHECK(setup.torrent().status() == Status::stopped);
  const auto far = setup.meet("10.0.0.2", 2);
  setup.learn();
  setup.load();
  setup.settle();
  CHECK(setup.torrent().status() == Status::stopped);
  CHECK(setup.ground.host.links == 0);
}

TEST_CASE("data that is there already is found when the metadata comes, and its peers are told") {
  Setup setup(true);
  const auto far = setup.meet("10.0.0.2", 2);
  setup.learn();
  setup.load();
  CHECK(setup.torrent().done());
  CHECK(setup.torrent().status() == Status::seeding);
}

TEST_CASE("a magnet takes links of peers that come, and has nothing for them") {
  Setup setup;
  CHECK(setup.torrent().takes_links());
  const auto far = setup.meet("10.0.0.2", 2);
  far->events.clear();
  REQUIRE(far->connection.request_metadata(0, setup.now()));
  setup.talk(*far);
  REQUIRE(far->events.size() == 1);
  CHECK(std::get<wire::UtMetadata>(far->events[0]).kind == Kind::reject);
}

TEST_CASE("orders that need content are refused without metadata, and leave no trace") {
  Setup setup;
  std::optional<Result<void>> renamed;
  setup.torrent().rename("name", "other", [&](Result<void> outcome) { renamed = outcome; });
  REQUIRE(renamed);
  CHECK(renamed->error().text == "its metadata is not there yet");
  setup.torrent().verify();
  CHECK(setup.torrent().status() == Status::downloading);
  setup.torrent().move_data(*SafePath::root("/data/elsewhere"), [](const Result<void>&) {});
  setup.settle();
  CHECK(setup.torrent().record().download_dir == "/data/elsewhere");
  CHECK(setup.torrent().status() == Status::downloading);
}

TEST_CASE("a torrent that turns out to be private drops peers its trackers did not name") {
  Setup setup;
  const auto far = setup.meet("10.0.0.2", 2);
  setup.torrent().add_candidate(test::endpoint("10.0.0.7"), swarm::Source::dht);
  setup.torrent().add_candidate(test::endpoint("10.0.0.8"), swarm::Source::tracker);
  LearnedMetadata learned;
  learned.metainfo = setup.octets.metainfo;
  learned.content = test::record_of(setup.octets).content;
  learned.content.is_private = true;
  learned.progress = test::record_of(setup.octets).progress;
  setup.torrent().on_metadata(std::move(learned));
  setup.load();
  setup.settle();
  REQUIRE(setup.torrent().dial_next(setup.ground.net, {}, {}));
  CHECK(setup.ground.net.dialled.back()->remote == test::endpoint("10.0.0.8"));
  CHECK_FALSE(setup.torrent().dial_next(setup.ground.net, {}, {}));
}

TEST_CASE("what was said of the files before is kept over a restart") {
  Setup setup;
  setup.torrent().add_early_wishes({{.kind = EarlyWish::Kind::unwanted},
                                    {.kind = EarlyWish::Kind::wanted, .first = 2, .last = 4}});
  const auto saved = setup.torrent().save_as(false);
  const auto record = parse_record(saved.record, setup.torrent().hashes());
  REQUIRE(record);
  CHECK(record->early_wishes == setup.torrent().record().early_wishes);
  CHECK_FALSE(record->has_metadata);
}

}  // namespace
}  // namespace seed::torrent
