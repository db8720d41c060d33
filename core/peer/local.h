// Local: our side of a connection, as its maker knows it, and how it is told to the peer.
//
// BEP 3 (handshake), BEP 10 (extended handshake), BEP 21 (upload_only), BEP 27 (no PEX when
// private), BEP 55 (only with uTP).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/base/limits.h"
#include "core/peer/torrent_shape.h"
#include "core/wire/ext/extended_handshake.h"
#include "core/wire/handshake.h"
#include "core/wire/mse/keys.h"

namespace seed::peer {

enum class Role : std::uint8_t { incoming, outgoing };

/// Whether connections hide what they are, by Message Stream Encryption. As the setting
/// `encryption`; core/peer/obfuscation.h has what it comes to.
enum class Encryption : std::uint8_t {
  allowed,    ///< we dial in plain; who dials us may do as it likes
  preferred,  ///< dials are encrypted first, and in plain when that came to nothing
  required,   ///< nothing but RC4: all other peers are turned away
};

/// What a connection must know of the torrent it is about.
struct TorrentSide {
  Sha1 info_hash;  ///< as in the handshake (InfoHashes::short_hash)
  /// The v2 one cut short (BEP 52), if it has one: the same as info_hash for v2 alone.
  std::optional<Sha1> info_hash_v2;
  PeerId peer_id;
  std::optional<TorrentShape> shape;  ///< nothing while the metadata is missing
  std::uint32_t metadata_size = 0;    ///< octets of the info dictionary; 0 while it is missing
  bool pex = true;                    ///< false for private torrents (BEP 27)
  bool dht = true;                    ///< the same
  bool upload_only = false;           ///< BEP 21
};

struct Local {
  std::optional<TorrentSide> torrent;  ///< outgoing: required; incoming: comes with accept()
  std::string client;                  ///< `v`; empty: not sent
  std::uint16_t listen_port = 0;       ///< `p`; 0: not sent
  /// Requests the peer may queue on us; told to it. More than
  /// limits::peer_requests_max is that many.
  std::uint32_t reqq = limits::peer_requests_max;
  std::optional<IpAddress> remote;  ///< told to the peer as `yourip`
  bool fast = true;                 ///< offer BEP 6
  bool extended = true;             ///< offer BEP 10
  bool dht = false;                 ///< say that we speak BEP 5
  bool holepunch = false;           ///< offer BEP 55, needs uTP; not for private torrents
  Encryption encryption = Encryption::allowed;
  /// Outgoing: this dial begins with an encrypted handshake. When encryption is required all do.
  bool dials_encrypted = false;
  /// 160 bits of io::Entropy, for this connection alone. Without it there is no encryption: who
  /// dials us so is taken for no peer.
  std::optional<wire::mse::SecretBytes> secret;
};

/// Our handshake; `local.torrent` is there.
wire::Handshake handshake_of(const Local& local);
/// Our extended handshake; `local.torrent` is there. `upload_only` is told when we are, or when
/// `takes_back` says that the peer believes it of us.
wire::ExtendedHandshake extended_handshake_of(const Local& local, bool takes_back);

}  // namespace seed::peer
