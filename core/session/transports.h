// Transports: dials peers by TCP and by uTP, in the order of the setting preferred_transports.
//
// The first one gets `head_start`; then the other is tried beside it, and whichever connects first
// is taken. Where the first failed and the other did not, both begin at once the next time.
//
// Bounds: remembered_max such peers; beyond, the one remembered longest is forgotten.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "config/settings.h"
#include "core/base/endpoint.h"
#include "core/base/fifo.h"
#include "core/base/instant.h"
#include "core/io/clock.h"
#include "core/io/net.h"
#include "core/session/raced_stream.h"

namespace seed::session {

class Transports final : public io::Dialer, private RaceJudge {
 public:
  /// One lost packet is sent again within it, over TCP (RFC 6298, 2.1) and over uTP.
  static constexpr Duration head_start = 1500ms;
  static constexpr std::size_t remembered_max = 4096;

  Transports(io::Clock& clock, io::Dialer& tcp, io::Dialer& utp);

  void configure(const config::Settings& settings);
  bool has_tcp() const { return uses(&tcp_); }
  bool has_utp() const { return uses(&utp_); }

  Result<std::unique_ptr<io::Stream>> dial(const Endpoint& to, const io::DialOptions& options,
                                           io::StreamOwner& owner) override;

  void on_deadline(Instant now);
  Instant deadline() const { return waiting_.empty() ? never : waiting_.begin()->first; }

 private:
  using Waiting = std::multimap<Instant, RacedStream*>;

  bool uses(const io::Dialer* dialer) const { return first_ == dialer || second_ == dialer; }
  void on_race_over(RacedStream& race, std::optional<std::size_t> won) override;
  void on_race_gone(RacedStream& race) override { stop_waiting(race); }
  void stop_waiting(RacedStream& race);
  void remember(const Endpoint& peer);

  io::Clock& clock_;
  io::Dialer& tcp_;
  io::Dialer& utp_;
  io::Dialer* first_;
  io::Dialer* second_ = nullptr;
  Waiting waiting_;  ///< races whose second has not begun, by when it does
  std::unordered_map<const RacedStream*, Waiting::iterator> places_;
  std::unordered_set<Endpoint, EndpointHash> first_failed_;
  Fifo<Endpoint> remembered_;  ///< the same, the oldest first
};

}  // namespace seed::session
