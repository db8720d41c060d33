// Net: TCP streams, listeners and UDP sockets. Owners are told of what happens by direct calls.
//
// Lifetime (design, section 9): whoever holds the unique_ptr owns the object; destroying it closes
// at once, and no owner hears of it again. Destroying an object inside its own callback is allowed.
// Everything runs on the loop thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "core/base/byte_queue.h"
#include "core/base/endpoint.h"
#include "core/base/result.h"

namespace seed::io {

/// Hears of a stream. Every call may destroy the stream.
class StreamOwner {
 public:
  virtual ~StreamOwner() = default;
  /// A dialled stream is connected. Not called for accepted ones.
  virtual void on_connected() = 0;
  /// How many octets may be read now. 0 stops reading until Stream::resume_reading().
  virtual std::size_t may_read() = 0;
  /// Octets received; may be changed in place; gone when the call returns.
  virtual void on_bytes(MutableBytes received) = 0;
  /// `sent` octets of what was written have been taken by the system.
  virtual void on_sent(std::size_t sent) = 0;
  /// The stream is over: FaultCode::closed when the other side ended it. The last call.
  virtual void on_end(const Fault& fault) = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;
  /// A stream from accept() hears nothing until it has an owner; reading starts then.
  virtual void set_owner(StreamOwner* owner) = 0;
  /// Takes all of `bytes`; they go out in order. Never calls the owner from within.
  virtual void write(ByteQueue&& bytes) = 0;
  /// Octets written and not yet taken by the system.
  virtual std::size_t unsent() const = 0;
  /// Reading goes on after may_read() gave 0.
  virtual void resume_reading() = 0;
  virtual Endpoint local() const = 0;
  virtual Endpoint remote() const = 0;
  /// True for uTP.
  virtual bool is_utp() const { return false; }
};

class ListenerOwner {
 public:
  virtual ~ListenerOwner() = default;
  virtual void on_accept(std::unique_ptr<Stream> stream) = 0;
  /// Accepting failed (no file descriptors): the listener pauses by itself and tries again.
  virtual void on_accept_fault(const Fault& fault) = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;
  virtual Endpoint local() const = 0;
};

class UdpSocketOwner {
 public:
  virtual ~UdpSocketOwner() = default;
  /// One datagram; gone when the call returns.
  virtual void on_datagram(MutableBytes datagram, const Endpoint& from) = 0;
};

class UdpSocket {
 public:
  virtual ~UdpSocket() = default;
  /// Sends at once or drops: datagrams are not queued. Fault: the system's reason.
  virtual Result<void> send(Bytes datagram, const Endpoint& to) = 0;
  /// As send(), but it arrives in one piece or not at all: routers on its way may not cut it into
  /// fragments.
  virtual Result<void> send_whole(Bytes datagram, const Endpoint& to) { return send(datagram, to); }
  /// Datagrams to one place, in order; all but the last have the same size. As many as run_max go
  /// in one system call where the system can. All are tried. Fault: of the first that did not go.
  static constexpr std::size_t run_max = 40;
  virtual Result<void> send_run(std::span<const Bytes> datagrams, const Endpoint& to) {
    Result<void> out;
    for (const Bytes& datagram : datagrams)
      if (auto sent = send(datagram, to); !sent && out) out = std::move(sent);
    return out;
  }
  virtual Endpoint local() const = 0;
};

/// Where a socket is bound before it is used, and what it may be.
struct DialOptions {
  IpAddress source = IpAddress::any_v4();  ///< unspecified: the system chooses
  /// By uTP or not at all: the other side's NAT opens for nothing else.
  bool utp_only = false;
};

/// A way to reach others.
class Dialer {
 public:
  virtual ~Dialer() = default;
  /// Starts connecting; `owner` hears on_connected or on_end. A fault here means that no attempt
  /// was made (no file descriptors, no such source address).
  virtual Result<std::unique_ptr<Stream>> dial(const Endpoint& to, const DialOptions& options,
                                               StreamOwner& owner) = 0;
};

class Net : public Dialer {
 public:
  /// Port 0 lets the system choose. Fault exists: the port is taken. An IPv6 listener is v6 only.
  virtual Result<std::unique_ptr<Listener>> listen(const Endpoint& at, ListenerOwner& owner) = 0;
  virtual Result<std::unique_ptr<UdpSocket>> open_udp(const Endpoint& at,
                                                      UdpSocketOwner& owner) = 0;
  /// A socket in a multicast group: it hears what is sent to the group on every interface, or on
  /// the one that has `options.source`, and what it sends to the group goes out from each of them.
  /// Fault unsupported: this network has no groups.
  virtual Result<std::unique_ptr<UdpSocket>> open_group(const Endpoint& group,
                                                        const DialOptions& options,
                                                        UdpSocketOwner& owner) {
    static_cast<void>(options);
    static_cast<void>(owner);
    return fail(FaultCode::unsupported, "no group " + group.to_string() + " here");
  }
};

}  // namespace seed::io
