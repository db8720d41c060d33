// What tests of a whole torrent stand on: one, in the World of fixture.h.
#pragma once

#include "core/torrent/torrent.h"
#include "tests/unit/core/torrent/fixture.h"

namespace seed::torrent::test {

/// One torrent in a session that loads and saves when the test says so.
struct OneTorrent {
  explicit OneTorrent(bool data = false, bool running = true, bool in_doubt = false) {
    if (data) octets.put(ground.files, "/data/torrents");
    auto record = record_of(octets);
    record.running = running;
    record.in_doubt = in_doubt;
    made.emplace(ground.environment, TorrentId{1, 1}, 1, std::move(record), Rng(3));
  }
  Torrent& torrent() { return *made; }
  void begin_in_incomplete_folder() {
    ground.settings.incomplete_dir_enabled = true;
    ground.settings.incomplete_dir = "/data/elsewhere";
  }
  /// The next process, with what was saved.
  void restart(const Torrent::Saved& saved) {
    auto record = parse_record(saved.record, made->hashes());
    REQUIRE(record);
    made.reset();
    made.emplace(ground.environment, TorrentId{1, 2}, 1, *std::move(record), Rng(4));
    progress = *storage::parse_progress(saved.progress.value());
  }
  Instant now() const { return ground.clock.now(); }

  void load() {
    made->on_content(LoadedContent{octets.metainfo, progress});
    settle();
  }
  void load_until_checking() {
    made->on_content(LoadedContent{octets.metainfo, progress});
    while (made->status() != Status::checking) {
      REQUIRE(ground.workers.run_next());
      REQUIRE(ground.workers.deliver_next());
    }
  }
  void settle() {
    for (int i = 0; i < 20; ++i) {
      ground.workers.run_all();
      made->on_turn_end(now());
      ground.host.answer_saves();
    }
  }
  void pass(Duration time) {
    for (Duration step{}; step < time; step += 1s) {
      ground.clock.advance(1s);
      if (ground.host.deadline <= now()) made->on_deadline(now());
      settle();
    }
  }
  std::unique_ptr<FarPeer> connect(const std::string& address, std::uint8_t id) {
    made->add_candidate(endpoint(address), swarm::Source::tracker);
    REQUIRE(made->dial_next(ground.net, {}, {}));
    auto far = FarPeer::dialled(ground.net.dialled.back(), octets, peer_id(id), now());
    talk(*far);
    return far;
  }
  void talk(FarPeer& far) {
    for (int i = 0; i < 5; ++i) {
      far.talk([&] { made->on_turn_end(now()); }, now());
      ground.workers.run_all();
    }
  }

  /// Sends what is asked for until the torrent is done.
  void serve(FarPeer& far) {
    far.connection.send_bitfield(Bitfield(octets.pieces(), true), now());
    far.connection.set_choking(false, now());
    for (int round = 0; round < 20 && !made->done(); ++round) {
      talk(far);
      std::vector<BlockRef> wanted;
      for (const auto& event : far.events)
        if (const auto* asked = std::get_if<peer::BlockRequested>(&event))
          if (far.connection.peer_wants(asked->block)) wanted.push_back(asked->block);
      for (const auto& ref : wanted)
        far.connection.send_block(ref, Block::copy_of(octets.block(ref)), now());
    }
    settle();
  }
  /// What its tracker is told now, and takes; nothing when nothing is due.
  std::optional<tracker::AnnounceRequest> announce() {
    for (const auto& due : std::exchange(ground.host.dues, {})) {
      if (due.scrape) continue;
      const auto ready =
          made->announcing().begin_announce(due.tracker, made->announce_totals(), now());
      if (!ready) continue;
      made->on_tracker_reply(due.tracker, tracker::AnnounceReply{}, 6881);
      return ready->request;
    }
    return std::nullopt;
  }

  Ground ground;
  Content octets = Content::make({{"name/a", 60'000}, {"name/b", 40'000}}, 32768, 1);
  std::optional<Torrent> made;
  std::optional<storage::Progress> progress;  ///< what the store has of it
};

}  // namespace seed::torrent::test
