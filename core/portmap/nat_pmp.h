// NAT-PMP packets: the external address, and mappings of UDP and TCP ports (RFC 6886).
//
// A packet may be longer than said here: what follows is ignored. Who answered, and whether
// anything was asked, is the Client's to check.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/portmap/local_port.h"

namespace seed::portmap::nat_pmp {

/// RFC 6886, 3.5.
enum class Outcome : std::uint16_t {
  success = 0,
  version_unsupported = 1,
  not_authorized = 2,
  network_failure = 3,
  out_of_resources = 4,
  opcode_unsupported = 5,
};

/// An answer to a request for the external address, or for a mapping. When `outcome` is not
/// success only `epoch` is told.
struct Answer {
  std::optional<Protocol> protocol;    ///< of the mapping; nothing: about the external address
  Outcome outcome = Outcome::success;  ///< may have other values than are named
  std::uint32_t epoch = 0;             ///< seconds since the gateway began to keep mappings
  IpAddress external;                  ///< of the gateway
  std::uint16_t internal_port = 0;
  std::uint16_t external_port = 0;
  std::chrono::seconds lifetime{};
  bool operator==(const Answer&) const = default;
};

Buffer encode_address_request();
/// `external_port`: asked for, 0 for any. A lifetime of 0 takes the mapping back; then
/// `external_port` is 0 (RFC 6886, 3.4).
Buffer encode_map(const LocalPort& port, std::uint16_t external_port,
                  std::chrono::seconds lifetime);

/// Nothing when it is no answer of version 0, or too short for what it says it is.
std::optional<Answer> parse(Bytes packet);

/// Why a gateway refused, in words.
std::string_view reason(Outcome outcome);

}  // namespace seed::portmap::nat_pmp
