// Piece, file and block: how a torrent's content is counted. Indices are types, so that a piece
// number never lands where a file number belongs.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace seed {

/// 16 KiB, the unit of request all clients agree on (BEP 3; BEP 52 fixes it).
inline constexpr std::uint32_t block_size = 16 * 1024;

/// 0-based number of a piece within its torrent.
struct PieceIndex {
  std::uint32_t value = 0;
  auto operator<=>(const PieceIndex&) const = default;
};

/// 0-based number of a file within its torrent, pad files counted.
struct FileIndex {
  std::uint32_t value = 0;
  auto operator<=>(const FileIndex&) const = default;
};

/// A run of octets within one piece: what `request`, `piece` and `cancel` are about (BEP 3).
struct BlockRef {
  PieceIndex piece;
  std::uint32_t offset = 0;  ///< octets from the start of the piece
  std::uint32_t length = 0;  ///< octets
  auto operator<=>(const BlockRef&) const = default;
};

struct BlockRefHash {
  std::size_t operator()(const BlockRef& ref) const {
    const auto mixed = (std::uint64_t{ref.piece.value} << 32 | ref.offset) * 0x9e3779b97f4a7c15ULL;
    return static_cast<std::size_t>(mixed ^ (mixed >> 29) ^ ref.length);
  }
};

/// How eagerly a file is wanted; the RPC's -1, 0, 1.
enum class Priority : std::int8_t { low = -1, normal = 0, high = 1 };

}  // namespace seed
