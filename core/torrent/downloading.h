// Downloading: asks links for blocks, takes them to storage, and finds out who sent bad ones.
//
// Holds the picker and the bans; there while a torrent runs, has its metainfo and wants something.
// Interest is kept true at all times (BEP 3), also while choked. Where a torrent has trees (BEP 52)
// the first blocks of a link, and those of a piece that failed, are judged one by one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "config/torrent_options.h"
#include "core/base/block.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/metainfo/metainfo.h"
#include "core/peer/event.h"
#include "core/storage/piece_store.h"
#include "core/swarm/bans.h"
#include "core/swarm/picker.h"
#include "core/torrent/leaf_proofs.h"
#include "core/torrent/link_table.h"
#include "core/torrent/record.h"

namespace seed::torrent {

/// One Want a piece for how the files are wanted; `wishes` may be empty: all normal.
std::vector<swarm::Want> wants_of(const metainfo::FileLayout& layout,
                                  std::span<const FileWish> wishes);

class Downloading {
 public:
  /// All of it outlives it.
  Downloading(const metainfo::Metainfo& metainfo, storage::PieceStore& store, LinkTable& links,
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
  /// Leaves that were asked for, or a refusal.
  void on_hashes(PeerLink& link, const peer::HashesReceived& received);
  void on_hashes_rejected(PeerLink& link, const wire::HashRange& range);
  /// Addresses that are guilty beyond doubt, and were not told yet.
  std::vector<IpAddress> take_guilty() { return std::exchange(guilty_, {}); }
  /// Sends as many requests as the link's window has room for.
  void fill(PeerLink& link, Instant now);
  /// What the links that are open already have.
  void begin(Instant now);
  /// It is over: whatever was asked for is not wanted any more.
  void end(Instant now);
  /// Once a second: stalled links give their blocks back, speeds are compared.
  void on_tick(Instant now);

  // --- web seeds, whose ids are those of no link
  /// Nothing while nothing may be asked for.
  std::vector<BlockRef> take_run(const swarm::RunFor& run);
  /// Octets accepted, as on_block().
  std::uint32_t on_seed_block(LinkId seed, BlockRef ref, Block block, Instant now);
  /// It serves: what it has can be had.
  void on_seed_proven(LinkId seed);
  /// Nothing more comes of what was taken for it; `gone`: nor of it.
  void on_seed_run_over(LinkId seed, bool gone, Instant now);

  // --- storage
  void on_verified(const storage::PieceOutcome& outcome, Instant now);
  void on_failed(const storage::PieceOutcome& outcome);
  void on_lost(std::span<const PieceIndex> pieces);

  const swarm::Picker& picker() const { return picker_; }
  bool done() const { return picker_.done(); }

 private:
  std::uint32_t keep(const BlockRef& ref, Block block, LinkId from,
                     const std::optional<IpAddress>& sender);
  void take_back_stalled(PeerLink& link, Instant now);
  void take_back(PeerLink& link, swarm::TakenBack why, Instant now);
  void update_interest(PeerLink& link, Instant now);
  bool is_bad(PeerLink& link, const BlockRef& ref, const Block& block);
  void judge_failed(PieceIndex piece);
  void blame(std::span<const IpAddress> addresses);
  void cancel(std::span<const swarm::Cancel> cancels, Instant now);
  std::vector<PieceIndex> allowed_fast_of(const PeerLink& link) const;

  const metainfo::FileLayout* layout_;
  storage::PieceStore* store_;
  LinkTable* links_;
  swarm::Picker picker_;
  swarm::Bans bans_;
  LeafProofs proofs_;
  std::vector<IpAddress> guilty_;
  bool shut_ = false;
  std::vector<BlockRef> picked_;  ///< scratch of fill(), kept so that it is not allocated anew
};

}  // namespace seed::torrent
