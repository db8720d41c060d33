// PeerLink: the driver that joins one io::Stream to one peer::Connection, meters both ways and
// flushes once a turn (design, sections 4 and 7).
//
//   dialling --connected--> greeting --handshakes--> open        (any) --fault--> ended
//
// A link never destroys itself: it becomes ended() and its owner reaps it at the end of the turn.
// Bounds: limits::dial_timeout, limits::link_unsent_bytes_max; the connection has its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

#include "core/base/byte_queue.h"
#include "core/base/endpoint.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/limits.h"
#include "core/io/clock.h"
#include "core/io/net.h"
#include "core/peer/connection.h"
#include "core/swarm/candidates.h"
#include "core/swarm/picker.h"
#include "core/swarm/rate.h"
#include "core/swarm/request_window.h"
#include "core/torrent/allowance.h"
#include "core/torrent/long_requests.h"

namespace seed::torrent {

class PeerLink;

/// Who holds a link: session/handshakes, then a torrent.
class LinkOwner {
 public:
  virtual ~LinkOwner() = default;
  /// One event of the connection; the link may be ended by it, never destroyed.
  virtual void on_link_event(PeerLink& link, peer::Event&& event) = 0;
  /// A dialled link is connected; its handshake is on its way.
  virtual void on_link_connected(PeerLink& link) = 0;
  /// False holds reading back until PeerLink::resume_reading(): memory or the disk is behind.
  virtual bool link_may_read(PeerLink& link) = 0;
  /// A rate limit holds the link back: call flush() and resume_reading() at `when`.
  virtual void on_link_held(PeerLink& link, Instant when) = 0;
  /// Something is to be flushed, or the link has ended: call flush(), or reap, this turn.
  virtual void on_link_dirty(PeerLink& link) = 0;
};

/// What the torrent's parts keep of a link beside the protocol.
struct DownloadSide {
  swarm::RequestWindow window;
  swarm::RateMeter rate;  ///< payload
  bool known_to_picker = false;
  bool proven = false;  ///< something that it sent was good
  /// What the picker has been told that the peer has. The connection may be ahead of it: it has
  /// read haves whose events are still to come.
  Bitfield told;
  swarm::SpeedClass speed = swarm::SpeedClass::medium;
  Instant wanting_since = never;  ///< since when we are interested
};
struct UploadSide {
  swarm::RateMeter rate;
  std::unordered_set<BlockRef, BlockRefHash> reading;  ///< asked of storage, not yet here
  LongRequests gathering;                              ///< those above 16 KiB, part by part
  std::size_t reading_bytes = 0;
  std::size_t counted_unsent = 0;  ///< octets counted as MemoryUse::unsent
  std::uint64_t sent = 0;          ///< octets of payload that the stream was given
  bool optimistic = false;
  Instant unchoked_at = never;         ///< `never` while it is choked
  std::uint64_t sent_before_turn = 0;  ///< `sent` when it was unchoked
  bool passed_turn = false;            ///< it took nothing while it was last unchoked

  void forget() {
    reading.clear();
    reading_bytes = 0;
    gathering.clear();
  }
};

class PeerLink final : public io::StreamOwner {
 public:
  /// Octets a peer may leave unread before it is read no more: the blocks it waits for, the last
  /// of them a long one, and as much again for other answers. Beyond: reading waits until it reads.
  static constexpr std::size_t backlog_max =
      limits::link_unsent_bytes_max + 2 * limits::request_bytes_max;

  struct Config {
    Endpoint remote;
    swarm::Source source = swarm::Source::tracker;
    bool incoming = false;
  };

  PeerLink(LinkOwner& owner, io::Clock& clock, Config config, peer::Connection connection);

  /// An accepted stream: begins to read.
  void adopt(std::unique_ptr<io::Stream> stream);
  /// Begins to connect. Fault: no attempt could be made.
  Result<void> dial(io::Dialer& dialer, const io::DialOptions& options);
  /// The torrent takes the link over; `allowance` outlives the link.
  void change_owner(LinkOwner& owner, Allowance* allowance);
  /// Closes at once. The owner reaps it.
  void end(Fault why);
  /// Writes what the connection has to say, as far as limits allow.
  void flush(Instant now);
  /// Reading goes on, and so do bytes held back by a limit.
  void resume();
  /// The connection's deadline, and the dial's.
  Instant deadline() const;
  void on_deadline(Instant now);
  /// The events that an order or a deadline has made.
  void drain();

  LinkId id;  ///< set by the torrent
  DownloadSide download;
  UploadSide upload;

  peer::Connection& connection() { return connection_; }
  const peer::Connection& connection() const { return connection_; }
  const Config& config() const { return config_; }
  Endpoint remote() const { return config_.remote; }
  Endpoint local() const;
  bool utp() const { return stream_ && stream_->is_utp(); }
  bool ended() const { return ended_.has_value(); }
  const Fault& why_ended() const { return *ended_; }
  bool connected() const { return connected_; }
  /// It has something for us that we do not read, for a limit or for want of memory.
  bool held() const { return held_; }
  Instant connected_at() const { return connected_at_; }
  /// Octets of payload that the stream was given since the last call.
  std::uint64_t take_sent() { return std::exchange(untold_, 0); }
  /// Octets that wait to be taken by the system, and those the connection has not given us yet.
  std::size_t backlog() const;
  /// How much of that is payload, about: a few messages may be taken for it.
  std::size_t unsent_payload() const;
  Instant now() const { return clock_->now(); }

 private:
  void on_connected() override;
  std::size_t may_read() override;
  std::size_t readable();
  void on_bytes(MutableBytes received) override;
  void on_sent(std::size_t sent) override;
  void on_end(const Fault& fault) override;
  void write_out(Instant now);
  std::uint64_t write_granted(std::size_t room, Instant now);
  void count_sent(std::uint64_t written, Instant now);

  LinkOwner* owner_;
  io::Clock* clock_;
  Config config_;
  peer::Connection connection_;
  std::unique_ptr<io::Stream> stream_;
  Allowance* allowance_ = nullptr;
  std::optional<Fault> ended_;
  bool connected_ = false;
  bool draining_ = false;
  bool greeted_ = false;           ///< by uTP: the handshake was written
  std::uint64_t untold_ = 0;       ///< part of upload.sent
  std::size_t payload_given_ = 0;  ///< of what waits in the stream, at most
  bool held_ = false;
  bool clogged_ = false;  ///< not read while the backlog is above backlog_max
  Instant connected_at_{};
  Instant dial_deadline_ = never;
};

}  // namespace seed::torrent
