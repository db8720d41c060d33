// Line: what one line of a blocklist says, in any of the forms such lists have:
//
//   192.0.2.1                                        an address, of either family
// clang-format off
//   192.0.2.0/24        2001:db8::/32                CIDR; what is behind the prefix does not matter
//   192.0.2.0-192.0.2.255   2001:db8::-2001:db8::ff  a range
//   some name: with colons:192.0.2.0-192.0.2.255     PeerGuardian's text (p2p)
//   192.000.002.000 - 192.000.002.255 , 000 , name   eMule's ipfilter.dat: a level of 128 and more
//                                                    says that the range is allowed
//   # ; and //                                       comments, also behind an address
// clang-format on
//
// Octets of IPv4 are decimal, however many zeros they begin with. Names are of any encoding; where
// one may as well be the first group of an IPv6 address, the line is read so that it blocks less.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/blocklist/table.h"

namespace seed::blocklist {

enum class LineKind : std::uint8_t {
  nothing,  ///< blank, or a comment
  rule,
  allowed,     ///< a range that is not to be blocked
  unreadable,  ///< none of the forms
};

struct Line {
  LineKind kind = LineKind::nothing;
  AddressRange range{};  ///< of a rule
};

/// `line` has no end of line in it.
Line parse_line(std::string_view line);

}  // namespace seed::blocklist
