// MetadataFetching: gets a magnet's metadata from the peers of its links (BEP 9, asking side).
//
// Drives a swarm::MetadataAssembly, which says whom to ask for what and who lied; its bounds hold.
// What is whole goes to the session to be hashed and parsed off the loop.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/swarm/metadata_assembly.h"
#include "core/torrent/link_table.h"
#include "core/torrent/peer_link.h"
#include "core/wire/ext/ut_metadata.h"

namespace seed::torrent {

class MetadataFetching {
 public:
  /// `links` outlives it.
  MetadataFetching(LinkTable& links, Rng rng) : links_(links), assembly_(rng) {}

  /// The peer's extended handshake is there: it may have told how long the metadata is, else 0.
  void on_extended(PeerLink& link, std::uint32_t metadata_size, Instant now);
  /// Data and refusals; a link whose data cannot be true ends. Requests are refused, as BEP 9 asks
  /// of who has nothing.
  void on_message(PeerLink& link, wire::UtMetadata&& message, Instant now);
  void on_gone(LinkId link, Instant now) { assembly_.on_gone(link, now); }
  void on_deadline(Instant now) { assembly_.on_deadline(now); }
  /// Asks what is to be asked next; `dirty(link)` for each link that has something to send.
  template <typename Dirty>
  void ask(Instant now, Dirty&& dirty) {
    while (const auto request = assembly_.next_request(now)) {
      PeerLink* link = links_.find(request->peer);
      if (link == nullptr || !link->connection().request_metadata(request->piece, now)) continue;
      dirty(*link);
    }
  }
  /// All octets, once; then nothing until on_checked().
  std::optional<Buffer> take_whole();
  /// Whether they have the magnet's hash; ends the links of those who lied, and returns their
  /// addresses.
  std::vector<IpAddress> on_checked(bool right, Instant now);
  Instant deadline() const { return assembly_.deadline().value_or(never); }
  /// From 0 to 0.99.
  double progress() const;

 private:
  LinkTable& links_;
  swarm::MetadataAssembly assembly_;
};

}  // namespace seed::torrent
