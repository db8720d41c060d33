// LtDontHave: a peer takes back a `have`.
//
// BEP 54: the payload is one piece index, 4 octets.
#pragma once

#include "core/base/bytes.h"
#include "core/base/piece.h"
#include "core/base/result.h"

namespace seed::wire {

struct LtDontHave {
  PieceIndex piece;

  bool operator==(const LtDontHave&) const = default;

  /// Fault: malformed.
  static Result<LtDontHave> parse(Bytes payload);
  void encode(Buffer& out) const;
};

}  // namespace seed::wire
