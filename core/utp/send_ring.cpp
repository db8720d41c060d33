#include "core/utp/send_ring.h"

#include <utility>

#include "core/base/check.h"

namespace seed::utp {

void SendRing::append(List& list, std::uint16_t sequence) {
  SentPacket& packet = at(sequence);
  packet.before = list.tail;
  if (list.count == 0)
    list.head = sequence;
  else
    at(list.tail).behind = sequence;
  list.tail = sequence;
  ++list.count;
}

void SendRing::remove(List& list, std::uint16_t sequence) {
  const SentPacket& packet = at(sequence);
  if (sequence == list.head)
    list.head = packet.behind;
  else
    at(packet.before).behind = packet.behind;
  if (sequence == list.tail)
    list.tail = packet.before;
  else
    at(packet.behind).before = packet.before;
  --list.count;
}

void SendRing::leave(std::uint16_t sequence) {
  const SentPacket& packet = at(sequence);
  if (packet.state == SentPacket::State::in_flight) {
    remove(flying_, sequence);
    flight_ -= packet.payload;
  } else if (packet.state == SentPacket::State::lost) {
    remove(lost_, sequence);
  } else if (packet.state == SentPacket::State::untold) {
    --untold_;
  }
}

void SendRing::grow() {
  std::vector<SentPacket> larger(packets_.empty() ? 16 : 2 * packets_.size());
  for (std::uint16_t sequence = first_; sequence != next_; ++sequence)
    larger[sequence & (larger.size() - 1)] = std::move(at(sequence));
  packets_ = std::move(larger);
}

SentPacket& SendRing::push(SentPacket packet, Instant now) {
  SEED_CHECK(size() < packets_max);
  if (size() == packets_.size()) grow();
  const std::uint16_t sequence = next_++;
  SentPacket& place = at(sequence);
  place = std::move(packet);
  place.state = SentPacket::State::in_flight;
  place.sent_at = now;
  place.order = order_++;
  flight_ += place.payload;
  append(flying_, sequence);
  return place;
}

SentPacket* SendRing::find(std::uint16_t sequence) {
  return static_cast<std::uint16_t>(sequence - first_) < size() ? &at(sequence) : nullptr;
}

void SendRing::set_done(std::uint16_t sequence) {
  leave(sequence);
  at(sequence).state = SentPacket::State::done;
  at(sequence).buffer.reset();
}

void SendRing::set_untold(std::uint16_t sequence) {
  SEED_CHECK(at(sequence).state == SentPacket::State::in_flight);
  leave(sequence);
  at(sequence).state = SentPacket::State::untold;
  ++untold_;
}

void SendRing::set_lost(std::uint16_t sequence) {
  SEED_CHECK(at(sequence).open());
  leave(sequence);
  at(sequence).state = SentPacket::State::lost;
  append(lost_, sequence);
}

void SendRing::set_resent(std::uint16_t sequence, Instant now) {
  SentPacket& packet = at(sequence);
  SEED_CHECK(packet.state == SentPacket::State::lost);
  leave(sequence);
  packet.state = SentPacket::State::in_flight;
  packet.sent_at = now;
  packet.order = order_++;
  packet.resent = true;
  packet.probe = false;
  flight_ += packet.payload;
  append(flying_, sequence);
}

void SendRing::pop() {
  SEED_CHECK(!empty());
  leave(first_);
  at(first_).buffer.reset();
  ++first_;
}

SentPacket* SendRing::sent_first(std::uint16_t& sequence) {
  if (flying_.count == 0) return nullptr;
  sequence = flying_.head;
  return &at(sequence);
}

SentPacket* SendRing::lost_first(std::uint16_t& sequence) {
  if (lost_.count == 0) return nullptr;
  sequence = lost_.head;
  return &at(sequence);
}

void SendRing::clear() {
  while (!empty()) pop();
  std::vector<SentPacket>().swap(packets_);
}

}  // namespace seed::utp
