#include "rpc/http/link.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/limits.h"

namespace seed::rpc {

namespace {

using Phase = HttpConversation::Phase;

/// Read at once: a record of TLS, so that none is left in the library, of which the socket says
/// nothing.
constexpr std::size_t read_bytes = 16 * 1024;
/// Reads in one go, so that who sends much keeps nobody waiting.
constexpr int reads_max = 16;
/// How often one that sends looks whether it should give up.
constexpr int look_up_ms = 100;

HttpLink::Next next_of(IoNeed need) {
  if (need == IoNeed::writable) return HttpLink::Next::writable;
  return need == IoNeed::gone ? HttpLink::Next::ended : HttpLink::Next::readable;
}

bool wait(int socket, short events, int timeout_ms) {
  pollfd waiting{socket, events, 0};
  return ::poll(&waiting, 1, timeout_ms) > 0;
}

}  // namespace

HttpLink::HttpLink(Descriptor socket, SocketName peer, std::unique_ptr<Transport> transport,
                   HttpRooms& rooms)
    : socket_(std::move(socket)),
      peer_(std::move(peer)),
      transport_(std::move(transport)),
      conversation_(rooms),
      since_(Clock::now()) {}

void HttpLink::note_phase(Clock::time_point now) {
  if (std::exchange(phase_, conversation_.phase()) != phase_) begin(now);
}

void HttpLink::begin(Clock::time_point now) {
  since_ = now;
  if (has_pace()) pace_.begin(now, moved());
}

/// Whether what moves has to move fast enough.
bool HttpLink::has_pace() const {
  if (shaking_hands_) return false;
  return sending_ || (conversation_.phase() == Phase::body && conversation_.wants_body()) ||
         (conversation_.lingers() && conversation_.patient());
}

std::int64_t HttpLink::moved() const {
  if (sending_) return taken(sent_);
  return static_cast<std::int64_t>(conversation_.lingers() ? conversation_.rest_come()
                                                           : conversation_.body_come());
}

/// The system takes megabytes at once for a client that takes them slowly.
std::int64_t HttpLink::taken(std::uint64_t sent) const {
  int waiting = 0;
  if (::ioctl(socket_.get(), SIOCOUTQ, &waiting) != 0) waiting = 0;
  return static_cast<std::int64_t>(sent) - waiting;
}

IoNeed HttpLink::flush() {
  std::size_t left = limits::http_turn_sent_bytes_max;
  while (!conversation_.unsent().empty()) {
    if (left == 0) return IoNeed::writable;
    const Moved moved = transport_->send(conversation_.unsent().substr(0, left));
    if (moved.bytes == 0) return moved.need;
    sent_ += moved.bytes;
    left -= moved.bytes;
    conversation_.on_sent(moved.bytes);
  }
  return IoNeed::nothing;
}

HttpLink::Next HttpLink::advance(Clock::time_point now) {
  if (shaking_hands_) {
    const IoNeed need = transport_->hand_shake();
    if (need != IoNeed::nothing) return next_of(need);
    shaking_hands_ = false;
    begin(now);
  }
  std::array<char, read_bytes> buffer;
  for (int reads = 0;; ++reads) {
    const IoNeed need = flush();
    if (need == IoNeed::gone) return Next::ended;
    if (need != IoNeed::nothing) {
      if (!std::exchange(sending_, true)) begin(now);
      return next_of(need);
    }
    if (std::exchange(sending_, false)) begin(now);
    note_phase(now);
    if (phase_ == Phase::ended) return Next::ended;
    if (phase_ == Phase::asked) return Next::asked;
    if (phase_ == Phase::blocked) return Next::room;
    // An answer without an end is written by who serves it, and this one broke off.
    if (phase_ == Phase::answering) return Next::ended;
    if (phase_ == Phase::ending && !std::exchange(finished_, true)) transport_->finish();
    if (reads >= reads_max) return Next::readable;
    const Moved moved = transport_->receive(buffer.data(), buffer.size());
    if (moved.bytes > 0)
      conversation_.on_octets({buffer.data(), moved.bytes});
    else if (moved.need == IoNeed::gone)
      conversation_.on_end_of_input();
    else
      return next_of(moved.need);
  }
}

HttpLink::Clock::time_point HttpLink::deadline() const {
  if (shaking_hands_) return since_ + limits::http_head_within;
  if (sending_) return pace_.deadline();
  switch (conversation_.phase()) {
    case Phase::idle:
      return since_ + limits::http_idle_max;
    case Phase::head:
      return since_ + limits::http_head_within;
    case Phase::body:
      return conversation_.wants_body() ? pace_.deadline() : since_ + body_grace;
    case Phase::blocked:
      return since_ + limits::http_body_wait_max;
    case Phase::draining:
    case Phase::ending:
      if (conversation_.patient())
        return std::min(since_ + limits::http_patience_max, pace_.deadline());
      return since_ +
             (conversation_.owes() ? limits::http_linger_max : limits::http_short_linger_max);
    default:
      return Clock::time_point::max();
  }
}

HttpLink::Next HttpLink::on_deadline(Clock::time_point now) {
  const Phase phase = conversation_.phase();
  const bool over = conversation_.lingers() && now >= since_ + limits::http_patience_max;
  if (has_pace() && !over && pace_.keeps_up(now, moved())) return kept.next;
  if (shaking_hands_ || sending_ || (phase != Phase::body && phase != Phase::blocked))
    return Next::ended;
  conversation_.on_late_body();
  return advance(now);
}

bool HttpLink::wait_for_input(std::chrono::milliseconds at_most) const {
  return wait(socket_.get(), POLLIN, static_cast<int>(at_most.count()));
}

HttpLink::Worth HttpLink::worth() const {
  if (shaking_hands_) return Worth::unasked;
  if (sending_)
    return conversation_.trusted() || conversation_.wants_body() ? Worth::served : Worth::leaving;
  switch (conversation_.phase()) {
    case Phase::idle:
    case Phase::ended:
      return Worth::idle;
    case Phase::draining:
    case Phase::ending:
      return Worth::leaving;
    case Phase::head:
      return Worth::unasked;
    case Phase::body:
      return conversation_.wants_body() ? Worth::served : Worth::unasked;
    default:
      return Worth::served;
  }
}

bool HttpLink::finishing() const { return sending_ || conversation_.phase() == Phase::ending; }

bool HttpLink::send_all(std::string_view text, const std::function<bool()>& give_up) {
  std::uint64_t sent = 0;
  Pace pace;
  pace.begin(Clock::now(), taken(sent));
  while (!text.empty()) {
    const Moved moved = transport_->send(text);
    sent += moved.bytes;
    text.remove_prefix(moved.bytes);
    if (moved.bytes > 0) continue;
    if (moved.need == IoNeed::gone || give_up() || !pace.keeps_up(Clock::now(), taken(sent)))
      return false;
    wait(socket_.get(), moved.need == IoNeed::writable ? POLLOUT : POLLIN, look_up_ms);
  }
  return true;
}

bool HttpLink::connected() {
  std::array<char, 1024> buffer;
  return transport_->receive(buffer.data(), buffer.size()).need != IoNeed::gone;
}

}  // namespace seed::rpc
