// Facts: a copy of what a connection knows, for display and for policies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/wire/ext/extension.h"
#include "core/wire/handshake.h"

namespace seed::peer {

/// Octets since the start. `sent` counts what was given to outgoing(), whether or not the socket
/// took it yet.
struct Counts {
  std::uint64_t received = 0;    ///< all octets
  std::uint64_t downloaded = 0;  ///< of them block payload, wasted ones included
  std::uint64_t wasted = 0;      ///< of them payload nobody waited for
  std::uint64_t sent = 0;        ///< all octets
  std::uint64_t uploaded = 0;    ///< of them block payload

  bool operator==(const Counts&) const = default;
};

/// What of a connection passed under Message Stream Encryption.
enum class Encrypted : std::uint8_t {
  no,         ///< nothing, or it is not known yet
  handshake,  ///< only the handshakes: enough for filters that look at the first octets
  payload,    ///< all
};

struct Facts {
  bool incoming = false;
  bool open = false;  ///< handshakes done both ways, no violation
  bool am_choking = true;
  bool am_interested = false;
  bool peer_choking = true;
  bool peer_interested = false;
  bool fast = false;      ///< BEP 6 agreed on
  bool extended = false;  ///< BEP 10 agreed on
  bool v2 = false;        ///< BEP 52 agreed on: hashes are asked for and given
  bool dht = false;       ///< the peer says it speaks BEP 5
  Encrypted encrypted = Encrypted::no;
  bool peer_upload_only = false;
  PeerId peer_id;
  std::string client;                    ///< `v`, else by the peer id; fit for display
  std::uint32_t pieces_had = 0;          ///< of the peer, 0 while the shape is not known
  std::uint32_t pieces = 0;              ///< of the torrent, 0 while the shape is not known
  std::size_t requests_to_peer = 0;      ///< asked for and not yet here
  std::size_t requests_from_peer = 0;    ///< asked of us and not yet answered
  std::uint32_t peer_reqq = 0;           ///< requests it takes at once; 0 when it did not say
  std::uint32_t peer_metadata_size = 0;  ///< octets; 0 when it did not say
  std::uint16_t peer_port = 0;           ///< where it listens; 0 when it did not say
  std::optional<IpAddress> our_address;  ///< how the peer sees us
  std::uint64_t unknown_messages = 0;
  Instant last_received{};
  Instant last_payload_received{};  ///< the epoch when none was
  Instant last_payload_sent{};      ///< the epoch when none was
  Counts counts;
};

}  // namespace seed::peer
