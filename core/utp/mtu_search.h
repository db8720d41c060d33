// MtuSearch: how large a packet the path takes, found by sending larger ones (BEP 29, "packet
// sizes"; RFC 4821 in kind).
//
//   floor (gets through) ... probe ... ceiling (does not)
//
// The first probe is as large as packets get: most paths take it. Then halves of what is left. A
// probe is a data packet that may not be fragmented; when it is lost it goes again with fragments
// allowed. Sizes are those of the UDP payload.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/endpoint.h"

namespace seed::utp {

class MtuSearch {
 public:
  /// IP packets: what each IPv4 path takes in practice (RFC 1122, 3.3.3) and each IPv6 path by its
  /// rules (RFC 8200, 5); Ethernet's, where real peers' buffers end.
  static constexpr std::size_t ip_bytes_min_v4 = 576;
  static constexpr std::size_t ip_bytes_min_v6 = 1280;
  static constexpr std::size_t ip_bytes_max = 1500;
  static constexpr std::size_t udp_bytes_max = ip_bytes_max - 28;
  /// The search ends when so little is left to win.
  static constexpr std::size_t precision = 16;
  /// A size is too large when so many probes of it were lost: one is lost by chance.
  static constexpr int tries = 2;

  explicit MtuSearch(const IpAddress& to);

  /// What a full packet has now.
  std::size_t packet_bytes() const { return floor_; }
  bool done() const { return ceiling_ - floor_ <= precision; }
  /// The size of the next probe; 0: none is wanted, or one is on its way.
  std::size_t wanted() const { return probing_ || done() ? 0 : probe_; }
  void on_sent() { probing_ = true; }
  void on_acked();
  void on_lost();
  /// The system itself says that it is too large.
  void on_refused();

 private:
  void choose();
  void lower();

  std::size_t floor_;
  std::size_t ceiling_;  ///< the largest that may yet get through
  std::size_t probe_;
  bool probing_ = false;
  int lost_ = 0;
};

}  // namespace seed::utp
