// HashFiles: hashes a run of pieces of a torrent that is being made (metainfo/creation.h): SHA-1 of
// each piece, the root of each piece's tree (BEP 52), or both of one reading. Several run at once,
// each with its own run; the digests are put one behind the other.
//
// Pieces are hashed abreast where the processor is faster so (Sha1Lanes). A file that is not as
// long as planned, or that changed while it was read, ends the job with a fault that names it: its
// digests would be of nothing that there is. Bounds: open_files_max open at once; memory of 32 KiB
// a piece abreast, or 256 KiB.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/base/sha1_lanes.h"
#include "core/io/workers.h"
#include "core/metainfo/creation.h"
#include "core/storage/jobs/file_access.h"

namespace seed::storage {

struct HashResult {
  metainfo::PieceRange pieces;
  Buffer v1;                   ///< digests of the pieces; empty when not asked for
  Buffer v2;                   ///< roots of the pieces' trees, likewise
  std::optional<Fault> fault;  ///< there are no digests then; `cancelled` when called off
};

struct HashFiles {
  struct File {
    SafePath path;
    std::uint64_t size = 0;  ///< octets that were planned
  };
  struct Piece {
    std::vector<Span> spans;       ///< Span::target: in `files`
    std::uint32_t tree_bytes = 0;  ///< octets that its tree is over: all but pads
    unsigned tree_height = 0;
  };
  /// Open at once: for the pieces abreast, however small their files are, and few beside the
  /// engine's own.
  static constexpr std::size_t open_files_max = 64;

  std::vector<File> files;
  metainfo::PieceRange range;
  std::vector<Piece> pieces;
  bool has_v1 = false;
  bool has_v2 = false;
  std::shared_ptr<const std::atomic<bool>> called_off;
  std::size_t width = Sha1Lanes::width();  ///< pieces abreast

  HashResult operator()(const io::JobTools& tools);
};

/// The job for the pieces of `range`, which is within the plan. `folder`: the torrent's own when
/// the plan has one, else that of its file. Fault: as SafePath::descend.
Result<HashFiles> hash_job(const metainfo::CreationPlan& plan, const SafePath& folder,
                           metainfo::PieceRange range);

}  // namespace seed::storage
