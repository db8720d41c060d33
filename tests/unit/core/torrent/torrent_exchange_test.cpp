// A torrent's peer exchange, over links to peers that take it.
#include <algorithm>
#include <memory>
#include <vector>

#include "tests/unit/core/torrent/one_torrent.h"

namespace seed::torrent {
namespace {

struct Setup : test::OneTorrent {
  explicit Setup(bool is_private = false) {
    auto record = test::record_of(octets);
    record.content.is_private = is_private;
    made.reset();
    made.emplace(ground.environment, TorrentId{1, 1}, 1, std::move(record), Rng(3));
    torrent().set_allowed(true);
    load();
  }
  /// Lets time pass for the torrent and for these.
  void pass_with(Duration time, const std::vector<test::FarPeer*>& peers) {
    for (Duration step{}; step < time; step += 1s) {
      pass(1s);
      for (auto* peer : peers) talk(*peer);
    }
  }
  static std::vector<Endpoint> told(const test::FarPeer& peer) {
    std::vector<Endpoint> out;
    for (const auto& event : peer.events)
      if (const auto* pex = std::get_if<wire::UtPex>(&event))
        for (const auto& added : pex->added) out.push_back(added.endpoint);
    return out;
  }
};

TEST_CASE("links of a public torrent are told of each other") {
  Setup setup;
  const auto one = setup.connect("10.0.0.2", 2);
  const auto other = setup.connect("10.0.0.3", 3);
  setup.pass_with(12s, {one.get(), other.get()});
  CHECK(Setup::told(*one) == std::vector{test::endpoint("10.0.0.3")});
  CHECK(Setup::told(*other) == std::vector{test::endpoint("10.0.0.2")});
}

TEST_CASE("who is told of by a link is dialled") {
  Setup setup;
  const auto one = setup.connect("10.0.0.2", 2);
  wire::UtPex message;
  message.added.push_back({test::endpoint("10.0.0.9"), wire::PexPeer::upload_only});
  REQUIRE(one->connection.send_extension(message, setup.now()));
  setup.talk(*one);
  REQUIRE(setup.torrent().dial_next(setup.ground.net, {}, {}));
  CHECK(setup.ground.net.dialled.back()->remote == test::endpoint("10.0.0.9"));
}

TEST_CASE(
    "a private torrent neither tells nor hears of peers, and one for whom it is off neither") {
  for (const bool is_private : {true, false}) {
    Setup setup(is_private);
    if (!is_private) {
      setup.ground.settings.pex_enabled = false;
      setup.torrent().on_settings();
    }
    const auto one = setup.connect("10.0.0.2", 2);
    CHECK_FALSE(one->connection.takes(wire::Extension::ut_pex));
    const auto other = setup.connect("10.0.0.3", 3);
    setup.pass_with(12s, {one.get(), other.get()});
    CHECK(Setup::told(*one).empty());
  }
}

}  // namespace
}  // namespace seed::torrent
