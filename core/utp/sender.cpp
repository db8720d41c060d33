#include "core/utp/sender.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/check.h"

namespace seed::utp {
namespace {

/// What a packet buffer must hold is bounded by the path search.
constexpr std::size_t views_at_once = 8;
/// Such a part of a round trip after the last one, what is further is told all the time.
constexpr int further_fresh = 32;

}  // namespace

Sender::Sender(std::size_t window_max, const IpAddress& to, std::uint16_t first, BufferPool& pool)
    : pool_(pool), ring_(first), ledbat_(window_max), mtu_(to), judged_to_(plus(first, -1)) {
  SEED_CHECK(pool.buffer_bytes() >= MtuSearch::udp_bytes_max);
}

Ledbat::Facts Sender::facts(std::size_t flight) const {
  return {full(), flight, queueing_, rtt_.latest(), rtt_.least()};
}

void Sender::on_handshake(Duration rtt, std::uint32_t window) {
  if (rtt > Duration(0)) rtt_.on_sample(rtt);
  peer_window_ = peer_window_most_ = window;
}

void Sender::on_ack(const Ack& ack, Instant now) {
  heard_ = true;
  queueing_ = ack.queueing;
  const int news = steps(plus(ring_.first(), -1), ack.ack);
  if (news < 0) return;
  on_window(ack, now);
  if (ring_.empty()) return;
  const std::size_t flight = ring_.flight();
  Came came;
  take_acknowledged(ack.ack, came, now);
  take_bits(plus(ack.ack, 2), ack.sack, came, now);
  take_further(ack, came, now);
  came_order_ = std::max(came_order_, came.order);
  if (came.packets > 0) {
    if (came.rtt > Duration(0)) rtt_.on_sample(came.rtt);
    timeouts_ = 0;
    bare_acks_ = 0;
    timeout_at_ = ring_.open() > 0 ? now + rtt_.timeout() : never;
    if (came.octets > 0 && ledbat_.on_ack(came.octets, came.packets, facts(flight), now))
      halved_order_ = ring_.next_order();
  } else if (ack.bare && news == 0 && ack.sack.empty()) {
    ++bare_acks_;
  }
  see_reach(ack);
  find_told(now);
  find_lost(now);
  count_bare(ack, now);
  // Something came of which nothing can be told: the first one missing is too far behind.
  untold_ = !told_all_ && came.packets == 0 && (untold_ || ack.bare);
  if (untold_ && ring_.open() > 0) timeout_at_ = now + rtt_.timeout();
  find_untold(now);
}

void Sender::on_window(const Ack& ack, Instant now) {
  const bool opened = peer_window_ == 0 && ack.window > 0;
  peer_window_ = ack.window;
  peer_window_most_ = std::max(peer_window_most_, peer_window_);
  if (!opened) return;
  persists_ = 0;
  persist_at_ = never;
  // What asked about the closed window was not taken, unless this acknowledges it.
  std::uint16_t sequence = 0;
  if (ring_.open() == 1 && ring_.sent_first(sequence) != nullptr && steps(ack.ack, sequence) > 0)
    lose(sequence, false, now);
}

void Sender::count(std::uint16_t sequence, SentPacket& packet, Came& came, Instant now) {
  came.octets += packet.payload;
  ++came.packets;
  const Duration took = now - packet.sent_at;
  // One that was sent again may have come the first time; and who could not be told of may have
  // come long ago, but where what is further is told every now and then.
  const bool at_once = told(sequence) || (packet.state == SentPacket::State::in_flight &&
                                          now - further_at_ < rtt_.least() / further_fresh);
  if (!packet.resent)
    came.rtt = at_once ? took : came.rtt;
  else if (took < rtt_.least())
    return;
  came.order = std::max(came.order, packet.order + 1);
  if (packet.probe) mtu_.on_acked();
}

void Sender::take_acknowledged(std::uint16_t ack, Came& came, Instant now) {
  while (!ring_.empty() && steps(ring_.first(), ack) >= 0) {
    SentPacket& packet = *ring_.find(ring_.first());
    if (packet.state != SentPacket::State::done) count(ring_.first(), packet, came, now);
    ring_.pop();
  }
}

void Sender::take_bits(std::uint16_t first, Bytes bits, Came& came, Instant now) {
  for (std::size_t i = 0; i < bits.size(); ++i) {
    for (unsigned left = bits[i], bit = 0; left != 0; left >>= 1, ++bit) {
      if ((left & 1) == 0) continue;
      const std::uint16_t sequence = plus(first, static_cast<int>(8 * i + bit));
      SentPacket* packet = ring_.find(sequence);
      if (packet == nullptr || packet->state == SentPacket::State::done) continue;
      count(sequence, *packet, came, now);
      ring_.set_done(sequence);
    }
  }
}

void Sender::take_further(const Ack& ack, Came& came, Instant now) {
  further_count_ = 0;
  // It goes on where the other ends, or it is none of ours.
  const std::uint16_t from = plus(ack.ack, 2 + sack_packets_max);
  if (ack.sack.size() < sack_bytes_max || steps(from, ack.further.first) < 0) return;
  take_bits(ack.further.first, ack.further.bits, came, now);
  further_ = ack.further.first;
  further_count_ = static_cast<int>(8 * ack.further.bits.size());
  if (further_count_ > 0) further_at_ = now;
}

bool Sender::told(std::uint16_t sequence) const {
  const int behind = steps(further_, sequence);
  return told_all_ || steps(sequence, told_to_) >= 0 || (behind >= 0 && behind < further_count_);
}

void Sender::see_reach(const Ack& ack) {
  if (!ack.bare && ack.sack.empty()) return;
  // Some tell of 32 packets only, nobody of more than 2016. A shorter one than that is as long as
  // there is something to tell.
  told_all_ = ack.sack.size() < sack_most_ || ack.sack.empty();
  told_to_ = plus(ack.ack, static_cast<int>(1 + 8 * ack.sack.size()));
  sack_most_ = std::max(sack_most_, ack.sack.size());
}

void Sender::find_told(Instant now) {
  // What is told of now, and missing, was overtaken before.
  if (steps(judged_to_, ring_.first()) > 0) judged_to_ = plus(ring_.first(), -1);
  lose_untold(judged_to_, told_all_ ? plus(ring_.next(), -1) : told_to_, now);
  lose_untold(plus(further_, -1), plus(further_, further_count_ - 1), now);
  if (steps(judged_to_, told_to_) > 0) judged_to_ = told_to_;
}

void Sender::lose_untold(std::uint16_t after, std::uint16_t to, Instant now) {
  while (ring_.untold() > 0 && steps(after, to) > 0) {
    const SentPacket* packet = ring_.find(++after);
    if (packet == nullptr) return;
    if (packet->state == SentPacket::State::untold) lose(after, true, now);
  }
}

void Sender::find_lost(Instant now) {
  missing_at_ = never;
  std::uint16_t sequence = 0;
  while (const SentPacket* oldest = ring_.sent_first(sequence)) {
    if (oldest->order + 1 >= came_order_) return;
    if (oldest->order + reordered_max >= came_order_ && now < oldest->sent_at + patience()) {
      missing_at_ = oldest->sent_at + patience();
      return;
    }
    // What was sent again later is told of, and came; it may have come as well.
    told(sequence) ? lose(sequence, true, now) : ring_.set_untold(sequence);
  }
}

Duration Sender::patience() const {
  return std::max(rtt_.latest(), rtt_.smoothed()) * patience_quarters / 4;
}

void Sender::find_untold(Instant now) {
  const SentPacket* first = ring_.find(ring_.first());
  if (!untold_ || first == nullptr || !first->open()) return;
  const Instant ends = first->sent_at + patience();
  if (now >= ends)
    lose(ring_.first(), true, now);
  else
    missing_at_ = std::min(missing_at_, ends);
}

void Sender::count_bare(const Ack& ack, Instant now) {
  // From who tells nothing selectively: the third acknowledgement of the same.
  if (bare_acks_ < static_cast<int>(reordered_max) || ring_.empty()) return;
  bare_acks_ = 0;
  const std::uint16_t sequence = plus(ack.ack, 1);
  const SentPacket* first = ring_.find(sequence);
  if (first != nullptr && first->open() && !first->resent &&
      first->order + reordered_max < ring_.next_order())
    lose(sequence, true, now);
}

void Sender::lose(std::uint16_t sequence, bool speaks_of_congestion, Instant now) {
  const SentPacket& packet = *ring_.find(sequence);
  const std::size_t flight = ring_.flight();
  const bool fresh = packet.order >= halved_order_;
  const bool probe = packet.probe;
  ++counts_.losses;
  ring_.set_lost(sequence);
  if (probe) return mtu_.on_lost();
  if (speaks_of_congestion && fresh && ledbat_.on_loss(facts(flight), now))
    halved_order_ = ring_.next_order();
}

bool Sender::on_deadline(Instant now) {
  if (now >= persist_at_) {
    persist_at_ = never;
    ask_window_ = true;
    ++persists_;
  }
  if (now >= paced_at_) paced_at_ = never;
  if (now >= missing_at_) {
    find_lost(now);
    find_untold(now);
  }
  if (now < timeout_at_) return true;
  timeout_at_ = never;
  if (ring_.open() == 0) return true;
  ++counts_.timeouts;
  // Who says that its window is closed is there.
  ++(heard_ && peer_window_ < full() ? persists_ : timeouts_);
  heard_ = false;
  if (timeouts_ >= timeouts_max) return false;
  on_timeout(now);
  return true;
}

void Sender::on_timeout(Instant now) {
  std::uint16_t sequence = 0;
  const std::size_t flight = ring_.flight();
  const SentPacket* first = ring_.sent_first(sequence);
  const bool alone =
      ring_.open() == 1 && first != nullptr && (first->probe || peer_window_ < full());
  if (!alone) ledbat_.on_timeout(facts(flight));
  halved_order_ = ring_.next_order();
  bare_acks_ = 0;
  for (sequence = ring_.first(); sequence != ring_.next(); ++sequence)
    if (ring_.find(sequence)->open()) lose(sequence, false, now);
}

void Sender::on_probe_refused() {
  std::uint16_t sequence = ring_.first();
  for (; sequence != ring_.next(); ++sequence) {
    const SentPacket& packet = *ring_.find(sequence);
    if (!packet.probe || packet.state != SentPacket::State::in_flight) continue;
    mtu_.on_refused();
    ring_.set_lost(sequence);
    return;
  }
}

std::size_t Sender::room() const { return room_within(std::min(ledbat_.window(), peer_window_)); }

std::size_t Sender::room_within(std::size_t window) const {
  return window > ring_.flight() ? window - ring_.flight() : 0;
}

std::size_t Sender::packets_max() const {
  return std::clamp(peer_window_most_ / MtuSearch::udp_bytes_max, packets_in_flight,
                    SendRing::packets_max);
}

bool Sender::paced(Instant now) {
  // What comes back is not waited for when nothing will.
  if (ring_.open() == 0 || pacer_.ready(now)) return false;
  paced_at_ = pacer_.next();
  return true;
}

SentPacket* Sender::next(std::uint16_t& sequence, Instant now) {
  starved_ = false;
  paced_at_ = never;
  if (ring_.empty() && sent_at_ != Instant{} && now - sent_at_ > rtt_.timeout()) {
    ledbat_.on_idle();
    sent_at_ = now;
  }
  if (repeats_) return repeat(sequence, now);
  if (ring_.lost() > 0) return resend(sequence, now);
  if (!written_.empty()) return send_new(sequence, now);
  if (finishing_ && !fin_sent_) return send_fin(sequence, now);
  return nullptr;
}

SentPacket* Sender::sent(SentPacket& packet, Instant now) {
  sent_at_ = now;
  persist_at_ = never;
  pacer_.on_sent(packet.payload, ledbat_.window(), rtt_.smoothed(), now);
  if (timeout_at_ == never) timeout_at_ = now + rtt_.timeout(std::max(timeouts_, persists_));
  return &packet;
}

SentPacket* Sender::resend(std::uint16_t& sequence, Instant now) {
  // The first of all keeps everything waiting; of others it may be untold that they have come.
  sequence = ring_.first();
  const bool waited_for = ring_.find(sequence)->state == SentPacket::State::lost;
  if (!waited_for) ring_.lost_first(sequence);
  SentPacket& packet = *ring_.find(sequence);
  // It was sent within the window of the other side, which has kept the room for it: what comes
  // ahead narrows that window before it is told of, and lost ones would wait for each other.
  const std::size_t free =
      waited_for ? peer_window_ : std::min(peer_window_, room_within(ledbat_.window()));
  if (ring_.in_flight() > 0 && packet.payload > free) return nullptr;
  if (paced(now)) return nullptr;
  ring_.set_resent(sequence, now);
  ++counts_.resent;
  repeats_ = waits_for_repairs();
  repeated_ = sequence;
  return sent(packet, now);
}

bool Sender::waits_for_repairs() const {
  // One that is lost again costs a round trip more, in which all that the other side keeps for it
  // ends what may be sent: where that is so, and it is the line that loses, two go at once.
  return ring_.size() > packets_max() / 2 && ledbat_.by_chance(facts(ring_.flight()));
}

SentPacket* Sender::repeat(std::uint16_t& sequence, Instant now) {
  if (paced(now)) return nullptr;
  repeats_ = false;
  sequence = repeated_;
  SentPacket* packet = ring_.find(sequence);
  if (packet == nullptr || packet->state != SentPacket::State::in_flight)
    return next(sequence, now);
  ++counts_.resent;
  return sent(*packet, now);
}

SentPacket* Sender::send_new(std::uint16_t& sequence, Instant now) {
  if (ring_.size() >= packets_max()) return nullptr;
  std::size_t size = std::min(full(), written_.size());
  const bool idle = ring_.open() == 0;
  const std::size_t free = room();
  if (free < size) {
    if (!idle) return nullptr;
    // Nothing would come back that opens the window, but for what we send.
    if (peer_window_ == 0 && !ask_window_) {
      if (persist_at_ == never) persist_at_ = now + rtt_.timeout(persists_);
      return nullptr;
    }
    if (peer_window_ > 0) size = std::min(size, peer_window_);
  }
  if (paced(now)) return nullptr;
  const std::size_t probe = mtu_.wanted();
  const bool probes =
      probe > 0 && written_.size() >= probe - header_bytes && free >= probe - header_bytes && !idle;
  if (probes) size = probe - header_bytes;
  SentPacket packet;
  packet.buffer = pool_.take();
  if (!packet.buffer) {
    starved_ = true;
    return nullptr;
  }
  ask_window_ = false;
  packet.probe = probes;
  if (probes) mtu_.on_sent();
  fill(packet, size);
  sequence = ring_.next();
  return sent(ring_.push(std::move(packet), now), now);
}

void Sender::fill(SentPacket& packet, std::size_t size) {
  packet.payload = static_cast<std::uint16_t>(size);
  sent_ += size;
  std::uint8_t* to = packet.buffer.get() + header_bytes;
  std::array<Bytes, views_at_once> views;
  while (size > 0) {
    const std::size_t count = written_.front(views);
    std::size_t copied = 0;
    for (std::size_t i = 0; i < count && size > 0; ++i) {
      const Bytes part = views[i].first(std::min(size, views[i].size()));
      to = std::copy(part.begin(), part.end(), to);
      copied += part.size();
      size -= part.size();
    }
    written_.consume(copied);
  }
}

SentPacket* Sender::send_fin(std::uint16_t& sequence, Instant now) {
  if (ring_.size() >= packets_max()) return nullptr;
  SentPacket packet;
  packet.buffer = pool_.take();
  if (!packet.buffer) {
    starved_ = true;
    return nullptr;
  }
  packet.type = PacketType::fin;
  fin_sent_ = true;
  sequence = ring_.next();
  return sent(ring_.push(std::move(packet), now), now);
}

}  // namespace seed::utp
