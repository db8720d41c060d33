// HttpLink: one client's connection: its socket, its protocol and its deadlines. Does what can be
// done without waiting; who has it waits for what it says. For one thread at a time.
//
// Bounds: every phase has a time; what a client sends or takes has a pace besides
// (rpc/http/pace.h), so that an octet now and then keeps nothing. What is sent in one go is
// bounded, so that who takes much keeps nobody waiting.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "core/base/endpoint.h"
#include "rpc/http/acceptor.h"
#include "rpc/http/conversation.h"
#include "rpc/http/descriptor.h"
#include "rpc/http/pace.h"
#include "rpc/http/transport.h"

namespace seed::rpc {

/// Before a head is asked about without its body: most clients send both at once.
inline constexpr std::chrono::milliseconds body_grace{50};

class HttpLink {
 public:
  using Clock = std::chrono::steady_clock;

  /// What it waits for.
  enum class Next : std::uint8_t {
    readable,
    writable,
    room,   ///< BodyRoom's
    asked,  ///< an answer
    ended,  ///< nothing: it can go
  };

  /// `transport` is that of the socket; `rooms` outlives it.
  HttpLink(Descriptor socket, SocketName peer, std::unique_ptr<Transport> transport,
           HttpRooms& rooms);
  HttpLink(const HttpLink&) = delete;
  HttpLink& operator=(const HttpLink&) = delete;

  /// What its reactor keeps of it.
  struct Kept {
    std::uint64_t id = 0;
    bool stranger = false;  ///< may not ask anything
    bool parked = true;     ///< the reactor has it; guarded by its mutex, as is `next`
    Next next = Next::readable;
    bool armed = true;  ///< the socket may wake the reactor, once; guarded by its mutex
    IpAddress address;
    bool listed = false;                  ///< among those given back; guarded by its mutex
    HttpLink* given_back_next = nullptr;  ///< of these; guarded by its mutex
  };
  Kept kept;

  int socket() const { return socket_.get(); }
  const SocketName& peer() const { return peer_; }
  HttpConversation& conversation() { return conversation_; }
  std::size_t come() const { return transport_->come(); }
  /// Nothing of a request has been looked at: a handshake may cost milliseconds.
  bool shaking_hands() const { return shaking_hands_; }

  /// Moves what can be moved, or some of it.
  Next advance(Clock::time_point now);
  Clock::time_point deadline() const;
  /// After the deadline.
  Next on_deadline(Clock::time_point now);
  /// Up to that time for the next request to begin; false when it has not. Waits.
  bool wait_for_input(std::chrono::milliseconds at_most) const;

  /// How dear it is to keep when there are too many: none is cheaper than an idle one. One that is
  /// served is not to go at all.
  enum class Worth : std::uint8_t { idle, leaving, unasked, served };
  Worth worth() const;
  /// Memory of an answer that the client has not taken all of; 0 when none is being sent.
  std::size_t held_bytes() const { return sending_ ? conversation_.held_bytes() : 0; }
  /// Whether something is on its way that should not be lost.
  bool finishing() const;
  Clock::time_point since() const { return since_; }

  /// For answers without an end: sends all of it; false when the client has gone or takes less than
  /// it must, or `give_up` says so. Waits.
  bool send_all(std::string_view text, const std::function<bool()>& give_up);
  /// Whether the client is still there; what it has sent is thrown away.
  bool connected();

 private:
  /// Nothing: all is sent.
  IoNeed flush();
  void note_phase(Clock::time_point now);
  /// The phase, or the sending, begins.
  void begin(Clock::time_point now);
  bool has_pace() const;
  std::int64_t moved() const;
  /// What the system was given of `sent` octets and the other end has taken.
  std::int64_t taken(std::uint64_t sent) const;

  const Descriptor socket_;
  const SocketName peer_;
  const std::unique_ptr<Transport> transport_;
  HttpConversation conversation_;
  bool shaking_hands_ = true;
  bool finished_ = false;
  bool sending_ = false;  ///< and the client does not take it
  std::uint64_t sent_ = 0;
  HttpConversation::Phase phase_ = HttpConversation::Phase::idle;
  Clock::time_point since_;  ///< when the phase, or the sending, began
  Pace pace_;
};

}  // namespace seed::rpc
