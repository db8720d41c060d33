// Utp: joins the uTP multiplexer (core/utp) to the UDP sockets of the peer port, and gives its
// sockets the shape of streams, so that a link cannot tell uTP from TCP.
//
// What comes is read at once, as far as the stream's owner may read; what goes out does so once, at
// the end of the turn, in runs of equal datagrams. When the port or its address is another one, the
// connections over the old are over: nobody would find them again.
//
// Bounds: utp::Limits.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/rng.h"
#include "core/io/alarm.h"
#include "core/io/clock.h"
#include "core/io/net.h"
#include "core/utp/mux.h"

namespace seed::session {

/// The session, as uTP needs it.
class UtpOwner {
 public:
  virtual ~UtpOwner() = default;
  virtual void on_utp_accept(std::unique_ptr<io::Stream> stream) = 0;
  /// Nobody is to have to do with that address.
  virtual bool turns_away(const IpAddress& address) = 0;
};

class Utp final : public io::Dialer {
 public:
  Utp(io::Clock& clock, io::Alarm& alarm, Rng rng, UtpOwner& owner);
  ~Utp() override;

  /// Either may be missing. `port`: another one each time that the sockets are others.
  void set_sockets(io::UdpSocket* v4, io::UdpSocket* v6, std::uint64_t port);
  /// Our network is gone, or another: what is connected has ended with that.
  void cut(const std::string& why) { drop_all({FaultCode::cut_off, 0, why}); }
  /// Off: nobody is let in, and what is connected ends.
  void set_enabled(bool enabled);

  /// False: it is not uTP.
  bool on_datagram(MutableBytes datagram, const Endpoint& from, Instant now);
  void on_deadline(Instant now);
  Instant deadline() const;
  /// Sends what there is to send.
  void on_turn_end(Instant now);
  utp::MuxFacts facts() const { return mux_->facts(); }

  Result<std::unique_ptr<io::Stream>> dial(const Endpoint& to, const io::DialOptions& options,
                                           io::StreamOwner& owner) override;

 private:
  class Stream;
  struct Run;

  io::UdpSocket* socket(const IpAddress& address) const {
    return sockets_[address.is_v4() ? 0 : 1];
  }
  Stream* find(utp::SocketId id) const;
  void drain();
  void on(const utp::Accepted& event);
  void on(const utp::Connected& event);
  void on(const utp::Readable& event);
  void on(const utp::Sent& event);
  void on(const utp::Ended& event);
  void read_from(utp::SocketId id);
  void send_all();
  void send(const Run& run);
  void end_all(const Fault& why);
  void drop_all(const Fault& why);

  io::Clock& clock_;
  io::Alarm& alarm_;
  Rng rng_;
  UtpOwner& owner_;
  bool enabled_ = false;
  std::array<io::UdpSocket*, 2> sockets_{};
  std::uint64_t port_ = 0;
  std::unique_ptr<utp::Mux> mux_;
  std::unordered_map<utp::SocketId, Stream*, SlotIdHash<struct utp::SocketTag>> streams_;
  std::vector<utp::SocketId> readable_;  ///< whose owner may read again
  utp::SocketId reading_;                ///< whose octets its owner looks at
  bool close_when_read_ = false;         ///< it was destroyed meanwhile
  std::vector<Endpoint> too_big_;        ///< where datagrams of this turn did not fit
};

}  // namespace seed::session
