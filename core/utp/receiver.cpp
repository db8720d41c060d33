#include "core/utp/receiver.h"

#include <algorithm>

namespace seed::utp {
namespace {

/// As RFC 9293, 3.8.6.2.2: a window is told again when it is worth a packet or two.
constexpr std::size_t window_worth = 2 * 1500;

}  // namespace

Receiver::Receiver(std::size_t window_max, BufferPool& packets, BufferPool& chains)
    : window_max_(window_max), pool_(packets), chain_(chains) {}

Receiver::~Receiver() { pool_.discharge(ahead_.size() * sizeof(Ahead)); }

bool Receiver::on_packet(PacketType type, std::uint16_t sequence, Bytes payload) {
  const int distance = steps(next_, sequence);
  if (distance < 0 || ended_) return false;
  if (fin_ && steps(*fin_, sequence) >= 0 && sequence != *fin_) return false;
  if (type == PacketType::fin) {
    // The end is where it was said to be first, and not before what has come.
    if (fin_ || (ahead_count_ > 0 && steps(sequence, ahead_last_) > 0)) return false;
    fin_ = sequence;
    check_end();
    return ended_;
  }
  if (payload.size() > pool_.buffer_bytes() || sequence == fin_) return false;
  if (distance > 0) {
    keep(sequence, static_cast<std::size_t>(distance), payload);
    return false;
  }
  const std::size_t before = chain_.size();
  if (!take(payload)) return false;
  // It may be there already, and have found no room.
  if (!ahead_.empty() && at(next_).came) forget(at(next_));
  ++next_;
  follow();
  check_end();
  return chain_.size() > before || ended_;
}

std::size_t Receiver::limit() const {
  const std::size_t own =
      chain_.size() + ahead_buffers_ * pool_.buffer_bytes() + ahead_.size() * sizeof(Ahead);
  return std::min(window_max_, std::max(share_least_bytes, (pool_.budget().free() + own) / share));
}

bool Receiver::take(Bytes payload) {
  if (discarding_ || payload.empty()) return true;
  return chain_.size() < limit() && chain_.append(payload);
}

void Receiver::keep(std::uint16_t sequence, std::size_t distance, Bytes payload) {
  if (distance >= std::min(ahead_max, window_max_ / packet_bytes_min + 1)) return;
  if (pool_.budget().scarce() || !grow(distance)) return;
  if (chain_.size() + ahead_bytes_ + payload.size() > limit()) return;
  Ahead& place = at(sequence);
  if (place.came) return;
  if (!payload.empty() && !discarding_) {
    place.buffer = pool_.take();
    if (!place.buffer) return;
    ++ahead_buffers_;
    std::ranges::copy(payload, place.buffer.get());
  }
  place.came = true;
  place.size = static_cast<std::uint16_t>(discarding_ ? 0 : payload.size());
  ahead_bytes_ += place.size;
  if (further_count_ < further_packets) ++further_count_;
  if (ahead_count_++ == 0 || steps(ahead_last_, sequence) > 0) ahead_last_ = sequence;
}

bool Receiver::grow(std::size_t distance) {
  std::size_t size = std::max<std::size_t>(ahead_.size(), 16);
  while (size <= distance) size *= 2;
  if (size == ahead_.size()) return true;
  if (!pool_.charge((size - ahead_.size()) * sizeof(Ahead))) return false;
  std::vector<Ahead> larger(size);
  for (std::size_t i = 0; ahead_count_ > 0 && i < ahead_.size(); ++i) {
    const std::uint16_t sequence = plus(next_, static_cast<int>(i));
    if (at(sequence).came) larger[sequence & (size - 1)] = std::move(at(sequence));
  }
  ahead_ = std::move(larger);
  return true;
}

void Receiver::shrink() {
  // What a short gap takes is kept for the next one.
  if (ahead_count_ > 0 || ahead_.size() <= 64) return;
  pool_.discharge(ahead_.size() * sizeof(Ahead));
  std::vector<Ahead>().swap(ahead_);
}

void Receiver::forget(Ahead& place) {
  ahead_bytes_ -= place.size;
  --ahead_count_;
  ahead_buffers_ -= place.buffer ? 1u : 0u;
  place = Ahead{};
}

void Receiver::follow() {
  if (ahead_count_ == 0) return;
  while (ahead_count_ > 0) {
    Ahead& place = at(next_);
    // What finds no room stays where it is, until something is consumed.
    if (!place.came || !take({place.buffer.get(), place.size})) return;
    forget(place);
    ++next_;
  }
  shrink();
}

bool Receiver::consume(std::size_t octets) {
  chain_.consume(octets);
  const std::uint16_t before = next_;
  follow();
  check_end();
  return next_ != before;
}

void Receiver::check_end() {
  if (fin_ != next_) return;
  ++next_;
  ended_ = true;
}

void Receiver::discard() {
  discarding_ = true;
  chain_.clear();
  for (Ahead& place : ahead_) {
    place.buffer.reset();
    place.size = 0;
  }
  ahead_bytes_ = ahead_buffers_ = 0;
}

std::size_t Receiver::sack(MutableBytes out) const {
  if (ahead_count_ == 0) return 0;
  const auto span = static_cast<std::size_t>(std::max(steps(next_, ahead_last_), 1));
  const std::size_t bits = std::min(span, sack_bytes_max * 8);
  return write_came(plus(next_, 1), bits, out.first((bits + 31) / 32 * 4)).size();
}

MutableBytes Receiver::write_came(std::uint16_t first, std::size_t bits, MutableBytes out) const {
  std::ranges::fill(out, std::uint8_t{0});
  for (std::size_t bit = 0; bit < bits; ++bit)
    if (at(plus(first, static_cast<int>(bit))).came)
      out[bit / 8] = static_cast<std::uint8_t>(out[bit / 8] | 1u << bit % 8);
  return out;
}

Further Receiver::further(MutableBytes out) {
  if (ahead_count_ == 0 || further_count_ < further_packets) return {};
  const std::uint16_t begin = plus(next_, 1 + sack_packets_max);
  if (steps(begin, ahead_last_) < 0) return {};
  further_count_ = 0;
  if (steps(begin, further_at_) < 0 || steps(further_at_, ahead_last_) < 0) further_at_ = begin;
  const std::uint16_t first = further_at_;
  const std::size_t bits =
      std::min(static_cast<std::size_t>(steps(first, ahead_last_)) + 1, further_bytes_max * 8);
  further_at_ = plus(first, static_cast<int>(bits));
  return {first, write_came(first, bits, out.first((bits + 7) / 8))};
}

std::size_t Receiver::window() const {
  const std::size_t held = chain_.size() + ahead_bytes_;
  const std::size_t most = limit();
  return held < most ? most - held : 0;
}

bool Receiver::reopened() const {
  const std::size_t now = window();
  return told_ < std::max(window_worth, window_max_ / 2) &&
         now >= told_ + std::min(window_worth, window_max_ / 2);
}

}  // namespace seed::utp
