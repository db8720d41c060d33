// Progress: what is saved of a torrent's data: durable pieces, stamps of the files they are in, and
// where the files are. Its codec, and what follows from it at the next start.
//
// Data before claim (design, section 10): a piece is in `have` only when its octets were synced
// before. Partly downloaded pieces are not claimed. A file whose stamp is as saved is not checked
// again; of a file that changed, all pieces are. Bencoded; foreign bytes give a Fault, never harm.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/bitfield.h"
#include "core/base/bytes.h"
#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/io/files.h"
#include "core/storage/placement.h"

namespace seed::storage {

struct SavedStamp {
  FileIndex file;
  io::FileStamp stamp;
  bool operator==(const SavedStamp&) const = default;
};

struct Progress {
  Bitfield have;                   ///< durable pieces; empty (size 0) when nothing is known yet
  std::vector<SavedStamp> stamps;  ///< by file; only files that hold octets of `have`
  PlacementFacts placement;
  /// By file: what bears its last name is the torrent's. Of the others what has that name when they
  /// are opened next is somebody else's. Empty (size 0) when that is not known.
  Bitfield own;
  bool operator==(const Progress&) const = default;
};

Buffer encode(const Progress& progress);
/// Fault malformed or too_large, with the reason. Bounds: limits::pieces_max, limits::files_max,
/// renames_max; nothing is allocated that the input does not itself hold.
Result<Progress> parse_progress(Bytes input);

/// What was found on disk of one file.
struct FoundFile {
  bool there = false;
  bool suffixed = false;
  io::FileStamp stamp;
};

struct ResumePlan {
  Bitfield have;      ///< to be trusted at once
  Bitfield to_check;  ///< to be read and hashed
  bool lost = false;  ///< octets of claimed pieces are not there any more
};

/// `found` has one entry per file. Without `saved`, every piece with octets in files that are there
/// is checked, and none when no file is there. With it, pieces of files that changed are, and
/// claimed pieces of files that are gone are neither, unless another file that changed has a part.
ResumePlan plan_resume(const metainfo::FileLayout& layout, const std::optional<Progress>& saved,
                       std::span<const FoundFile> found);

}  // namespace seed::storage
