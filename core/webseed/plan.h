// Plan: which octets of which files a run of a torrent's octets is made of, for requests over HTTP.
//
// Octets of one file that follow each other are one part, whatever pieces they are in, so that a
// run within one file is one request (BEP 19, "Client Implementation Overview"). Pad files are
// parts to be made of zeros: no server has them (BEP 47). Files of a small torrent are small parts
// nevertheless: a server is asked for each by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/piece.h"
#include "core/metainfo/file_layout.h"

namespace seed::webseed {

/// Octets that follow each other, over the ends of pieces.
struct Run {
  PieceIndex piece;          ///< where it begins
  std::uint32_t offset = 0;  ///< octets from the start of that piece
  std::uint64_t length = 0;  ///< octets
  bool operator==(const Run&) const = default;
};

struct Part {
  FileIndex file;
  std::uint64_t offset = 0;  ///< octets from the start of the file
  std::uint64_t length = 0;  ///< octets, never 0
  bool zeros = false;        ///< of a pad file: not to be asked for
  bool operator==(const Part&) const = default;
};

/// The parts of a run, front to back, found as they are asked for: a run may have as many as the
/// torrent has files. O(pieces of the part) each.
class Plan {
 public:
  Plan() = default;
  /// `layout` outlives it. What is beyond the torrent's end is left out.
  Plan(const metainfo::FileLayout& layout, const Run& run) : layout_(&layout), rest_(run) {}

  std::optional<Part> next();

 private:
  std::optional<metainfo::FileSlice> first_slice() const;
  void pass(std::uint64_t bytes);

  const metainfo::FileLayout* layout_ = nullptr;
  Run rest_;
};

/// All of it.
std::vector<Part> plan_requests(const metainfo::FileLayout& layout, const Run& run);

/// The blocks of a run that begins and ends at blocks' borders, front to back.
class BlocksOf {
 public:
  BlocksOf() = default;
  BlocksOf(const metainfo::FileLayout& layout, const Run& run) : layout_(&layout), rest_(run) {}

  std::optional<BlockRef> next();

 private:
  const metainfo::FileLayout* layout_ = nullptr;
  Run rest_;
};

}  // namespace seed::webseed
