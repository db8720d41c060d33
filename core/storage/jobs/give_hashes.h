// GiveHashes: what answers a peer's request for hashes of a file's tree (BEP 52): of its piece
// layer from the metainfo, of its leaves from the disk, and what proves them.
#pragma once

#include <memory>

#include "core/base/bytes.h"
#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/metainfo/merkle.h"
#include "core/metainfo/metainfo.h"
#include "core/storage/jobs/hash_leaves.h"

namespace seed::storage {

/// Pieces that must be read for `range`, which is within the tree of the file: none for its piece
/// layer; else whole ones, fewer than the range has when it reaches beyond the file's end. Fault
/// unsupported for another layer, or beyond the end.
Result<metainfo::PieceRange> pieces_to_read(const metainfo::Metainfo& metainfo, FileIndex file,
                                            const metainfo::HashRange& range);

struct GiveHashes {
  std::shared_ptr<const metainfo::Metainfo> metainfo;
  FileIndex file;
  metainfo::HashRange range;
  HashLeaves leaves;  ///< of pieces_to_read()

  struct Outcome {
    Result<Buffer> hashes;  ///< the digests and their uncles
    std::vector<OpenedFile> opened;
  };
  Outcome operator()(const io::JobTools& tools);
};

}  // namespace seed::storage
