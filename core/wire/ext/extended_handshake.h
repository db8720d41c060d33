// ExtendedHandshake: what a peer says of itself once the extension protocol is agreed on.
//
// BEP 10; `metadata_size` BEP 9, `upload_only` BEP 21. May come again at any time: what a later one
// leaves out stays as it was. A field of the wrong type or out of its range is as if it were not
// there: clients differ, and none of them is needed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/result.h"
#include "core/wire/ext/extension.h"

namespace seed::wire {

struct ExtendedHandshake {
  ExtensionIds ids{};                 ///< `m`, the extensions we know
  std::string client;                 ///< `v`, fit for display; empty when not given
  std::optional<std::uint32_t> reqq;  ///< requests it takes at once, at least 1
  std::optional<std::uint16_t> port;  ///< `p`, where it listens, not 0
  std::optional<IpAddress> yourip;    ///< how it sees us
  std::optional<IpAddress> ipv4;      ///< its other addresses
  std::optional<IpAddress> ipv6;
  std::optional<std::uint32_t> metadata_size;  ///< octets, 1 to limits::metadata_bytes_max
  std::optional<bool> upload_only;

  bool operator==(const ExtendedHandshake&) const = default;

  /// What follows the extended id 0. Fault: malformed when it is no dictionary.
  static Result<ExtendedHandshake> parse(Bytes payload);
  /// Takes over what `later` says; what it leaves out stays as it was (BEP 10).
  void merge(const ExtendedHandshake& later);
  /// Appends what follows the extended id 0; keys sorted, those without a value left out.
  void encode(Buffer& out) const;
};

}  // namespace seed::wire
