// What tests of core/torrent stand on: a World of doubles on one thread, a session that writes down
// what it hears, and peers at the other end of streams of memory.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/peer/connection.h"
#include "core/torrent/host.h"
#include "core/torrent/peer_link.h"
#include "core/torrent/record.h"
#include "core/torrent/shapes.h"
#include "tests/support/catch.h"
#include "tests/support/fake_uplink.h"
#include "tests/unit/core/storage/fixture.h"

namespace seed::torrent::test {

using seed::test::FakeFiles;
using seed::test::InlineWorkers;
using seed::test::ManualClock;
using seed::test::NoStore;
using seed::test::SeededEntropy;
using Content = seed::test::Torrent;  // octets and their metainfo

class NoAlarm final : public io::Alarm {
 public:
  void set_owner(io::TurnOwner*) override {}
  void set(Instant) override {}
  void again() override {}
};
class NoResolver final : public io::Resolver {
 public:
  LookupId resolve(const std::string&, Answer<std::vector<IpAddress>>) override { return {}; }
  void cancel(LookupId) override {}
};
/// Exchanges that are handed over as they come are carried out by the test.
class NoHttp final : public io::Http {
 public:
  struct Opened {
    io::HttpRequest request;
    io::HttpStreamOwner* owner = nullptr;  ///< nullptr when it was cancelled
    int resumed = 0;
  };
  HttpCallId get(io::HttpRequest, Answer<io::HttpReply>) override { return {}; }
  HttpCallId open(io::HttpRequest request, io::HttpStreamOwner& owner) override {
    opened.push_back({std::move(request), &owner, 0});
    return {static_cast<std::uint32_t>(opened.size() - 1), 1};
  }
  void resume(HttpCallId id) override { ++opened[id.slot].resumed; }
  void cancel(HttpCallId id) override { opened[id.slot].owner = nullptr; }
  std::vector<Opened> opened;
};
class NoGateway final : public io::Gateway {
 public:
  void default_gateway(const io::GatewayQuery&, Answer<io::GatewayFacts>) override {}
  void upnp_map(const io::UpnpMapping&, Answer<io::UpnpMapping>) override {}
  void upnp_unmap(const io::UpnpMapping&, Answer<void>) override {}
};

inline Buffer drained(ByteQueue& queue) {
  Buffer out;
  while (!queue.empty()) {
    std::array<Bytes, 1> front;
    queue.front(front);
    out.insert(out.end(), front[0].begin(), front[0].end());
    queue.consume(front[0].size());
  }
  return out;
}

/// The far end of a stream, which outlives it.
struct Wire {
  io::StreamOwner* owner = nullptr;  ///< nullptr when the stream is gone
  Endpoint remote;
  ByteQueue written;
  std::size_t stuck = 0;  ///< octets the system will not take
  bool resumed = false;
};

class MemoryStream final : public io::Stream {
 public:
  MemoryStream(std::shared_ptr<Wire> wire, io::StreamOwner* owner) : wire_(std::move(wire)) {
    wire_->owner = owner;
  }
  ~MemoryStream() override { wire_->owner = nullptr; }
  void set_owner(io::StreamOwner* owner) override { wire_->owner = owner; }
  void write(ByteQueue&& bytes) override { wire_->written.append(std::move(bytes)); }
  std::size_t unsent() const override { return wire_->stuck; }
  void resume_reading() override { wire_->resumed = true; }
  Endpoint local() const override { return {}; }
  Endpoint remote() const override { return wire_->remote; }

 private:
  std::shared_ptr<Wire> wire_;
};

class MemoryNet final : public io::Net {
 public:
  Result<std::unique_ptr<io::Stream>> dial(const Endpoint& to, const io::DialOptions& options,
                                           io::StreamOwner& owner) override {
    if (refuse) return std::unexpected(*refuse);
    options_used = options;
    auto wire = std::make_shared<Wire>();
    wire->remote = to;
    dialled.push_back(wire);
    return std::make_unique<MemoryStream>(std::move(wire), &owner);
  }
  Result<std::unique_ptr<io::Listener>> listen(const Endpoint&, io::ListenerOwner&) override {
    return fail(FaultCode::unsupported, "no listener");
  }
  Result<std::unique_ptr<io::UdpSocket>> open_udp(const Endpoint&, io::UdpSocketOwner&) override {
    return fail(FaultCode::unsupported, "no socket");
  }
  std::optional<Fault> refuse;
  io::DialOptions options_used;  ///< last
  std::vector<std::shared_ptr<Wire>> dialled;
};

/// A session that carries nothing out by itself.
class HostDouble final : public Host {
 public:
  void on_torrent_dirty(TorrentId) override { ++dirty; }
  void on_torrent_deadline(TorrentId, Instant when) override { deadline = when; }
  std::uint64_t next_sequence(TorrentId id) override {
    if (noted) noted(id);
    return ++sequence;
  }
  void want_save(TorrentId, SaveNeeds) override { ++saves_wanted; }
  void save(TorrentId, SaveNeeds, Answer<void> answer) override {
    saves.push_back(std::move(answer));
  }
  void check_metadata(TorrentId, Buffer info) override { metadata.push_back(std::move(info)); }
  void complete_metadata(TorrentId, metainfo::Metainfo metainfo,
                         std::map<FileIndex, Buffer> layers) override {
    for (const auto& [file, layer] : layers) REQUIRE(metainfo.set_layer(file, layer));
    layered = std::make_shared<const metainfo::Metainfo>(std::move(metainfo));
  }
  void on_metadata_complete(TorrentId,
                            std::shared_ptr<const metainfo::Metainfo> metainfo) override {
    metadata_complete = std::move(metainfo);
  }
  Result<void> learn_hashes(TorrentId, const InfoHashes&) override { return hashes_learned; }
  std::shared_ptr<const metainfo::Metainfo> metadata_complete, layered;
  Result<void> hashes_learned;  ///< what learn_hashes() answers
  void load_content(TorrentId) override { ++loads; }
  void want_dials(TorrentId) override { ++dials_wanted; }
  void on_tracker_event(TorrentId, const tracker::Announcer::Event& event) override {
    if (const auto* due = std::get_if<tracker::Announcer::Due>(&event)) dues.push_back(*due);
  }
  void on_torrent_state(TorrentId) override { ++states; }
  void on_torrent_completed(TorrentId) override { ++completed; }
  void on_torrent_seeding_done(TorrentId) override { ++seeding_done; }
  void on_torrent_failed(TorrentId, const Fault& fault) override { faults.push_back(fault); }
  void on_fault_checked(TorrentId, bool mended) override { fault_checked = mended; }
  void on_link_count(TorrentId, int change) override { links += change; }
  std::optional<std::string> complete_at(TorrentId, const std::string& root,
                                         const std::string& name) override {
    return name == complete_name && root == "/data/torrents" ? std::optional(name) : std::nullopt;
  }
  void on_half_open(int change) override { half_open += change; }
  void prepare(peer::Local& local, const IpAddress& remote) override {
    local.remote = remote;
    local.reqq = 500;
    local.dht = dht != 0;
    local.holepunch = true;
    local.encryption = encryption;
    if (encryption != peer::Encryption::allowed) local.secret.emplace();
  }
  void prepare(io::HttpRequest& request) override { request.user_agent = "test"; }
  peer::Encryption encryption = peer::Encryption::allowed;
  std::uint16_t dht_port(const IpAddress&) override { return dht; }
  void on_dht_node(const Endpoint& node) override { dht_nodes.push_back(node); }
  Allowance& allowance_of(const std::string& group) override {
    return group == "slow" ? slow_group : session_limits;
  }
  bool turns_away(const IpAddress& address) override { return address == blocked; }
  void on_payload(std::uint64_t down, std::uint64_t up) override {
    downloaded += down;
    uploaded += up;
  }
  /// All that was to be saved is durable now, or cannot be saved.
  void answer_saves(const Result<void>& outcome = {}) {
    for (auto& answer : std::exchange(saves, {})) answer(outcome);
  }

  std::function<void(TorrentId)> noted;  ///< what changes
  int dirty = 0, saves_wanted = 0, loads = 0, dials_wanted = 0, states = 0, completed = 0,
      seeding_done = 0;
  Allowance session_limits;
  Allowance slow_group{&session_limits};
  int links = 0, half_open = 0;
  std::vector<Buffer> metadata;  ///< to be checked
  std::uint16_t dht = 0;
  std::vector<Endpoint> dht_nodes;
  std::uint64_t sequence = 0, downloaded = 0, uploaded = 0;
  Instant deadline = never;
  std::vector<Answer<void>> saves;
  std::vector<Fault> faults;
  std::string complete_name;  ///< of another torrent in /data/torrents
  std::optional<IpAddress> blocked;
  std::vector<tracker::Announcer::Due> dues;
  std::optional<bool> fault_checked;
};

/// One session's ground under the parts of a torrent.
struct Ground {
  explicit Ground(storage::StorageOptions options = {})
      : storage(workers, clock, entropy, options) {
    files.mount("/data");
    (void)files.make_folders(*SafePath::root("/data/torrents"), true);
    (void)files.make_folders(*SafePath::root("/data/elsewhere"), true);
  }

  ManualClock clock;
  FakeFiles files;
  NoStore store;
  InlineWorkers workers{files, store};
  SeededEntropy entropy{1};
  NoAlarm alarm;
  NoResolver resolver;
  NoHttp http;
  NoGateway gateway;
  seed::test::FakeUplink uplink;
  MemoryNet net;
  HostDouble host;
  config::Settings settings;
  storage::Storage storage;
  tracker::TrackerIds tracker_ids;
  tracker::TierList default_trackers;
  Environment environment{
      {clock, alarm, entropy, net, resolver, http, gateway, workers, files, store, uplink},
      host,
      settings,
      storage,
      tracker_ids,
      default_trackers,
      "seedd test",
      {}};
};

/// A record of that content, below /data/torrents.
inline TorrentRecord record_of(const Content& content) {
  TorrentRecord record;
  record.hashes = content.metainfo->hashes;
  record.name = content.layout().path(FileIndex{0});
  record.download_dir = "/data/torrents";
  record.content.total_size = content.layout().total_size();
  record.content.piece_count = content.pieces();
  record.content.piece_size = content.layout().piece_length();
  record.content.file_count = content.layout().file_count();
  record.progress.size_when_done = content.layout().total_size();
  record.progress.left_until_done = content.layout().total_size();
  return record;
}

inline Endpoint endpoint(const std::string& address, std::uint16_t port = 6881) {
  return {*IpAddress::parse(address), port};
}

inline PeerId peer_id(std::uint8_t octet) {
  PeerId id;
  id.octets.fill(octet);
  return id;
}

/// How the far side knows the torrent.
inline peer::TorrentSide side_of(const Content& content, const PeerId& id) {
  peer::TorrentSide side;
  side.info_hash = content.metainfo->hashes.short_hash();
  side.info_hash_v2 = content.metainfo->hashes.short_v2();
  side.peer_id = id;
  side.shape = link_shape(content.metainfo);
  return side;
}

/// The far end of a link: a real connection, fed by hand.
class FarPeer {
 public:
  FarPeer(peer::Role role, std::shared_ptr<Wire> wire, const Content& content, const PeerId& id,
          Instant now)
      : wire_(std::move(wire)), connection(role, local(content, id), Rng(9), now) {}

  /// Lets octets pass both ways until neither side has more to say. `flush` is what the near side's
  /// driver does at the end of a turn.
  void talk(const std::function<void()>& flush, Instant now) {
    for (int i = 0; i < 20; ++i) {
      flush();
      Buffer from_near = drained(wire_->written);
      Buffer from_far = drained(connection.outgoing());
      if (from_near.empty() && from_far.empty()) return;
      if (!from_near.empty()) {
        connection.on_bytes(from_near, now);
        while (auto event = connection.next_event()) {
          if (std::holds_alternative<peer::HandshakeReceived>(*event) && incoming_)
            connection.accept(*side_, now);
          events.push_back(std::move(*event));
        }
      }
      if (!from_far.empty() && wire_->owner != nullptr) wire_->owner->on_bytes(from_far);
    }
  }
  template <typename T>
  std::size_t count() const {
    std::size_t found = 0;
    for (const auto& event : events) found += std::holds_alternative<T>(event) ? 1u : 0u;
    return found;
  }
  Wire& wire() { return *wire_; }

 private:
  peer::Local local(const Content& content, const PeerId& id) {
    side_ = side_of(content, id);
    peer::Local out;
    out.torrent = side_;
    out.client = "far";
    out.holepunch = true;
    return out;
  }

  std::shared_ptr<Wire> wire_;
  std::optional<peer::TorrentSide> side_;
  bool incoming_ = false;

 public:
  peer::Connection connection;
  std::vector<peer::Event> events;

  /// The far side of a link that the near side has dialled.
  static std::unique_ptr<FarPeer> dialled(std::shared_ptr<Wire> wire, const Content& content,
                                          const PeerId& id, Instant now,
                                          std::uint32_t metadata_size = 0) {
    auto far = std::make_unique<FarPeer>(peer::Role::incoming, std::move(wire), content, id, now);
    far->incoming_ = true;
    far->side_->metadata_size = metadata_size;
    far->wire_->owner->on_connected();
    return far;
  }
};

/// Makes links that somebody else has dialled and nobody has shaken hands with. Outlives them,
/// until a torrent has taken them over.
class Accepted final : private LinkOwner {
 public:
  std::unique_ptr<PeerLink> link(Ground& ground, std::shared_ptr<Wire> wire,
                                 const std::string& address) {
    LinkOwner& owner = *this;
    auto made = std::make_unique<PeerLink>(
        owner, ground.clock,
        PeerLink::Config{
            .remote = endpoint(address), .source = swarm::Source::incoming, .incoming = true},
        peer::Connection(peer::Role::incoming, {}, Rng(8), ground.clock.now()));
    made->adopt(std::make_unique<MemoryStream>(std::move(wire), nullptr));
    return made;
  }

 private:
  void on_link_event(PeerLink&, peer::Event&&) override {}
  void on_link_connected(PeerLink&) override {}
  bool link_may_read(PeerLink&) override { return true; }
  void on_link_held(PeerLink&, Instant) override {}
  void on_link_dirty(PeerLink&) override {}
};

}  // namespace seed::torrent::test
