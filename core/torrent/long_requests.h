// LongRequests: requests of a peer above 16 KiB, whose parts are read block by block and kept until
// all are there. Some clients ask for 32 to 128 KiB at once.
//
// Bounds: one entry a request, of limits::request_bytes_max octets at most; how many there are is
// the caller's decision.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "core/base/block.h"
#include "core/base/piece.h"

namespace seed::torrent {

class LongRequests {
 public:
  /// The blocks that make it up, in their order.
  static std::vector<BlockRef> parts_of(BlockRef request);

  /// Its parts that are not here yet, which are all of them the first time it is asked for.
  std::vector<BlockRef> missing_of(BlockRef request);
  bool contains(BlockRef request) const { return open_.contains(request); }
  /// Octets of the parts that are here.
  std::size_t bytes() const { return bytes_; }
  /// Nobody wants it any more. False when it was not known.
  bool drop(BlockRef request);
  void clear();

  struct Whole {
    BlockRef request;
    std::vector<Block> parts;
  };
  /// Takes the block if a request lacks that part; else `block` stays as it is. The request, once
  /// it is whole.
  std::optional<Whole> add(BlockRef part, Block& block);

 private:
  struct Gathered {
    std::vector<Block> parts;  ///< empty ones are not here yet
    std::size_t missing = 0;
  };
  std::map<BlockRef, Gathered> open_;
  std::size_t bytes_ = 0;
};

}  // namespace seed::torrent
