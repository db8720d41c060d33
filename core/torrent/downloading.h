// Downloading: asks links for blocks, takes them to storage, and finds out who sent bad ones.
//
// Holds the picker and the bans; there while a torrent runs, has its metainfo and wants something.
// Interest is kept true at all times (BEP 3), also while choked.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "config/torrent_options.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/metainfo/file_layout.h"
#include "core/peer/event.h"
#include "core/storage/piece_store.h"
#include "core/swarm/bans.h"
#include "core/swarm/picker.h"
#include "core/torrent/link_table.h"
#include "core/torrent/record.h"

namespace seed::torrent {

/// How the pieces of a layout look to the picker.
swarm::Shape shape_of(const metainfo::FileLayout& layout);

/// One Want a piece for how the files are wanted; `wishes` may be empty: all normal.
std::vector<swarm::Want> wants_of(const metainfo::FileLayout& layout,
                                  std::span<const FileWish> wishes);

class Downloading {
 public:
  Downloading(const metainfo::FileLayout& layout, storage::PieceStore& store, LinkTable& links,
              Rng rng);

  void set_wants(std::span<const FileWish> wishes, Instant now);
  void set_sequential(const config::TorrentOptions& options);
  /// While `shut` nothing is asked for, and what was asked for is taken back: nothing would be
  /// read.
  void set_shut(bool shut, Instant now);

  // --- links
  /// The link's pieces are known for the first time, or it has just been opened.
  void on_pieces(PeerLink& link, Instant now);
  void on_have(PeerLink& link, PieceIndex piece, Instant now);
  /// The peer would like to be asked for it (BEP 6).
  void on_suggested(PeerLink& link, PieceIndex piece) { picker_.on_suggested(link.id, piece); }
  /// The peer lost a piece (BEP 54).
  void on_dont_have(PeerLink& link, PieceIndex piece, Instant now);
  void on_choke(PeerLink& link, bool choked, Instant now);
  void on_dropped(PeerLink& link, std::span<const BlockRef> blocks, Instant now);
  void on_rejected(PeerLink& link, BlockRef block, Instant now);
  /// Octets accepted: 0 for a block nobody wants any more.
  std::uint32_t on_block(PeerLink& link, peer::BlockReceived&& received, Instant now);
  void on_gone(PeerLink& link);
  /// Sends as many requests as the link's window has room for.
  void fill(PeerLink& link, Instant now);
  /// What the links that are open already have.
  void begin(Instant now);
  /// It is over: whatever was asked for is not wanted any more.
  void end(Instant now);
  /// Once a second: stalled links give their blocks back, speeds are compared.
  void on_tick(Instant now);

  // --- storage
  /// Addresses that are guilty beyond doubt of what failed.
  std::vector<IpAddress> on_verified(const storage::PieceOutcome& outcome, Instant now);
  std::vector<IpAddress> on_failed(const storage::PieceOutcome& outcome);
  void on_lost(std::span<const PieceIndex> pieces);

  const swarm::Picker& picker() const { return picker_; }
  bool done() const { return picker_.done(); }

 private:
  void take_back_stalled(PeerLink& link, Instant now);
  void take_back(PeerLink& link, swarm::TakenBack why, Instant now);
  void update_interest(PeerLink& link, Instant now);
  void cancel(std::span<const swarm::Cancel> cancels, Instant now);
  std::vector<PieceIndex> allowed_fast_of(const PeerLink& link) const;

  const metainfo::FileLayout* layout_;
  storage::PieceStore* store_;
  LinkTable* links_;
  swarm::Picker picker_;
  swarm::Bans bans_;
  bool shut_ = false;
  std::vector<BlockRef> picked_;  ///< scratch of fill(), kept so that it is not allocated anew
};

}  // namespace seed::torrent
