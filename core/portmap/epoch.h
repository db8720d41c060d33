// Epoch: a gateway's count of seconds, which tells that it has forgotten its mappings.
//
// Every answer says how many seconds ago the gateway began to keep mappings. A count that does not
// go on as our own clock does means that it began anew: a restart, a power cut, another gateway.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/instant.h"

namespace seed::portmap {

class Epoch {
 public:
  /// The rule by which a count is judged: each protocol has its own.
  enum class Rule : std::uint8_t {
    nat_pmp,  ///< RFC 6886, 3.6
    pcp,      ///< RFC 6887, 8.5
  };

  /// The count of an answer that has come now. True when the gateway began anew since the last one;
  /// false for the first.
  bool began_anew(std::uint32_t seconds, Rule rule, Instant now);
  /// The next count is the first.
  void forget() { last_.reset(); }

 private:
  struct Count {
    std::int64_t seconds = 0;
    Instant at{};
  };
  std::optional<Count> last_;
};

}  // namespace seed::portmap
