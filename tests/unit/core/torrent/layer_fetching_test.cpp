#include "core/torrent/layer_fetching.h"

#include "core/metainfo/torrent_encoder.h"
#include "tests/unit/core/torrent/v2_torrent.h"

namespace seed::torrent {

namespace {

/// A magnet whose info dictionary has come: its layers are missing.
struct Magnet : test::OneTorrent {
  Magnet() {
    octets = test::v2_content();
    const auto without = test::v2_content(false);
    TorrentRecord record;
    record.hashes = octets.metainfo->hashes;
    record.name = "a magnet";
    record.download_dir = "/data/torrents";
    record.has_metadata = false;
    record.running = true;
    made.reset();
    made.emplace(ground.environment, TorrentId{1, 1}, 1, std::move(record), Rng(3));
    torrent().set_allowed(true);
    settle();
    learned = of(without.metainfo);
  }
  LearnedMetadata of(std::shared_ptr<const metainfo::Metainfo> metainfo) const {
    LearnedMetadata out;
    out.metainfo = std::move(metainfo);
    out.content = test::record_of(octets).content;
    out.progress = test::record_of(octets).progress;
    return out;
  }
  /// As the session does when the layers are there.
  void begin() {
    REQUIRE(ground.host.layered);
    auto whole = of(ground.host.layered);
    whole.torrent = metainfo::encode_torrent(metainfo::parts_of(*ground.host.layered));
    torrent().on_metadata(std::move(whole));
  }
  std::vector<wire::HashRange> asked(test::FarPeer& far) {
    std::vector<wire::HashRange> out;
    for (const auto& event : std::exchange(far.events, {}))
      if (const auto* one = std::get_if<peer::HashesRequested>(&event)) out.push_back(one->range);
    return out;
  }
  Buffer layer_hashes(const wire::HashRange& range) const {
    return metainfo::hashes_of(octets.metainfo->piece_layer({1}),
                               {range.base_layer, range.index, range.length, range.proof_layers});
  }
  LearnedMetadata learned;
};

}  // namespace

TEST_CASE("a magnet's piece layers are asked for, and then it begins") {
  Magnet setup;
  const auto far = setup.connect("10.0.0.2", 2);
  setup.torrent().on_metadata(std::move(setup.learned));
  setup.talk(*far);
  const auto asked = setup.asked(*far);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].root == *setup.octets.metainfo->pieces_root({1}));
  CHECK(asked[0].base_layer == 2);
  CHECK(setup.torrent().without_metadata());
  far->connection.send_hashes(asked[0], setup.layer_hashes(asked[0]), setup.now());
  setup.talk(*far);
  setup.begin();
  CHECK_FALSE(setup.torrent().without_metadata());
  CHECK(setup.ground.host.loads == 1);
  REQUIRE(setup.ground.host.metadata_complete);
  CHECK(setup.ground.host.metadata_complete->layers_complete());
  // What is saved has them.
  const auto saved = setup.torrent().save_as(false);
  REQUIRE(saved.metainfo);
  const auto parsed = metainfo::parse_torrent(*saved.metainfo);
  REQUIRE(parsed);
  CHECK(parsed->layers_complete());
}

TEST_CASE("who gives a false piece layer is turned away, and another is asked") {
  Magnet setup;
  const auto liar = setup.connect("10.0.0.2", 2);
  setup.torrent().on_metadata(std::move(setup.learned));
  setup.talk(*liar);
  const auto asked = setup.asked(*liar);
  REQUIRE(asked.size() == 1);
  Buffer bad = setup.layer_hashes(asked[0]);
  bad[3] ^= 1;
  liar->connection.send_hashes(asked[0], bad, setup.now());
  setup.talk(*liar);
  setup.settle();
  CHECK_FALSE(setup.torrent().has_links());
  const auto honest = setup.connect("10.0.0.3", 3);
  const auto again = setup.asked(*honest);
  REQUIRE(again == asked);
  honest->connection.send_hashes(again[0], setup.layer_hashes(again[0]), setup.now());
  setup.talk(*honest);
  setup.begin();
  CHECK_FALSE(setup.torrent().without_metadata());
}

TEST_CASE("who refuses or is silent about piece layers is asked again after others") {
  Magnet setup;
  const auto first = setup.connect("10.0.0.2", 2);
  setup.torrent().on_metadata(std::move(setup.learned));
  setup.talk(*first);
  const auto asked = setup.asked(*first);
  REQUIRE(asked.size() == 1);
  first->connection.reject_hashes(asked[0], setup.now());
  setup.talk(*first);
  CHECK(setup.asked(*first).empty());
  const auto silent = setup.connect("10.0.0.3", 3);
  CHECK(setup.asked(*silent) == asked);
  setup.pass(LayerFetching::pause + 1s);
  setup.talk(*first);
  CHECK(setup.asked(*first) == asked);
}

TEST_CASE("what was asked of a link that goes is asked of one that is there") {
  Magnet setup;
  const auto first = setup.connect("10.0.0.2", 2);
  setup.torrent().on_metadata(std::move(setup.learned));
  setup.talk(*first);
  const auto asked = setup.asked(*first);
  REQUIRE(asked.size() == 1);
  const auto second = setup.connect("10.0.0.3", 3);
  CHECK(setup.asked(*second).empty());
  first->wire().owner->on_end({FaultCode::closed, 0, "gone"});
  setup.settle();
  setup.talk(*second);
  CHECK(setup.asked(*second) == asked);
}

TEST_CASE("a magnet that is here by its other hash can be asked for again") {
  Magnet setup;
  setup.ground.host.hashes_learned = fail(FaultCode::exists, "it is the same as another");
  auto whole = setup.of(setup.octets.metainfo);
  InfoHashes both = setup.octets.metainfo->hashes;
  both.v1 = Sha1{};
  auto hybrid = *setup.octets.metainfo;
  hybrid.hashes = both;
  whole.metainfo = std::make_shared<const metainfo::Metainfo>(hybrid);
  setup.torrent().on_metadata(std::move(whole));
  CHECK(setup.torrent().status() == Status::stopped);
  CHECK(setup.torrent().without_metadata());
  setup.ground.host.hashes_learned = {};
  setup.torrent().start({});
  setup.torrent().on_metadata(setup.of(setup.octets.metainfo));
  CHECK_FALSE(setup.torrent().without_metadata());
}

}  // namespace seed::torrent
