#include "tests/sim/utp/hosts.h"

#include <algorithm>
#include <variant>

namespace seed::sim {
namespace {

constexpr std::size_t written_at_once = 64 * 1024;
constexpr std::size_t headers_v4 = 28;

std::uint8_t octet_at(std::uint64_t position) {
  return static_cast<std::uint8_t>(position * 167 + (position >> 11));
}

}  // namespace

UtpHost::UtpHost(Network& network, const Endpoint& at, const utp::Limits& limits, bool left)
    : network_(network), at_(at), mux_(limits, network.dice().fork()) {
  network.add(*this, left);
}

void UtpHost::send_to(const Endpoint& to) {
  sends_ = true;
  id_ = *mux_.connect(to, network_.now());
  fill(network_.now());
  turn(network_.now());
}

void UtpHost::fill(Instant now) {
  while (sends_ && mux_.unsent(id_) < 2 * written_at_once) {
    Buffer some(written_at_once);
    for (auto& octet : some) octet = octet_at(written_++);
    ByteQueue queue;
    queue.append(some);
    mux_.write(id_, std::move(queue), now);
    if (!mux_.facts(id_)) return;
  }
}

void UtpHost::take(Instant now) {
  for (MutableBytes bytes = mux_.readable(id_); !bytes.empty(); bytes = mux_.readable(id_)) {
    for (const std::uint8_t octet : bytes) wrong_ += octet == octet_at(received_++) ? 0u : 1u;
    mux_.consume(id_, bytes.size(), now);
  }
}

void UtpHost::turn(Instant now) {
  for (bool again = true; again;) {
    again = false;
    mux_.flush(now);
    while (const auto out = mux_.next_datagram())
      network_.send({at_, out->to, to_buffer(out->bytes), out->bytes.size() + headers_v4, 0,
                     out->dont_fragment});
    while (const auto event = mux_.next_event()) {
      if (const auto* accepted = std::get_if<utp::Accepted>(&*event)) id_ = accepted->id;
      if (std::holds_alternative<utp::Readable>(*event)) take(now);
      if (std::holds_alternative<utp::Sent>(*event)) {
        fill(now);
        again = true;
      }
    }
  }
}

void UtpHost::on_parcel(Parcel& parcel, Instant now) {
  mux_.on_datagram(parcel.octets, parcel.from, now);
  turn(now);
}

void UtpHost::on_deadline(Instant now) {
  mux_.on_deadline(now);
  turn(now);
}

void RenoHost::start() { fill(network_.now()); }

void RenoHost::fill(Instant now) {
  while (static_cast<double>(flight_.size()) < window_) {
    flight_.push_back({next_, now});
    network_.send({at_, to_, {}, wire_bytes, next_++, false});
  }
  timeout_at_ = now + std::max<Duration>(4 * rtt_, 1s);
}

void RenoHost::on_parcel(Parcel& parcel, Instant now) {
  const auto found = std::ranges::find(flight_, parcel.number, &Sent::number);
  if (found == flight_.end()) return;
  rtt_ = (7 * rtt_ + (now - found->at)) / 8;
  ++acked_;
  flight_.erase(found);
  window_ += window_ < threshold_ ? 1 : 1 / window_;
  // Three that were sent later have come.
  while (!flight_.empty() && flight_.front().number + 3 <= parcel.number) {
    if (flight_.front().number >= recovered_) {
      window_ = std::max(window_ / 2, 2.0);
      threshold_ = window_;
      recovered_ = next_;
    }
    flight_.pop_front();
  }
  fill(now);
}

void RenoHost::on_deadline(Instant now) {
  flight_.clear();
  threshold_ = std::max(window_ / 2, 2.0);
  window_ = 1;
  recovered_ = next_;
  fill(now);
}

}  // namespace seed::sim
