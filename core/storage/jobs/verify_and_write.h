// VerifyAndWrite: hashes a whole piece from memory and, when it is good, writes it in one go.
//
// Blocks that were written early are read back for the digest. WriteBlocks is that early write.
// Both are values for io::submit: all they need is inside, run() is plain sequential code.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/block.h"
#include "core/base/result.h"
#include "core/io/workers.h"
#include "core/storage/jobs/expected_piece.h"
#include "core/storage/jobs/file_access.h"

namespace seed::storage {

struct VerifyOutcome {
  bool passed = false;
  /// Reading back or writing failed, or what was read back is not what was written; then nothing
  /// is claimed, and nobody's block is bad.
  std::optional<Fault> fault;
  std::vector<std::uint64_t> digests;  ///< one a block, when asked for or when not passed
  std::vector<OpenedFile> opened;
};

struct VerifyAndWrite {
  RootGuard guard;
  std::vector<FileTarget> targets;
  std::vector<Span> spans;    ///< of the whole piece, in order
  std::vector<Block> blocks;  ///< of the whole piece, in order; an empty one is on disk already
  /// What WriteBlocks said of those; empty when none is on disk.
  std::vector<std::uint64_t> written;
  std::uint32_t piece_size = 0;
  ExpectedPiece expected;
  /// Of a hybrid whose tree is expected: BEP 52 has both match. Fault malformed, and nobody's block
  /// is bad, when one does and the other does not.
  std::optional<Sha1> expected_v1;
  bool digests_wanted = false;

  VerifyOutcome operator()(const io::JobTools& tools);
};

struct WriteOutcome {
  std::optional<Fault> fault;
  /// One a block; 0 for one that holds octets of a pad file, which are not written.
  std::vector<std::uint64_t> digests;
  std::vector<OpenedFile> opened;
};

struct WriteBlocks {
  RootGuard guard;
  std::vector<FileTarget> targets;
  std::vector<Span> spans;             ///< of the whole piece
  std::vector<std::uint32_t> offsets;  ///< octets from the start of the piece, one a block
  std::vector<Block> blocks;

  WriteOutcome operator()(const io::JobTools& tools);
};

/// The part of `spans` that octets [offset, offset + length) of their whole fall in.
std::vector<Span> cut(const std::vector<Span>& spans, std::uint32_t offset, std::uint32_t length);
/// The first 8 octets of a block's SHA-256, which is its leaf in BEP 52: enough to tell whose block
/// was bad.
std::uint64_t block_digest(Bytes block);

}  // namespace seed::storage
