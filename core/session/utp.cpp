#include "core/session/utp.h"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>

#include "core/torrent/links.h"

namespace seed::session {

namespace {

Fault fault_of(utp::Ending why, const Endpoint& remote) {
  const std::string to = remote.to_string();
  switch (why) {
    case utp::Ending::closed:
      return {FaultCode::closed, 0, to + " closed the connection"};
    case utp::Ending::reset:
      return {FaultCode::closed, ECONNRESET, to + " knows of no such connection"};
    case utp::Ending::timed_out:
      return {FaultCode::timed_out, 0, to + " does not answer"};
    case utp::Ending::refused:
      return {FaultCode::refused, 0, to + " refuses connections"};
  }
  return {FaultCode::io, 0, to};
}

}  // namespace

/// What the owner of a connection holds of it.
class Utp::Stream final : public io::Stream {
 public:
  Stream(Utp& owning, utp::SocketId socket, const Endpoint& to, io::StreamOwner* owner)
      : driver(owning), id(socket), remote_(to), owner_(owner) {
    driver.streams_.emplace(id, this);
  }
  ~Stream() override {
    if (driver.streams_.erase(id) == 0) return;  // it has ended
    if (driver.reading_ == id)
      driver.close_when_read_ = true;
    else
      driver.mux_->close(id, driver.clock_.now());
    driver.alarm_.again();
  }

  void set_owner(io::StreamOwner* owner) override {
    owner_ = owner;
    resume_reading();
  }
  void write(ByteQueue&& bytes) override {
    if (over) return;
    driver.mux_->write(id, std::move(bytes), driver.clock_.now());
    driver.alarm_.again();
  }
  std::size_t unsent() const override { return over ? 0 : driver.mux_->unsent(id); }
  void resume_reading() override {
    if (over || driver.mux_->unread(id) == 0) return;
    driver.readable_.push_back(id);
    driver.alarm_.again();
  }
  Endpoint local() const override {
    const io::UdpSocket* socket = driver.socket(remote_.address);
    return socket != nullptr ? socket->local() : Endpoint{};
  }
  Endpoint remote() const override { return remote_; }
  bool is_utp() const override { return true; }
  io::StreamOwner* owner() const { return owner_; }

  Utp& driver;
  utp::SocketId id;
  bool over = false;

 private:
  Endpoint remote_;
  io::StreamOwner* owner_;
};

/// Datagrams that go out in one go.
struct Utp::Run {
  bool takes(const utp::Outgoing& next) const {
    if (count == 0) return true;
    return count < io::UdpSocket::run_max && !alone && !next.dont_fragment && next.to == to &&
           next.bytes.size() <= datagrams[0].size() &&
           datagrams[count - 1].size() == datagrams[0].size();
  }
  void add(const utp::Outgoing& next) {
    to = next.to;
    alone = next.dont_fragment;
    datagrams[count++] = next.bytes;
  }
  Endpoint to;
  bool alone = false;
  std::size_t count = 0;
  std::array<Bytes, io::UdpSocket::run_max> datagrams;
};

Utp::Utp(io::Clock& clock, io::Alarm& alarm, Rng rng, UtpOwner& owner)
    : clock_(clock),
      alarm_(alarm),
      rng_(rng),
      owner_(owner),
      mux_(std::make_unique<utp::Mux>(utp::Limits{}, rng_.fork())) {
  static_assert(io::UdpSocket::run_max <= utp::Mux::datagrams_held);
}

Utp::~Utp() = default;

// --- beginning and ending ------------------------------------------------------------------------

void Utp::set_sockets(io::UdpSocket* v4, io::UdpSocket* v6, std::uint64_t port) {
  sockets_ = {v4, v6};
  // From the new port nobody would know a farewell for ours.
  if (std::exchange(port_, port) != port)
    drop_all({FaultCode::cancelled, 0, "the peer port is another one"});
}

void Utp::set_enabled(bool enabled) {
  if (std::exchange(enabled_, enabled) && !enabled)
    end_all({FaultCode::cancelled, 0, std::string(torrent::another_way)});
}

void Utp::end_all(const Fault& why) {
  // Who does not hear of it would take us for a second link of ours when we dial by TCP.
  for (const auto& [id, stream] : streams_) mux_->abort(id, clock_.now());
  send_all();
  mux_ = std::make_unique<utp::Mux>(utp::Limits{}, rng_.fork());
  readable_.clear();
  // Each is told, and may destroy others.
  while (!streams_.empty()) {
    Stream& stream = *streams_.begin()->second;
    streams_.erase(streams_.begin());
    stream.over = true;
    if (stream.owner() != nullptr) stream.owner()->on_end(why);
  }
}

/// The other side is told nothing.
void Utp::drop_all(const Fault& why) {
  const auto sockets = std::exchange(sockets_, {});
  end_all(why);
  sockets_ = sockets;
}

Result<std::unique_ptr<io::Stream>> Utp::dial(const Endpoint& to, const io::DialOptions&,
                                              io::StreamOwner& owner) {
  if (!enabled_ || socket(to.address) == nullptr)
    return fail(FaultCode::unreachable, "no UDP socket to reach " + to.to_string() + " by");
  SEED_TRY(const auto id, mux_->connect(to, clock_.now()));
  alarm_.again();
  return std::make_unique<Stream>(*this, id, to, &owner);
}

// --- what comes in -------------------------------------------------------------------------------

bool Utp::on_datagram(MutableBytes datagram, const Endpoint& from, Instant now) {
  // BEP 29: ST_SYN is 4, the version 1. Who is blocked gets no answer at all.
  constexpr std::uint8_t syn = 0x41;
  if (!enabled_) return false;
  if (!datagram.empty() && datagram[0] == syn && owner_.turns_away(from.address)) return true;
  if (!mux_->on_datagram(datagram, from, now)) return false;
  drain();
  return true;
}

void Utp::on_deadline(Instant now) {
  for (const auto id : std::exchange(readable_, {})) read_from(id);
  mux_->on_deadline(now);
  drain();
}

Instant Utp::deadline() const {
  if (!readable_.empty()) return Instant{};
  return mux_->deadline().value_or(never);
}

Utp::Stream* Utp::find(utp::SocketId id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second;
}

void Utp::drain() {
  while (const auto event = mux_->next_event())
    std::visit([this](const auto& each) { on(each); }, *event);
}

void Utp::on(const utp::Accepted& event) {
  owner_.on_utp_accept(std::make_unique<Stream>(*this, event.id, event.from, nullptr));
}

void Utp::on(const utp::Connected& event) {
  if (Stream* stream = find(event.id); stream != nullptr && stream->owner() != nullptr)
    stream->owner()->on_connected();
}

void Utp::on(const utp::Readable& event) { read_from(event.id); }

void Utp::on(const utp::Sent& event) {
  if (Stream* stream = find(event.id); stream != nullptr && stream->owner() != nullptr)
    stream->owner()->on_sent(event.octets);
}

void Utp::on(const utp::Ended& event) {
  const auto found = streams_.find(event.id);
  if (found == streams_.end()) return;
  Stream& stream = *found->second;
  streams_.erase(found);
  stream.over = true;
  if (stream.owner() != nullptr) stream.owner()->on_end(fault_of(event.why, stream.remote()));
}

/// Any call of the owner may destroy the stream, while the octets are still looked at.
void Utp::read_from(utp::SocketId id) {
  while (const Stream* stream = find(id)) {
    io::StreamOwner* const owner = stream->owner();
    if (owner == nullptr || mux_->unread(id) == 0) return;
    const std::size_t wanted = owner->may_read();
    if (wanted == 0 || find(id) == nullptr) return;
    const MutableBytes octets = mux_->readable(id);
    const std::size_t size = std::min(octets.size(), wanted);
    reading_ = id;
    owner->on_bytes(octets.first(size));
    reading_ = {};
    if (std::exchange(close_when_read_, false)) return mux_->close(id, clock_.now());
    mux_->consume(id, size, clock_.now());
  }
}

// --- what goes out -------------------------------------------------------------------------------

void Utp::on_turn_end(Instant now) {
  send_all();
  for (const Endpoint& to : std::exchange(too_big_, {})) mux_->on_send_failed(to, true, now);
  drain();
}

void Utp::send_all() {
  mux_->flush(clock_.now());
  Run run;
  while (const auto next = mux_->next_datagram()) {
    if (!run.takes(*next)) {
      send(run);
      run.count = 0;
    }
    run.add(*next);
  }
  if (run.count > 0) send(run);
}

/// What does not go is lost, as on the way: it is sent again.
void Utp::send(const Run& run) {
  io::UdpSocket* const out = socket(run.to.address);
  if (out == nullptr) return;
  const auto sent = run.alone ? out->send_whole(run.datagrams[0], run.to)
                              : out->send_run(std::span(run.datagrams).first(run.count), run.to);
  if (!sent && sent.error().system_error == EMSGSIZE) too_big_.push_back(run.to);
}

}  // namespace seed::session
