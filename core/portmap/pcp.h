// PCP packets: MAP requests and answers for TCP and UDP, and announcements (RFC 6887).
//
// Options in an answer are ignored: none is ever asked for. Who answered, and whether the nonce is
// ours, is the Client's to check.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/portmap/local_port.h"

namespace seed::portmap::pcp {

inline constexpr std::uint8_t version = 2;
/// RFC 6887, 7: no packet is longer. Beyond: not one.
inline constexpr std::size_t packet_bytes_max = 1100;

/// By it a gateway knows whose a mapping is, and we that an answer is to us.
using Nonce = std::array<std::uint8_t, 12>;

/// RFC 6887, 7.4.
enum class Outcome : std::uint8_t {
  success = 0,
  version_unsupported = 1,
  not_authorized = 2,
  malformed_request = 3,
  opcode_unsupported = 4,
  option_unsupported = 5,
  malformed_option = 6,
  network_failure = 7,
  no_resources = 8,
  protocol_unsupported = 9,
  quota_exceeded = 10,
  cannot_provide_external = 11,
  address_mismatch = 12,
  too_many_remote_peers = 13,
};

struct MapRequest {
  IpAddress client;  ///< ours, as the gateway sees it
  Nonce nonce{};
  LocalPort port;
  Endpoint external;  ///< asked for; unspecified and 0 for any, of the family of `client`
  std::chrono::seconds lifetime{};  ///< 0 takes the mapping back
};

/// What an answer says of a mapping. After an error `external` is what was asked for.
struct MapAnswer {
  Nonce nonce{};
  LocalPort port;
  Endpoint external;
  bool operator==(const MapAnswer&) const = default;
};

struct Answer {
  Outcome outcome = Outcome::success;  ///< may have other values than are named
  std::chrono::seconds lifetime{};     ///< of the mapping; of an error: how long it will stay so
  std::uint32_t epoch = 0;             ///< seconds since the gateway began to keep mappings
  std::optional<MapAnswer> map;        ///< nothing: an announcement (RFC 6887, 14.1)
  bool operator==(const Answer&) const = default;
};

Buffer encode_map(const MapRequest& request);

/// Nothing when it is no answer of version 2, too short or too long for one, not a multiple of four
/// octets, or about another opcode or protocol.
std::optional<Answer> parse(Bytes packet);

/// The version that a gateway speaks, when the packet says that it does not speak ours. Answers of
/// NAT-PMP, version 0, and of PCP say so with the same octets (RFC 6886, 3.5; RFC 6887, 9).
std::optional<std::uint8_t> parse_version_refusal(Bytes packet);

/// Why a gateway refused, in words.
std::string_view reason(Outcome outcome);

}  // namespace seed::portmap::pcp
