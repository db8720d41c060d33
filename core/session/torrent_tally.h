// TorrentTally: how many torrents are in which state, and with which peers. A sum that is told what
// one torrent was counted as and what it is now, so that those that rest cost nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/session/snapshot.h"

namespace seed::session {

class TorrentTally {
 public:
  /// What one torrent was counted as; at first, not at all.
  struct Share {
    bool counted = false;
    Status status = Status::stopped;
    ErrorKind error = ErrorKind::none;
    std::array<std::uint32_t, 4> peers{};
  };

  /// `now` with the group `swarm`.
  void update(Share& share, const TorrentSnapshot& now) {
    take_out(share);
    share = {.counted = true, .status = now.status, .error = now.error, .peers = {}};
    for (std::size_t i = 0; i < share.peers.size(); ++i)
      share.peers[i] = now.peers_over[i / 2][i % 2];
    add(share, 1);
  }
  void take_out(Share& share) {
    if (share.counted) add(share, -1);
    share = {};
  }
  const TorrentCounts& counts() const { return counts_; }

 private:
  void add(const Share& share, std::int64_t sign) {
    const auto change = static_cast<std::uint64_t>(sign);
    counts_.by_status[static_cast<std::size_t>(share.status)] += change;
    counts_.by_error[static_cast<std::size_t>(share.error)] += change;
    for (std::size_t i = 0; i < share.peers.size(); ++i)
      counts_.peers[i / 2][i % 2] += change * share.peers[i];
  }

  TorrentCounts counts_;
};

}  // namespace seed::session
