// MetadataEffort: the pieces of one info dictionary of one size, from whoever is said to have it
// (BEP 9). A part of MetadataAssembly, which knows the peers.
//
// Memory follows what was received: a piece takes room when it comes, a request a few octets.
// Bounds: the size, at most limits::metadata_bytes_max; all calls O(log n) of the pieces held or
// asked for, but next_double, which looks at all that are asked for, and take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/swarm/bans.h"

namespace seed::swarm {

/// Octets in each piece of metadata but the last (BEP 9).
inline constexpr std::uint32_t metadata_piece_bytes = 16 * 1024;

/// Who gave a piece of metadata, and which.
struct MetadataShare {
  LinkId peer;
  IpAddress address;
  BlockDigest digest = 0;
};

class MetadataEffort {
 public:
  /// All pieces in order, and whose they are.
  struct Whole {
    std::vector<Buffer> pieces;
    std::vector<MetadataShare> shares;
  };

  /// `size`: octets, 1 to limits::metadata_bytes_max.
  explicit MetadataEffort(std::uint32_t size) : size_(size) {}

  std::uint32_t size() const { return size_; }
  std::uint32_t piece_count() const {
    return (size_ + metadata_piece_bytes - 1) / metadata_piece_bytes;
  }
  /// Octets of a piece; 0 for one that does not exist.
  std::uint32_t length_of(std::uint32_t piece) const;

  /// A piece that is neither held nor asked for.
  std::optional<std::uint32_t> next_free();
  /// Of the pieces last asked for at or before `by`, of fewer than `copies_max` peers, the one that
  /// waits for longest, for which `fits(piece)` is true.
  template <typename Fits>
  std::optional<std::uint32_t> next_double(Instant by, std::uint32_t copies_max,
                                           Fits&& fits) const {
    std::optional<std::uint32_t> best;
    Instant best_at = never;
    for (const auto& [piece, asked] : asked_) {
      if (asked.at > by || asked.at >= best_at || asked.copies >= copies_max) continue;
      if (holds(piece) || !fits(piece)) continue;
      best = piece;
      best_at = asked.at;
    }
    return best;
  }
  /// The first instant after `after` at which a piece has been asked for since `patience`; never.
  Instant next_doubt(Instant after, Duration patience) const;
  /// One peer more, or one fewer, is asked for it.
  void on_asked(std::uint32_t piece, Instant now);
  void on_unasked(std::uint32_t piece);

  bool holds(std::uint32_t piece) const { return pieces_.contains(piece); }
  /// Of the right length, and not held yet.
  void keep(std::uint32_t piece, Buffer data, const MetadataShare& share);
  bool complete() const { return pieces_.size() == piece_count(); }
  std::size_t pieces_held() const { return pieces_.size(); }
  std::size_t bytes_held() const { return bytes_held_; }
  /// Forgets the pieces; what is asked for stays asked for.
  void clear();
  /// Of a complete one, which is empty then.
  Whole take();

 private:
  struct Asked {
    std::uint32_t copies = 0;
    Instant at{};  ///< the last time
  };

  std::uint32_t size_;
  std::size_t bytes_held_ = 0;
  std::uint32_t fresh_ = 0;        ///< all before it are held, asked for or in again_
  std::set<std::uint32_t> again_;  ///< asked for once, and not given
  std::map<std::uint32_t, Asked> asked_;
  std::map<std::uint32_t, std::pair<Buffer, MetadataShare>> pieces_;
};

}  // namespace seed::swarm
