#include "core/utp/socket.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace seed::utp {

Socket::Socket(const Names& names, const Limits& limits, const Pools& pools, Instant now)
    : names_(names),
      state_(State::connecting),
      sender_(limits.window_bytes_max, names.remote.address, plus(names.first, 1), pools.packets),
      receiver_(limits.receive_window_bytes, pools.packets, pools.chains),
      sent_at_(now) {
  begin_syn(now);
}

Socket::Socket(const Names& names, const Header& syn, const Limits& limits, const Pools& pools,
               Instant now)
    : names_(names),
      state_(State::answered),
      sender_(limits.window_bytes_max, names.remote.address, names.first, pools.packets),
      receiver_(limits.receive_window_bytes, pools.packets, pools.chains),
      ack_due_(true),
      state_ends_(now + answered_max),
      sent_at_(now) {
  receiver_.begin(plus(syn.sequence, 1));
  take_delays(syn, now);
  sender_.on_handshake(Duration(0), syn.window);
}

void Socket::begin_syn(Instant now) {
  syn_due_ = true;
  state_ends_ = now + Rtt::timeout_first * (1 << syns_);
  ++syns_;
  syn_at_ = now;
}

std::uint32_t Socket::clock(Instant now) const {
  return names_.clock_base +
         static_cast<std::uint32_t>(
             std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count());
}

void Socket::end(Ending why) {
  state_ = State::over;
  why_ = why;
}

void Socket::on_packet(const Packet& packet, Instant now) {
  ++packets_received_;
  if (state_ == State::over) return;
  if (packet.header.type == PacketType::reset)
    return end(state_ == State::connecting ? Ending::refused : Ending::reset);
  if (packet.header.type == PacketType::syn) {
    // Our answer was lost. Once the other side has shown that it came, this is an old one.
    if (state_ == State::answered) ack_due_ = true;
    return;
  }
  if (state_ == State::connecting) return on_answer(packet, now);
  if (!sender_.acceptable(packet.header.ack)) return;
  if (state_ == State::answered) {
    if (packet.header.ack != plus(sender_.next_sequence(), -1)) return;
    state_ = State::connected;
    state_ends_ = never;
  }
  on_stream(packet, now);
}

void Socket::on_answer(const Packet& packet, Instant now) {
  if (packet.header.type != PacketType::state || packet.header.ack != names_.first) return;
  state_ = State::connected;
  state_ends_ = never;
  receiver_.begin(packet.header.sequence);
  take_delays(packet.header, now);
  // Of several, nobody knows which one was answered.
  sender_.on_handshake(syns_ == 1 ? now - syn_at_ : Duration(0), packet.header.window);
  // The other side waits for a sign that its answer came, and we may have nothing to say.
  ack_due_ = true;
}

void Socket::on_stream(const Packet& packet, Instant now) {
  const Header& header = packet.header;
  const Duration queueing = take_delays(header, now);
  const bool bare = header.type == PacketType::state;
  sender_.on_ack({header.ack, packet.sack, header.window, bare, queueing, packet.further}, now);
  if (bare) return;
  ack_due_ = true;
  if (receiver_.on_packet(header.type, header.sequence, packet.payload)) more_ = true;
}

Duration Socket::take_delays(const Header& header, Instant now) {
  // Never 0, which says that nothing was measured.
  reply_delay_ = std::max(clock(now) - header.timestamp, std::uint32_t{1});
  const std::uint32_t fell = theirs_.on_sample(reply_delay_, now);
  if (header.timestamp_difference == 0) return ours_.queueing();
  ours_.on_sample(header.timestamp_difference, now);
  // A clock that runs faster makes one way shorter and the other longer: what looks like a growing
  // queue is none (BEP 29, "clock drift" in kind).
  if (fell > 0 && fell <= drift_max_microseconds) ours_.shift(fell);
  return ours_.queueing();
}

void Socket::write(ByteQueue&& bytes) {
  if (state_ == State::closing || state_ == State::over) return;
  sender_.write(std::move(bytes));
}

void Socket::consume(std::size_t octets) {
  if (receiver_.consume(octets) || receiver_.reopened()) ack_due_ = true;
}

void Socket::close(bool drop) {
  if (state_ == State::closing || state_ == State::over) return;
  receiver_.discard();
  if (state_ != State::connected) return end(Ending::closed);
  state_ = State::closing;
  if (drop) sender_.drop_unsent();
  sender_.finish();
}

Instant Socket::deadline() const {
  if (state_ == State::over) return never;
  if (state_ == State::connecting || state_ == State::answered) return state_ends_;
  return std::min({state_ends_, sender_.deadline(), sent_at_ + keepalive_interval});
}

void Socket::on_deadline(Instant now) {
  if (state_ == State::over) return;
  if (now >= state_ends_) {
    if (state_ != State::connecting) return end(Ending::timed_out);
    if (syns_ >= syns_max) return end(Ending::timed_out);
    begin_syn(now);
  }
  if (state_ == State::connecting || state_ == State::answered) return;
  if (!sender_.on_deadline(now)) return end(Ending::timed_out);
  if (now < sent_at_ + keepalive_interval) return;
  ack_due_ = true;
  sender_.rest();
}

Header Socket::header(PacketType type, std::uint16_t sequence, Instant now) const {
  return {.type = type,
          .connection = type == PacketType::syn ? names_.receives : names_.sends,
          .timestamp = clock(now),
          .timestamp_difference = reply_delay_,
          .window = static_cast<std::uint32_t>(
              std::min<std::size_t>(receiver_.window(), ~std::uint32_t{0})),
          .sequence = sequence,
          .ack = receiver_.ack()};
}

std::optional<Outgoing> Socket::next_syn(MutableBytes scratch, Instant now) {
  if (!std::exchange(syn_due_, false)) return std::nullopt;
  Header syn = header(PacketType::syn, names_.first, now);
  syn.ack = 0;
  encode(syn, scratch);
  return Outgoing{names_.remote, scratch.first(header_bytes), false};
}

std::optional<Outgoing> Socket::next_datagram(MutableBytes scratch, Instant now) {
  if (state_ == State::over) return std::nullopt;
  if (state_ == State::connecting) {
    auto syn = next_syn(scratch, now);
    packets_sent_ += syn ? 1u : 0u;
    return syn;
  }
  std::uint16_t sequence = 0;
  if (state_ != State::answered) {
    if (const SentPacket* packet = sender_.next(sequence, now)) {
      ++packets_sent_;
      sent_at_ = now;
      const std::size_t size = header_bytes + packet->payload;
      encode(header(packet->type, sequence, now), {packet->buffer.get(), size});
      receiver_.told();
      // What came ahead is told by a STATE behind the run: an extension would break its one size.
      if (!receiver_.has_ahead()) ack_due_ = false;
      return Outgoing{names_.remote, {packet->buffer.get(), size}, packet->probe};
    }
  }
  if (state_ == State::closing && sender_.finished()) {
    if (receiver_.ended() && !ack_due_) end(Ending::closed);
    if (state_ends_ == never) state_ends_ = now + linger_max;
  }
  if (!ack_due_) return std::nullopt;
  return next_state(scratch, now);
}

Outgoing Socket::next_state(MutableBytes scratch, Instant now) {
  ack_due_ = false;
  ++packets_sent_;
  sent_at_ = now;
  std::array<std::uint8_t, sack_bytes_max> sack;
  const std::size_t ahead = receiver_.sack(sack);
  std::array<std::uint8_t, further_bytes_max> further;
  const Header state = header(PacketType::state, sender_.next_sequence(), now);
  const std::size_t size =
      encode(state, Bytes(sack).first(ahead), receiver_.further(further), scratch);
  receiver_.told();
  return Outgoing{names_.remote, scratch.first(size), false};
}

void Socket::write_reset(MutableBytes out, Instant now) const {
  encode(header(PacketType::reset, sender_.next_sequence(), now), out);
}

Facts Socket::facts() const {
  Facts out;
  out.remote = names_.remote;
  out.connected = state_ == State::connected;
  out.rtt = sender_.rtt().smoothed();
  out.queueing_delay = ours_.queueing();
  out.window = sender_.ledbat().window();
  out.peer_window = sender_.peer_window();
  out.flight = sender_.flight();
  out.unsent = sender_.unsent();
  out.unread = receiver_.unread();
  out.packet_bytes = sender_.mtu().packet_bytes();
  out.packets_sent = packets_sent_;
  out.packets_received = packets_received_;
  out.packets_resent = sender_.counts().resent;
  out.losses = sender_.counts().losses;
  out.timeouts = sender_.counts().timeouts;
  return out;
}

}  // namespace seed::utp
