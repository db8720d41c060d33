// Pair: a link in a table, whose owner writes down what it hears, and the peer at its other end.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/torrent/link_table.h"
#include "tests/unit/core/torrent/fixture.h"

namespace seed::torrent::test {

class Pair final : private LinkOwner {
 public:
  Pair(Ground& ground, const Content& content, LinkTable& table, std::uint8_t id)
      : ground_(ground), table_(table) {
    peer::Local local;
    local.torrent = side_of(content, peer_id(1));
    local.torrent->metadata_size = static_cast<std::uint32_t>(content.metainfo->info.size());
    const Endpoint remote = endpoint("10.0.0." + std::to_string(id));
    LinkOwner& owner = *this;
    near_ = table
                .insert(std::make_unique<PeerLink>(
                    owner, ground.clock,
                    PeerLink::Config{
                        .remote = remote, .source = swarm::Source::tracker, .incoming = false},
                    peer::Connection(peer::Role::outgoing, std::move(local), Rng(id), now())))
                .id;
    REQUIRE(near().dial(ground.net, {}));
    far = FarPeer::dialled(ground.net.dialled.back(), content, peer_id(id), now());
    talk();
    REQUIRE(near().connection().open());
  }

  PeerLink& near() { return *table_.find(near_); }
  /// Lets octets pass both ways.
  void talk() {
    far->talk([&] { near().flush(now()); }, now());
  }
  /// The events of that kind that the near side heard, taken out.
  template <typename T>
  std::vector<T> take() {
    std::vector<T> found;
    for (auto& event : events)
      if (auto* one = std::get_if<T>(&event)) found.push_back(std::move(*one));
    std::erase_if(events, [](const auto& event) { return std::holds_alternative<T>(event); });
    return found;
  }
  template <typename T>
  std::vector<T> take_far() {
    std::vector<T> found;
    for (auto& event : far->events)
      if (auto* one = std::get_if<T>(&event)) found.push_back(std::move(*one));
    std::erase_if(far->events, [](const auto& event) { return std::holds_alternative<T>(event); });
    return found;
  }
  Instant now() const { return ground_.clock.now(); }

  std::unique_ptr<FarPeer> far;
  std::vector<peer::Event> events;

 private:
  void on_link_event(PeerLink&, peer::Event&& event) override {
    events.push_back(std::move(event));
  }
  void on_link_connected(PeerLink&) override {}
  bool link_may_read(PeerLink&) override { return true; }
  void on_link_held(PeerLink&, Instant) override {}
  void on_link_dirty(PeerLink&) override {}

  Ground& ground_;
  LinkTable& table_;
  LinkId near_;
};

}  // namespace seed::torrent::test
