// UtMetadata: the info dictionary in pieces of 16 KiB, asked for and given.
//
// BEP 9. Bounds: a piece is at most 16 KiB, the whole at most limits::metadata_bytes_max; beyond:
// malformed. Messages of an unknown msg_type are unsupported and to be ignored (BEP 9).
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace seed::wire {

/// Octets in each metadata piece but the last (BEP 9).
inline constexpr std::uint32_t metadata_piece_bytes = 16 * 1024;

struct UtMetadata {
  enum class Kind : std::uint8_t { request = 0, data = 1, reject = 2 };

  Kind kind = Kind::request;
  std::uint32_t piece = 0;
  std::uint32_t total_size = 0;  ///< octets of the whole; only with data
  Buffer data;                   ///< only with data

  bool operator==(const UtMetadata&) const = default;

  /// Fault: malformed, too_large, or unsupported for an unknown msg_type.
  static Result<UtMetadata> parse(Bytes payload);
  void encode(Buffer& out) const;
};

}  // namespace seed::wire
