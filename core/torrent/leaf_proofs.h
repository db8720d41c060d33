// LeafProofs: the leaves of pieces that are being downloaded (BEP 52), by which each block can be
// judged alone as it comes: whoever sends a bad one is known at once, and beyond doubt.
//
// They are asked for of whoever speaks v2 and has the piece, when something is to be judged: a
// link's first blocks, until one was good, and pieces that have failed. What comes is proven by the
// piece's own hash.
//
// Bounds: pieces_max pieces at once, 32 octets a block of them; one request a piece under way,
// asked of another link after answer_timeout. A piece of more than blocks_max blocks is not judged
// so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/base/block.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/metainfo/metainfo.h"
#include "core/peer/event.h"
#include "core/storage/jobs/expected_piece.h"
#include "core/swarm/bans.h"
#include "core/torrent/link_table.h"
#include "core/torrent/peer_link.h"

namespace seed::torrent {

class LeafProofs {
 public:
  static constexpr std::size_t pieces_max = 256;
  /// Of a piece of 32 MiB: 64 KiB of hashes, which is a message that all take.
  static constexpr std::uint32_t blocks_max = 2048;
  static constexpr Duration answer_timeout = 10s;

  /// Both outlive it.
  LeafProofs(const metainfo::Metainfo& metainfo, LinkTable& links)
      : metainfo_(metainfo), links_(links) {}

  /// Blocks of the piece are to be judged: its leaves are asked for with the next ask().
  void want(PieceIndex piece);
  /// The same, and of that link at once if it was nobody's to give yet.
  void want(PieceIndex piece, PeerLink& link, Instant now);
  /// It has passed, or is not wanted any more.
  void forget(PieceIndex piece) { pieces_.erase(piece); }
  template <typename Unwanted>
  void forget_those(Unwanted&& unwanted) {
    std::erase_if(pieces_, [&](const auto& it) { return unwanted(it.first); });
  }
  /// Asks what is to be asked, of whoever has it. Any link may have something to send then.
  void ask(Instant now);
  enum class Taken : std::uint8_t {
    kept,     ///< the leaves of `piece` are known now
    useless,  ///< nobody asked, or they are there already
    false_,   ///< proven wrong: whoever sent them lies
  };
  struct Outcome {
    Taken taken = Taken::useless;
    PieceIndex piece;
  };
  Outcome on_hashes(const peer::HashesReceived& received);
  void on_rejected(LinkId link, const wire::HashRange& range);
  void on_gone(LinkId link);

  bool knows(PieceIndex piece) const;
  /// Whether a block is the right one; nothing while its leaf is not known.
  std::optional<bool> judge(const BlockRef& ref, Bytes block) const;
  /// What its blocks are known by; empty while its leaves are not known.
  std::vector<swarm::BlockDigest> digests(PieceIndex piece) const;

 private:
  struct Proof {
    wire::HashRange range;
    Buffer leaves;  ///< of the blocks that there are; empty until they came
    std::optional<LinkId> asked_of;
    Instant asked_at{};
    std::vector<LinkId> refused;  ///< of those that are here
  };

  std::optional<wire::HashRange> range_of(PieceIndex piece) const;
  void ask(PieceIndex piece, Proof& proof, Instant now);
  bool ask(PeerLink& link, PieceIndex piece, Proof& proof, Instant now);
  std::map<PieceIndex, Proof>::iterator find(const wire::HashRange& range);

  const metainfo::Metainfo& metainfo_;
  LinkTable& links_;
  std::map<PieceIndex, Proof> pieces_;
};

}  // namespace seed::torrent
