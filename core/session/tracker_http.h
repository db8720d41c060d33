// TrackerHttp: the connections over which our own tracker is asked by HTTP.
//
// A link reads on only when what it has asked for was taken by its system: who asks and does not
// read waits, with what it has sent, and is dropped. In one turn requests_per_turn_max are
// answered; who is behind them waits for the next. Where a bound is reached the link that has done
// nothing for the longest gives way, so that whoever comes is heard, however many only sit there.
//
//   reading --request--> answered --taken by the system--> reading, or ended
//           --refused--> lingering: what comes is thrown away until the other side has had the
//           answer
//   any --patience is over--> ended
//
// Bounds: links_max, links_per_source_max, links_per_private_source_max, read_at_once_max,
// unsent_max, requests_per_turn_max, patience, linger.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/io/clock.h"
#include "core/io/net.h"
#include "core/trackerd/http_answers.h"
#include "core/trackerd/http_request.h"

namespace seed::session {

/// Who answers.
class TrackerHttpOwner {
 public:
  virtual ~TrackerHttpOwner() = default;
  virtual trackerd::HttpAnswer answer_http(std::string_view path, std::string_view query,
                                           const IpAddress& source) = 0;
  /// Something came that was no request.
  virtual void on_http_refused(const IpAddress& source) = 0;
};

class TrackerHttp {
 public:
  /// Open at once: 10 MiB if each has sent all but the end of a head. Beyond: the idlest goes.
  static constexpr std::size_t links_max = 512;
  /// Of one source: a few clients behind one router. Beyond: its idlest goes.
  static constexpr std::size_t links_per_source_max = 8;
  /// Of a private source: many containers behind one bridge, or a proxy of our own.
  static constexpr std::size_t links_per_private_source_max = 256;
  /// Octets of one link read and not yet looked at.
  static constexpr std::size_t read_at_once_max = 4096;
  /// Octets that wait to be sent: four answers of 200 peers. Beyond: it is read no further.
  static constexpr std::size_t unsent_max = 65536;
  /// 4 ms of work, at 20 us an announce.
  static constexpr std::size_t requests_per_turn_max = 200;
  /// For a whole request to come, or an answer to be taken.
  static constexpr Duration patience = 15s;
  /// For who was refused to have its answer; one that is closed at while it sends may lose it.
  static constexpr Duration linger = 2s;

  /// How exactly these two are kept.
  static constexpr Duration look_every = 1s;

  TrackerHttp(io::Clock& clock, TrackerHttpOwner& owner);
  ~TrackerHttp();
  TrackerHttp(const TrackerHttp&) = delete;
  TrackerHttp& operator=(const TrackerHttp&) = delete;

  void accept(std::unique_ptr<io::Stream> stream);
  void close();
  void on_deadline(Instant now);
  Instant deadline() const;
  /// Frees what has ended, and gives the next turn its share of work.
  void on_turn_end();
  std::size_t size() const { return links_.size(); }

 private:
  class Link;
  using Id = SlotId<struct TrackerLinkTag>;

  void make_place(const IpAddress& source);
  void end(Id id);
  void wait(Id id);
  bool may_answer() const { return answered_ < requests_per_turn_max; }

  io::Clock& clock_;
  TrackerHttpOwner& owner_;
  SlotMap<std::unique_ptr<Link>, struct TrackerLinkTag> links_;
  std::vector<std::unique_ptr<Link>> ended_;  ///< perhaps in a call of their stream's
  std::deque<Id> waiting_;                    ///< for the next turn to be answered
  Instant go_on_at_{};                        ///< while somebody waits
  std::size_t answered_ = 0;                  ///< in this turn
  Instant next_look_ = never;
};

}  // namespace seed::session
