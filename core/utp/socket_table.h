// SocketTable: the sockets of a Mux, by id and by what their packets are named with: who sends them
// and the connection id; and which of them are half open.
//
// Bounds: Limits::sockets_max and half_open_max. A look-up is one hash, or none for a packet of the
// same socket as the one before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "core/base/endpoint.h"
#include "core/base/fifo.h"
#include "core/base/ids.h"
#include "core/utp/mux_event.h"
#include "core/utp/packet.h"
#include "core/utp/socket.h"

namespace seed::utp {

class SocketTable {
 public:
  SocketTable(std::size_t sockets_max, std::size_t half_open_max)
      : sockets_max_(sockets_max), half_open_max_(half_open_max) {}
  SocketTable(const SocketTable&) = delete;
  SocketTable& operator=(const SocketTable&) = delete;

  std::size_t size() const { return sockets_.size(); }
  std::size_t half_open() const { return half_open_count_; }
  bool full() const { return sockets_.size() >= sockets_max_; }

  /// Null: a stale id.
  Socket* find(SocketId id) const;
  /// Null as well when its driver has let go of it.
  Socket* owned(SocketId id) const;
  /// Whom the packet is for; null: nobody.
  Socket* of(const Header& header, const Endpoint& from);
  bool contains(const Endpoint& from, std::uint16_t receives) const {
    return names_.contains({from, receives});
  }

  /// One that we dial; there is room, and none of its name.
  Socket& insert(std::unique_ptr<Socket> socket);
  /// One that answers a SYN, likewise.
  Socket& insert_half_open(std::unique_ptr<Socket> socket);
  /// Room for one that answers a SYN: the oldest half open one goes if they are too many. False:
  /// there is none.
  bool make_room();
  /// To be called when a socket has left State::answered.
  void on_answered_left() { --half_open_count_; }
  void erase(Socket& socket);

  /// Calls `visit(socket)` for each, in an order that is the same in every run.
  template <typename Visit>
  void each(Visit&& visit) {
    sockets_.each([&](SocketId, const std::unique_ptr<Socket>& socket) { visit(*socket); });
  }

 private:
  struct Name {
    Endpoint from;
    std::uint16_t receives = 0;
    bool operator==(const Name&) const = default;
  };
  struct NameHash {
    std::size_t operator()(const Name& name) const {
      return EndpointHash{}(name.from) ^ (std::size_t{name.receives} * 0x9e3779b97f4a7c15ULL);
    }
  };
  Socket* named(const Endpoint& from, std::uint16_t receives);
  bool is_half_open(SocketId id) const;

  std::size_t sockets_max_;
  std::size_t half_open_max_;
  SlotMap<std::unique_ptr<Socket>, SocketTag> sockets_;
  std::unordered_map<Name, Socket*, NameHash> names_;
  Name last_name_;  ///< of the packet before: packets come in runs
  Socket* last_socket_ = nullptr;
  Fifo<SocketId> half_open_;  ///< the oldest first, and some that are so no longer
  std::size_t half_open_count_ = 0;
};

}  // namespace seed::utp
