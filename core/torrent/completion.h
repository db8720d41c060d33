// Completion: how much of a torrent is had, wanted and missing, kept as pieces come and go.
//
// A piece that touches a wanted file counts whole (rpc-contract, size_when_done). O(pieces) to
// reset, O(1) a piece.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/bitfield.h"
#include "core/metainfo/file_layout.h"
#include "core/torrent/record.h"

namespace seed::torrent {

class Completion {
 public:
  Completion(const metainfo::FileLayout& layout, std::span<const FileWish> wishes,
             const Bitfield& have);

  void set_wishes(std::span<const FileWish> wishes);
  void reset_have(const Bitfield& have);
  /// News only: returns false when it was so already.
  bool on_piece(PieceIndex piece, bool had);

  const ProgressFacts& facts() const { return facts_; }
  const Bitfield& have() const { return have_; }
  const Bitfield& wanted() const { return wanted_; }
  /// Nothing wanted is missing.
  bool done() const { return facts_.left_until_done == 0; }
  /// Verified octets of one file.
  std::uint64_t bytes_of(FileIndex file) const;

 private:
  void recount();

  const metainfo::FileLayout* layout_;
  Bitfield have_;
  Bitfield wanted_;
  ProgressFacts facts_;
};

}  // namespace seed::torrent
