#include "core/torrent/peer_link.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/base/limits.h"

namespace seed::torrent {

PeerLink::PeerLink(LinkOwner& owner, io::Clock& clock, Config config, peer::Connection connection)
    : owner_(&owner), clock_(&clock), config_(config), connection_(std::move(connection)) {}

void PeerLink::adopt(std::unique_ptr<io::Stream> stream) {
  stream_ = std::move(stream);
  connected_ = true;
  connected_at_ = clock_->now();
  stream_->set_owner(this);
}

Result<void> PeerLink::dial(io::Dialer& dialer, const io::DialOptions& options) {
  SEED_TRY(stream_, dialer.dial(config_.remote, options, *this));
  dial_deadline_ = clock_->now() + limits::dial_timeout;
  return {};
}

void PeerLink::change_owner(LinkOwner& owner, Allowance* allowance) {
  owner_ = &owner;
  allowance_ = allowance;
}

void PeerLink::end(Fault why) {
  if (ended_) return;
  ended_ = std::move(why);
  owner_->on_link_dirty(*this);
}

void PeerLink::flush(Instant now) {
  write_out(now);
  if (!clogged_ || backlog() > backlog_max) return;
  clogged_ = false;
  resume();
}

void PeerLink::write_out(Instant now) {
  if (ended_ || !connected_ || connection_.outgoing().empty()) return;
  const std::size_t unsent = stream_->unsent();
  if (unsent >= limits::link_unsent_bytes_max) return;
  const std::size_t room = limits::link_unsent_bytes_max - unsent;
  auto& outgoing = connection_.outgoing();
  // Transmission 3.00, when it has dialled us by uTP, takes the handshake out of a datagram and
  // does not look at what is behind it until the next one comes.
  if (const std::size_t greeting = connection_.greeting(); stream_->is_utp() && greeting > 0 &&
                                                           !std::exchange(greeted_, true) &&
                                                           greeting < outgoing.size()) {
    stream_->write(outgoing.take(greeting));
    return owner_->on_link_dirty(*this);
  }
  // Blocks that a limit of 0 finds here cannot be taken back, and would hold the messages behind
  // them for ever. They are half a second's worth; no more come, for everybody is choked then.
  if (allowance_ == nullptr || !allowance_->limited(Direction::up) ||
      allowance_->shut(Direction::up)) {
    const std::size_t written = std::min(outgoing.size(), room);
    stream_->write(written == outgoing.size() ? std::exchange(outgoing, ByteQueue())
                                              : outgoing.take(written));
    return count_sent(written, now);
  }
  count_sent(write_granted(room, now), now);
  if (!outgoing.empty() && stream_->unsent() < limits::link_unsent_bytes_max)
    owner_->on_link_held(*this, allowance_->when(Direction::up, now));
}

/// What a limit lets pass: blocks as far as they are granted, and all that is in front of them for
/// nothing. Messages are not held to a limit, for then one on sending would slow our requests and
/// with them what we receive. Returns what was spent.
std::uint64_t PeerLink::write_granted(std::size_t room, Instant now) {
  auto& outgoing = connection_.outgoing();
  const std::uint64_t available = allowance_->available(Direction::up, now);
  std::uint64_t spent = 0;
  ByteQueue out;
  while (!outgoing.empty() && out.size() < room) {
    const std::size_t messages = std::min(outgoing.before_block(), room - out.size());
    out.append(outgoing.take(messages));
    Bytes block;
    if (outgoing.front({&block, 1}) == 0) break;
    const std::size_t take = static_cast<std::size_t>(
        std::min<std::uint64_t>({available - spent, block.size(), room - out.size()}));
    if (take == 0) break;
    out.append(outgoing.take(take));
    spent += take;
  }
  allowance_->spend(Direction::up, spent, now);
  if (!out.empty()) stream_->write(std::move(out));
  return spent;
}

/// Of what was written as much is payload as still waited to be: a few messages may be taken for
/// it, until all is written.
void PeerLink::count_sent(std::uint64_t written, Instant now) {
  const std::uint64_t waited = connection_.counts().uploaded - upload.sent;
  const std::uint64_t payload = connection_.outgoing().empty() ? waited : std::min(waited, written);
  if (payload == 0) return;
  upload.sent += payload;
  payload_given_ += static_cast<std::size_t>(payload);
  upload.rate.add(payload, now);
  untold_ += payload;
}

void PeerLink::resume() {
  if (ended_ || !stream_ || !connected_) return;
  held_ = false;
  stream_->resume_reading();
}

Instant PeerLink::deadline() const {
  if (ended_) return never;
  if (!connected_) return dial_deadline_;
  return connection_.deadline().value_or(never);
}

void PeerLink::on_deadline(Instant now) {
  if (ended_) return;
  if (!connected_) {
    if (now >= dial_deadline_) end({FaultCode::timed_out, 0, "no connection in time"});
    return;
  }
  // What we do not read is no silence of the peer's. One that reads nothing itself is.
  if (held_ && !clogged_) connection_.excuse_silence(now);
  connection_.on_deadline(now);
  drain();
}

void PeerLink::drain() {
  if (draining_) return;
  draining_ = true;
  while (!ended_) {
    auto event = connection_.next_event();
    if (!event) break;
    if (auto* violation = std::get_if<peer::Violation>(&*event)) {
      const Fault fault{FaultCode::malformed, 0, violation->text};
      if (violation->code == peer::ViolationCode::self_connection) write_out(clock_->now());
      owner_->on_link_event(*this, std::move(*event));
      end(fault);
      break;
    }
    owner_->on_link_event(*this, std::move(*event));
  }
  draining_ = false;
  if (!ended_ && !connection_.outgoing().empty()) owner_->on_link_dirty(*this);
}

Endpoint PeerLink::local() const { return stream_ ? stream_->local() : Endpoint{}; }

std::size_t PeerLink::backlog() const {
  return const_cast<PeerLink*>(this)->connection_.outgoing().size() +
         (stream_ ? stream_->unsent() : 0);
}

std::size_t PeerLink::unsent_payload() const {
  const std::uint64_t waiting = connection_.counts().uploaded - upload.sent;
  const std::size_t given = stream_ ? std::min(payload_given_, stream_->unsent()) : 0;
  return static_cast<std::size_t>(waiting) + given;
}

void PeerLink::on_connected() {
  connected_ = true;
  connected_at_ = clock_->now();
  dial_deadline_ = never;
  owner_->on_link_connected(*this);
  owner_->on_link_dirty(*this);
}

std::size_t PeerLink::may_read() {
  const std::size_t octets = ended_ ? 0 : readable();
  held_ = octets == 0;
  return octets;
}

std::size_t PeerLink::readable() {
  // Most of what a peer sends is answered: one that does not read could fill all memory.
  clogged_ = backlog() > backlog_max;
  if (clogged_ || !owner_->link_may_read(*this)) return 0;
  // Who sends no blocks is not held to a limit: its requests and haves would wait for others'.
  if (allowance_ == nullptr || download.window.outstanding() == 0) return limits::read_buffer_bytes;
  const Instant now = clock_->now();
  const std::uint64_t available = allowance_->available(Direction::down, now);
  if (available == 0) owner_->on_link_held(*this, allowance_->when(Direction::down, now));
  return static_cast<std::size_t>(std::min<std::uint64_t>(available, limits::read_buffer_bytes));
}

void PeerLink::on_bytes(MutableBytes received) {
  if (ended_) return;
  const Instant now = clock_->now();
  const std::uint64_t payload_before = connection_.counts().downloaded;
  connection_.on_bytes(received, now);
  const std::uint64_t payload = connection_.counts().downloaded - payload_before;
  if (payload > 0) download.window.keep_waiting(now);
  if (allowance_ != nullptr) allowance_->spend(Direction::down, payload, now);
  drain();
}

void PeerLink::on_sent(std::size_t) {
  payload_given_ = std::min(payload_given_, stream_->unsent());
  owner_->on_link_dirty(*this);
}

void PeerLink::on_end(const Fault& fault) { end(fault); }

}  // namespace seed::torrent
