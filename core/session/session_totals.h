// SessionTotals: what the session has passed, added and been up for, in this run and in all.
//
// Bencoded in the store under "totals"; what cannot be read there counts as nothing.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/instant.h"
#include "core/session/snapshot.h"

namespace seed::session {

class SessionTotals {
 public:
  explicit SessionTotals(Instant started) : started_(started) {}

  void on_started() { ++run_.session_count; }
  void on_added() { ++run_.files_added; }
  void on_payload(std::uint64_t downloaded, std::uint64_t uploaded) {
    run_.downloaded += downloaded;
    run_.uploaded += uploaded;
  }
  Totals current(Instant now) const;
  Totals cumulative(Instant now) const;

  /// cumulative().
  Buffer encode(Instant now) const;
  /// What encode() made at the end of the runs before.
  void load(Bytes encoded);

 private:
  Totals run_;
  Totals before_;
  Instant started_;
};

}  // namespace seed::session
