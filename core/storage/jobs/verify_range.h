// VerifyRange: hashes a few pieces from disk; those of SHA-1 abreast where the processor is faster
// so (Sha1Lanes).
// Pieces with octets that no file holds (missing, or shorter than that) are absent and not read.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/base/sha1_lanes.h"
#include "core/io/workers.h"
#include "core/storage/jobs/expected_piece.h"
#include "core/storage/jobs/file_access.h"

namespace seed::storage {

struct CheckResult {
  struct Piece {
    PieceIndex piece;
    bool good = false;
  };
  std::vector<Piece> pieces;
  std::optional<Fault> fault;  ///< the pieces not listed were not checked
  std::vector<OpenedFile> opened;
};

struct VerifyRange {
  struct Piece {
    PieceIndex piece;
    ExpectedPiece expected;
    std::vector<Span> spans;
  };
  RootGuard guard;
  std::vector<FileTarget> targets;
  std::vector<Piece> pieces;
  std::size_t width = Sha1Lanes::width();  ///< pieces abreast

  CheckResult operator()(const io::JobTools& tools);
};

}  // namespace seed::storage
