// What tests of Links stand on: those of one torrent, in the World of fixture.h.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/torrent/links.h"
#include "tests/unit/core/torrent/fixture.h"

namespace seed::torrent::test {

/// Hears of a torrent's links.
struct LinksHeard final : LinksOwner {
  void on_link_event(PeerLink& link, peer::Event&& event) override {
    if (const auto* handshake = std::get_if<peer::HandshakeReceived>(&event))
      greeted.emplace_back(link.id, handshake->peer_id);
  }
  void on_link_gone(PeerLink& link) override { gone.push_back(link.id); }
  void on_links_deadline() override { ++deadlines; }
  std::uint64_t block_bytes() const override { return blocks; }

  std::vector<std::pair<LinkId, PeerId>> greeted;
  std::vector<LinkId> gone;
  std::uint64_t blocks = 0;
  int deadlines = 0;
};

struct SomeLinks {
  Ground ground;
  Content content = Content::make({{"name", 100'000}}, 32768, 1);
  TorrentRecord record = record_of(content);
  LinksHeard owner;
  Links links{ground.environment, TorrentId{1, 1}, record, owner, Rng(3)};
  PeerId ours = peer_id(1);
  Bitfield have{4};

  Instant now() const { return ground.clock.now(); }
  /// Dials the best candidate.
  PeerLink& dial() {
    const auto candidate = links.next_to_dial(now());
    REQUIRE(candidate);
    peer::Local local;
    local.torrent = side_of(content, ours);
    links.dial(*candidate, std::move(local), Rng(5), ground.net, {});
    PeerLink* last = nullptr;
    links.table().each([&](PeerLink& link) { last = &link; });
    REQUIRE(last != nullptr);
    return *last;
  }
  void turn() {
    if (links.on_turn_end(now(), [](PeerLink&) {})) links.reap(now());
  }
  /// A link to a peer at that address, shaken hands with.
  std::unique_ptr<FarPeer> connect(const std::string& address, std::uint8_t id, bool done = false) {
    REQUIRE(links.candidates().add(endpoint(address), swarm::Source::tracker, {}, now()));
    PeerLink& link = dial();
    auto far = FarPeer::dialled(ground.net.dialled.back(), content, peer_id(id), now());
    far->talk([&] { turn(); }, now());
    REQUIRE_FALSE(owner.greeted.empty());
    if (links.open(link, owner.greeted.back().second, {ours, have, done}))
      far->talk([&] { turn(); }, now());
    return far;
  }
  /// Blocks are to come from all of them.
  void ask() {
    links.table().each([&](PeerLink& link) { link.download.window.on_requested(1, now()); });
  }
  std::optional<swarm::Candidate> next() { return links.next_to_dial(now()); }
};

}  // namespace seed::torrent::test
