#include "core/utp/socket_table.h"

#include <utility>

namespace seed::utp {

Socket* SocketTable::find(SocketId id) const {
  const auto* found = sockets_.find(id);
  return found == nullptr ? nullptr : found->get();
}

Socket* SocketTable::owned(SocketId id) const {
  Socket* socket = find(id);
  return socket != nullptr && socket->owned ? socket : nullptr;
}

Socket* SocketTable::named(const Endpoint& from, std::uint16_t receives) {
  if (last_socket_ != nullptr && last_name_.receives == receives && last_name_.from == from)
    return last_socket_;
  const auto found = names_.find({from, receives});
  if (found == names_.end()) return nullptr;
  last_name_ = found->first;
  last_socket_ = found->second;
  return found->second;
}

Socket* SocketTable::of(const Header& header, const Endpoint& from) {
  const std::uint16_t id = header.connection;
  if (header.type == PacketType::syn) return named(from, plus(id, 1));
  Socket* socket = named(from, id);
  if (header.type != PacketType::reset || socket != nullptr) return socket;
  // A RESET answers a packet of ours with the id that we sent.
  for (const int off : {-1, 1}) {
    socket = named(from, plus(id, off));
    if (socket != nullptr && socket->names().sends == id) return socket;
  }
  return nullptr;
}

bool SocketTable::is_half_open(SocketId id) const {
  const Socket* socket = find(id);
  return socket != nullptr && socket->state() == Socket::State::answered;
}

bool SocketTable::make_room() {
  while (!half_open_.empty() &&
         (!is_half_open(half_open_.front()) || half_open_count_ >= half_open_max_)) {
    const SocketId oldest = half_open_.take_front();
    if (is_half_open(oldest)) erase(*find(oldest));
  }
  return half_open_max_ > 0 && !full();
}

Socket& SocketTable::insert(std::unique_ptr<Socket> socket) {
  Socket& out = *socket;
  names_.emplace(Name{out.names().remote, out.names().receives}, &out);
  out.id = sockets_.insert(std::move(socket));
  return out;
}

Socket& SocketTable::insert_half_open(std::unique_ptr<Socket> socket) {
  Socket& out = insert(std::move(socket));
  half_open_.push_back(out.id);
  ++half_open_count_;
  return out;
}

void SocketTable::erase(Socket& socket) {
  if (socket.state() == Socket::State::answered) --half_open_count_;
  if (last_socket_ == &socket) last_socket_ = nullptr;
  names_.erase({socket.names().remote, socket.names().receives});
  sockets_.erase(socket.id);
}

}  // namespace seed::utp
