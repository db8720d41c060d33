#include "core/utp/mux.h"

#include <algorithm>
#include <utility>

#include "core/utp/socket.h"
#include "core/utp/socket_table.h"

namespace seed::utp {
namespace {

/// Room for the largest packet (MtuSearch::udp_bytes_max), and for what some send over jumbo
/// frames.
constexpr std::size_t packet_buffer_bytes = 2048;
/// What is read as one run: eleven full packets.
constexpr std::size_t chain_buffer_bytes = 16 * 1024;
/// Ids that are tried for a connection to one endpoint.
constexpr int names_tried = 8;

}  // namespace

Mux::Mux(const Limits& limits, Rng rng)
    : limits_(limits),
      rng_(rng),
      clock_base_(static_cast<std::uint32_t>(rng_.next())),
      budget_(limits.buffers_bytes_max),
      packets_(packet_buffer_bytes, budget_),
      chains_(chain_buffer_bytes, budget_),
      sockets_(std::make_unique<SocketTable>(limits.sockets_max, limits.half_open_max)) {}

Mux::~Mux() = default;

bool Mux::on_datagram(MutableBytes datagram, const Endpoint& from, Instant now) {
  if (!is_packet(datagram)) return false;
  see(now);
  const auto packet = parse(datagram);
  if (!packet)
    ++counts_.malformed;
  else if (Socket* socket = sockets_->of(packet->header, from))
    on_socket(*socket, *packet);
  else
    on_unknown(*packet, from);
  return true;
}

void Mux::on_socket(Socket& socket, const Packet& packet) {
  using State = Socket::State;
  const State before = socket.state();
  socket.on_packet(packet, now_);
  touch(socket);
  const State after = socket.state();
  if (before == State::answered && after != State::answered) {
    sockets_->on_answered_left();
    if (after == State::connected) {
      socket.owned = true;
      events_.push_back(Accepted{socket.id, socket.names().remote});
    }
  }
  if (before == State::connecting && after == State::connected && socket.owned)
    events_.push_back(Connected{socket.id});
  tell(socket);
}

void Mux::on_unknown(const Packet& packet, const Endpoint& from) {
  const Header& header = packet.header;
  if (header.type == PacketType::syn) return on_syn(header, from);
  ++counts_.unknown;
  if (header.type == PacketType::reset) return;
  Resets::Reset* reset = resets_.add(from, now_);
  if (reset == nullptr) return;
  encode({.type = PacketType::reset,
          .connection = header.connection,
          .sequence = static_cast<std::uint16_t>(rng_.next()),
          .ack = header.sequence},
         reset->octets);
}

void Mux::on_syn(const Header& syn, const Endpoint& from) {
  if (!accepting_ || from.port == 0 || !sockets_->make_room()) return;
  const Socket::Names names{from, plus(syn.connection, 1), syn.connection,
                            static_cast<std::uint16_t>(rng_.next()), clock_base_};
  Socket& socket = sockets_->insert_half_open(
      std::make_unique<Socket>(names, syn, limits_, Socket::Pools{packets_, chains_}, now_));
  socket.owned = false;
  touch(socket);
}

Result<SocketId> Mux::connect(const Endpoint& to, Instant now) {
  see(now);
  if (sockets_->full()) return fail(FaultCode::busy, "too many uTP connections");
  for (int i = 0; i < names_tried; ++i) {
    const auto receives = static_cast<std::uint16_t>(rng_.next());
    if (sockets_->contains(to, receives)) continue;
    const Socket::Names names{to, receives, plus(receives, 1),
                              static_cast<std::uint16_t>(rng_.next()), clock_base_};
    Socket& socket = sockets_->insert(
        std::make_unique<Socket>(names, limits_, Socket::Pools{packets_, chains_}, now_));
    touch(socket);
    return socket.id;
  }
  return fail(FaultCode::busy, "too many uTP connections to one endpoint");
}

void Mux::write(SocketId id, ByteQueue&& bytes, Instant now) {
  see(now);
  Socket* socket = sockets_->owned(id);
  if (socket == nullptr) return;
  socket->write(std::move(bytes));
  touch(*socket);
}

MutableBytes Mux::readable(SocketId id) {
  Socket* socket = sockets_->owned(id);
  return socket == nullptr ? MutableBytes() : socket->readable();
}

void Mux::consume(SocketId id, std::size_t octets, Instant now) {
  see(now);
  Socket* socket = sockets_->owned(id);
  if (socket == nullptr) return;
  socket->consume(octets);
  touch(*socket);
  tell(*socket);
}

void Mux::close(SocketId id, Instant now) {
  see(now);
  Socket* socket = sockets_->owned(id);
  if (socket == nullptr) return;
  socket->owned = false;
  socket->close(false);
  touch(*socket);
}

void Mux::abort(SocketId id, Instant now) {
  see(now);
  Socket* socket = sockets_->owned(id);
  if (socket == nullptr) return;
  if (socket->state() != Socket::State::over) {
    if (Resets::Reset* reset = resets_.add(socket->names().remote, now_))
      socket->write_reset(reset->octets, now_);
  }
  sockets_->erase(*socket);
}

std::size_t Mux::unsent(SocketId id) const {
  const Socket* socket = sockets_->owned(id);
  return socket == nullptr ? 0 : socket->unsent();
}

std::size_t Mux::unread(SocketId id) const {
  const Socket* socket = sockets_->owned(id);
  return socket == nullptr ? 0 : socket->unread();
}

std::optional<Facts> Mux::facts(SocketId id) const {
  const Socket* socket = sockets_->owned(id);
  return socket == nullptr ? std::nullopt : std::optional(socket->facts());
}

MuxFacts Mux::facts() const {
  MuxFacts out = counts_;
  out.sockets = sockets_->size();
  out.half_open = sockets_->half_open();
  out.buffer_bytes = budget_.used();
  return out;
}

void Mux::on_send_failed(const Endpoint& to, bool too_big, Instant now) {
  see(now);
  if (!too_big) return;
  sockets_->each([&](Socket& socket) {
    if (socket.names().remote != to) return;
    socket.on_probe_refused();
    touch(socket);
  });
}

void Mux::touch(Socket& socket) {
  if (std::exchange(socket.dirty, true)) return;
  dirty_.push_back(socket.id);
}

void Mux::tell(Socket& socket) {
  if (!socket.owned) return;
  if (socket.take_readable() && socket.unread() > 0 && !std::exchange(socket.told_readable, true))
    events_.push_back(Readable{socket.id});
  if (socket.state() == Socket::State::over) {
    if (!std::exchange(socket.told_end, true))
      events_.push_back(Ended{socket.id, socket.why_over()});
  } else if (socket.at_end() && !std::exchange(socket.told_end, true)) {
    events_.push_back(Ended{socket.id, Ending::closed});
  }
}

void Mux::flush(Instant now) {
  see(now);
  // What the last flush did not get to is not lost.
  for (; sending_at_ < sending_.size(); ++sending_at_)
    if (Socket* socket = sockets_->find(sending_[sending_at_])) touch(*socket);
  for (const SocketId id : starved_)
    if (Socket* socket = sockets_->find(id)) touch(*socket);
  starved_.clear();
  sending_.clear();
  sending_at_ = 0;
  std::swap(sending_, dirty_);
  for (const SocketId id : sending_)
    if (Socket* socket = sockets_->find(id)) socket->dirty = false;
}

std::optional<Outgoing> Mux::next_datagram() {
  if (auto reset = resets_.next()) {
    ++counts_.resets_sent;
    const MutableBytes octets = scratch().first(header_bytes);
    std::ranges::copy(reset->octets, octets.begin());
    ++scratch_at_;
    return Outgoing{reset->to, octets, false};
  }
  for (; sending_at_ < sending_.size(); ++sending_at_) {
    Socket* socket = sockets_->find(sending_[sending_at_]);
    if (socket == nullptr) continue;
    if (auto out = socket->next_datagram(scratch(), now_)) {
      ++scratch_at_;
      return out;
    }
    settle(*socket);
  }
  return std::nullopt;
}

void Mux::settle(Socket& socket) {
  if (socket.state() == Socket::State::over) {
    // With an owner it stays until that has heard of it.
    if (!socket.owned) sockets_->erase(socket);
    return;
  }
  if (socket.starved()) starved_.push_back(socket.id);
  if (const std::size_t octets = socket.take_sent(); octets > 0 && socket.owned)
    events_.push_back(Sent{socket.id, octets});
  arm(socket);
}

void Mux::arm(Socket& socket) {
  const Instant when = socket.deadline();
  if (when >= socket.armed_at) return;
  socket.armed_at = when;
  wakeups_.add(when, socket.id);
}

std::optional<Event> Mux::next_event() {
  while (!events_.empty()) {
    Event event = events_.take_front();
    const SocketId id = std::visit([](const auto& what) { return what.id; }, event);
    Socket* socket = sockets_->owned(id);
    // Closed meanwhile: its owner hears no more of it.
    if (socket == nullptr) continue;
    if (std::holds_alternative<Readable>(event)) socket->told_readable = false;
    if (std::holds_alternative<Ended>(event)) {
      socket->owned = false;
      socket->close(true);
      touch(*socket);
    }
    return event;
  }
  return std::nullopt;
}

std::optional<Instant> Mux::deadline() const {
  if (!dirty_.empty()) return now_;
  const Instant next = wakeups_.next();
  return next == never ? std::nullopt : std::optional(next);
}

void Mux::on_deadline(Instant now) {
  see(now);
  while (wakeups_.next() <= now_) {
    const Wakeups::Entry entry = wakeups_.take();
    Socket* socket = sockets_->find(entry.id);
    if (socket == nullptr || socket->armed_at != entry.when) continue;
    socket->armed_at = never;
    if (socket->deadline() > now_) {
      arm(*socket);
      continue;
    }
    const bool was_answered = socket->state() == Socket::State::answered;
    socket->on_deadline(now_);
    if (was_answered && socket->state() != Socket::State::answered) sockets_->on_answered_left();
    touch(*socket);
    tell(*socket);
  }
  // Those whose sockets are gone, or are due earlier by now, are passed over when they come; or all
  // at once when they are many.
  if (wakeups_.size() > 4 * sockets_->size() + 64) {
    wakeups_.purge([this](const Wakeups::Entry& entry) {
      const Socket* socket = sockets_->find(entry.id);
      return socket == nullptr || socket->armed_at != entry.when;
    });
  }
}

}  // namespace seed::utp
