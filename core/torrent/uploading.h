// Uploading: whom we serve, and the way from a peer's request to the block on its link.
//
// A request above 16 KiB is read block by block and answered when all of it is there. Reads are
// asked of storage in runs and only while the link takes them: half a second's worth of blocks
// read, being read and unsent per link, at most limits::link_unsent_bytes_max.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "config/torrent_options.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/storage/piece_store.h"
#include "core/swarm/choker.h"
#include "core/swarm/slots.h"
#include "core/torrent/link_table.h"

namespace seed::torrent {

struct UploadTerms {
  std::size_t slots = 0;         ///< 0: by measured capacity
  std::uint64_t rate_limit = 0;  ///< octets a second in force; 0: none
  bool seeding = false;
};

/// What the settings and the torrent's options say of its uploads.
UploadTerms upload_terms(const config::Settings& settings, const config::TorrentOptions& options,
                         bool seeding);

class Uploading {
 public:
  /// Reads asked of storage in one go.
  static constexpr std::size_t run_blocks_max = 64;

  Uploading(storage::PieceStore& store, LinkTable& links, Rng rng);

  /// The peer's interest changed, or its link came or went: slots may be given again at once.
  void on_change() { replan_ = true; }
  void on_cancelled(PeerLink& link, BlockRef block);
  void on_gone(PeerLink& link);
  /// Asks storage for what the peer waits for, and sends what is there.
  void serve(PeerLink& link, Instant now);
  void on_blocks_read(LinkId reader, std::vector<storage::ReadBlock>& blocks, Instant now);
  void on_read_failed(LinkId reader);
  /// At the choker's rounds, and when on_change() was called.
  /// True when a peer is choked or unchoked, or another is the optimistic one.
  bool plan(const UploadTerms& terms, Instant now);
  /// Shut: nothing may be sent, for a limit is 0. From the next plan() on all are choked.
  void set_shut(bool shut) { replan_ = std::exchange(shut_, shut) != shut || replan_; }
  Instant deadline() const { return replan_ ? Instant{} : state_.next_round; }

 private:
  void send(PeerLink& link, std::vector<storage::ReadBlock>& blocks, Instant now);
  std::vector<swarm::ChokeFacts> facts(Instant now) const;

  storage::PieceStore* store_;
  LinkTable* links_;
  Rng rng_;
  swarm::ChokeState state_;
  swarm::UploadSlots slots_;
  std::size_t slot_count_ = swarm::UploadSlots::slots_min;
  bool replan_ = true;
  bool shut_ = false;
};

}  // namespace seed::torrent
