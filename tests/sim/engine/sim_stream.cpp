#include "tests/sim/engine/sim_stream.h"

#include <algorithm>
#include <utility>

#include "tests/sim/engine/sim_net.h"

namespace seed::sim {

namespace {

/// How long a kernel tries to connect before it gives up (Linux, tcp_syn_retries 6).
constexpr Duration syn_timeout = 127s;

Buffer flatten(ByteQueue queue) {
  Buffer out;
  out.reserve(queue.size());
  std::array<Bytes, 8> segments;
  while (!queue.empty()) {
    const std::size_t filled = queue.front(segments);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < filled; ++i) {
      out.insert(out.end(), segments[i].begin(), segments[i].end());
      taken += segments[i].size();
    }
    queue.consume(taken);
  }
  return out;
}

}  // namespace

Pipe::Pipe(std::uint64_t number, SimNet& dialler, const Endpoint& from, const Endpoint& to)
    : number_(number) {
  end(Side::dialler).net = &dialler;
  end(Side::dialler).at = from;
  end(Side::acceptor).at = to;
  dialler.pipes_.emplace(number_, this);
}

// --- connecting ----------------------------------------------------------------------------------

void Pipe::begin_dial(SimStream& stream) {
  End& from = end(Side::dialler);
  from.stream = &stream;
  Network& network = from.net->network();
  SimNet* target = network.net_at(end(Side::acceptor).at.address);
  delay_ = from.net->line().delay + (target != nullptr ? target->line().delay : 10ms);
  const auto self = shared_from_this();
  if (network.chance(network.conditions.dial_lost)) {
    network.events().after(syn_timeout, [self] {
      self->on_answer(Fault{FaultCode::timed_out, 0, "connection timed out"});
    });
    return;
  }
  network.events().after(delay_, [self] { self->on_syn(); });
}

void Pipe::on_syn() {
  End& from = end(Side::dialler);
  if (from.stream == nullptr) return;
  Network& network = from.net->network();
  const auto self = shared_from_this();
  End& to = end(Side::acceptor);
  SimNet* target = network.net_at(to.at.address);
  if (target == nullptr || target->line().nat != Nat::none || target->outage().gone) {
    network.events().after(syn_timeout, [self] {
      self->on_answer(Fault{FaultCode::timed_out, 0, "connection timed out"});
    });
    return;
  }
  SimListener* listener = network.listener(to.at);
  if (listener == nullptr || listener->dead() || network.chance(network.conditions.dial_refused)) {
    network.events().after(
        delay_, [self] { self->on_answer(Fault{FaultCode::refused, 0, "connection refused"}); });
    return;
  }
  to.net = target;
  to.connected = true;
  target->pipes_.emplace(number_, this);
  auto stream = std::make_unique<SimStream>(self, Side::acceptor, nullptr);
  to.stream = stream.get();
  network.events().after(delay_, [self] { self->on_answer(std::nullopt); });
  target->host().digest().note("accept", target->host().now(), number_);
  target->host().enter([&] { listener->owner().on_accept(std::move(stream)); });
}

void Pipe::on_answer(std::optional<Fault> fault) {
  End& from = end(Side::dialler);
  if (from.stream == nullptr || from.ending || from.connected) return;
  SimHost& host = from.net->host();
  host.digest().note(fault ? "refused" : "connected", host.now(), number_);
  const auto self = shared_from_this();
  if (fault) return reset(Side::dialler, *std::move(fault));
  from.connected = true;
  host.enter([&] {
    if (from.stream->owner_ != nullptr) from.stream->owner_->on_connected();
    if (from.stream == nullptr) return;
    pump(Side::dialler);
    read_soon(Side::dialler);
  });
}

// --- sending -------------------------------------------------------------------------------------

template <typename Action>
void Pipe::later(Side side, Instant when, Action action) {
  End& to = end(side);
  if (to.net == nullptr) return;
  to.net->network().events().at(
      when, [self = shared_from_this(), side, action = std::move(action)]() mutable {
        End& there = self->end(side);
        if (there.net == nullptr || there.stream == nullptr) return;
        there.net->host().enter([&] { action(*self); });
      });
}

void Pipe::pump(Side from) {
  End& end_from = end(from);
  if (end_from.net == nullptr || !end_from.connected || end_from.ending) return;
  Network& network = end_from.net->network();
  const Instant now = network.events().now();
  while (!end_from.out.empty() && end_from.under_way < window_bytes) {
    const std::size_t size =
        std::min({end_from.out.size(), segment_bytes, window_bytes - end_from.under_way});
    Buffer segment = flatten(end_from.out.take(size));
    const std::size_t taken = segment.size();
    end_from.under_way += taken;
    end_from.sent_untold += taken;
    Instant at = end_from.net->through_up(taken, now) + delay_;
    if (network.chance(network.conditions.loss))
      at += retransmission * static_cast<int>(1 + network.dice().below(4));
    at = std::max(at, end_from.last_arrival);
    end_from.last_arrival = at;
    if (cut_silently_) continue;
    network.events().at(
        at, [self = shared_from_this(), to = other(from), segment = std::move(segment)]() mutable {
          self->arrive(to, std::move(segment));
        });
  }
  if (end_from.sent_untold == 0 || std::exchange(end_from.tell_due, true)) return;
  later(from, now, [from](Pipe& self) { self.tell_sent(from); });
}

void Pipe::tell_sent(Side side) {
  End& here = end(side);
  here.tell_due = false;
  if (here.stream->owner_ == nullptr || here.ending) return;
  here.stream->owner_->on_sent(std::exchange(here.sent_untold, 0));
}

// --- receiving -----------------------------------------------------------------------------------

/// An empty segment is the end of what the other side sends.
void Pipe::arrive(Side to, Buffer segment) {
  End& here = end(to);
  if (cut_silently_) return;
  End& far = end(other(to));
  Network* network = far.net != nullptr ? &far.net->network() : nullptr;
  SimNet* target = network != nullptr ? network->net_at(here.at.address) : nullptr;
  if (target != nullptr && target->outage().gone) {
    network->events().after(
        retransmission, [self = shared_from_this(), to, segment = std::move(segment)]() mutable {
          self->arrive(to, std::move(segment));
        });
    return;
  }
  if (here.net == nullptr || here.stream == nullptr) {
    // Nobody has this connection any more: a host that is up says so, one that is down says
    // nothing.
    End& sender = end(other(to));
    if (sender.net == nullptr || segment.empty()) return;
    if (sender.net->network().net_at(here.at.address) == nullptr) return;
    sender.net->network().events().after(delay_, [self = shared_from_this(), to] {
      self->reset(other(to), Fault{FaultCode::closed, 0, "connection reset by peer"});
    });
    return;
  }
  const Instant now = here.net->host().now();
  const Instant at = here.net->through_down(segment.size(), now);
  const auto land = [to, segment = std::move(segment)](Pipe& self) mutable {
    End& there = self.end(to);
    if (there.ending) return;
    if (segment.empty()) return self.finish(to, {FaultCode::closed, 0, "closed by peer"});
    there.inbox.push_back(std::move(segment));
    if (there.reading) self.read(to);
  };
  later(to, at, land);
}

void Pipe::read_soon(Side side) {
  End& here = end(side);
  if (here.net == nullptr || std::exchange(here.read_due, true)) return;
  later(side, here.net->host().now(), [side](Pipe& self) {
    self.end(side).read_due = false;
    self.read(side);
  });
}

void Pipe::read(Side side) {
  End& here = end(side);
  while (here.stream != nullptr && here.stream->owner_ != nullptr && here.connected &&
         here.reading && !here.inbox.empty()) {
    const std::size_t allowed = here.stream->owner_->may_read();
    if (here.stream == nullptr || here.inbox.empty()) return;
    if (allowed == 0) {
      here.reading = false;
      return;
    }
    Buffer bytes = std::move(here.inbox.front());
    here.inbox.pop_front();
    if (allowed < bytes.size()) {
      const auto cut_at = bytes.begin() + static_cast<std::ptrdiff_t>(allowed);
      here.inbox.emplace_front(cut_at, bytes.end());
      bytes.resize(allowed);
    }
    SimHost& host = here.net->host();
    host.digest().note("bytes", host.now(), number_ * 2 + index(side));
    host.digest().add(bytes);
    const std::size_t size = bytes.size();
    give_room(other(side), size);
    here.stream->owner_->on_bytes(bytes);
  }
  if (here.stream == nullptr || !here.ending || !here.inbox.empty() || !here.reading) return;
  if (here.stream->owner_ == nullptr) return;
  const Fault fault = *here.ending;
  leave(side);
  here.stream->owner_->on_end(fault);
}

void Pipe::give_room(Side from, std::size_t bytes) {
  const Instant now = end(other(from)).net->host().now();
  later(from, now + delay_, [from, bytes](Pipe& self) {
    End& sender = self.end(from);
    sender.under_way -= std::min(bytes, sender.under_way);
    self.pump(from);
  });
}

// --- ending --------------------------------------------------------------------------------------

/// The owner has destroyed its stream.
void Pipe::closed_by(Side side) {
  End& here = end(side);
  here.stream = nullptr;
  here.inbox.clear();
  here.out.clear();
  if (here.net == nullptr) return;
  Network& network = here.net->network();
  const bool told = here.net->powered() && !cut_silently_ && !here.net->outage().gone;
  const Instant now = network.events().now();
  leave(side);
  if (!told || end(other(side)).net == nullptr) return;
  network.events().at(std::max(here.last_arrival, now + delay_),
                      [self = shared_from_this(), side] { self->arrive(other(side), {}); });
}

/// No more comes: told once all that came is read.
void Pipe::finish(Side side, Fault fault) {
  End& here = end(side);
  here.ending = std::move(fault);
  read(side);
}

/// Over at once, whatever lies there unread.
void Pipe::reset(Side side, Fault fault) {
  End& here = end(side);
  if (here.net == nullptr || here.stream == nullptr) return;
  here.inbox.clear();
  here.ending = std::move(fault);
  here.reading = true;
  here.net->host().digest().note("reset", here.net->host().now(), number_);
  read_soon(side);
}

void Pipe::cut(bool silently) {
  if (silently) {
    cut_silently_ = true;
    return;
  }
  const auto self = shared_from_this();
  for (const Side side : {Side::dialler, Side::acceptor})
    if (end(side).connected) reset(side, {FaultCode::closed, 0, "connection reset by peer"});
}

void Pipe::leave(Side side) {
  End& here = end(side);
  if (here.net == nullptr) return;
  here.net->pipes_.erase({number_, this});
  here.net = nullptr;
}

// --- SimStream -----------------------------------------------------------------------------------

SimStream::~SimStream() { pipe_->closed_by(side_); }

void SimStream::set_owner(io::StreamOwner* owner) {
  owner_ = owner;
  if (owner_ != nullptr) pipe_->read_soon(side_);
}

void SimStream::write(ByteQueue&& bytes) {
  auto& end = pipe_->end(side_);
  if (end.net == nullptr || end.ending) return;
  end.out.append(std::move(bytes));
  pipe_->pump(side_);
}

void SimStream::resume_reading() {
  pipe_->end(side_).reading = true;
  pipe_->read_soon(side_);
}

}  // namespace seed::sim
