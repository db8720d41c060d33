#include "core/uv/tcp_stream.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/uv/sockets.h"

namespace seed::uv {

Result<std::unique_ptr<io::Stream>> TcpStream::dial(Loop& loop, Uplink* uplink,
                                                    MutableBytes read_buffer, const Endpoint& to,
                                                    const io::DialOptions& options,
                                                    io::StreamOwner& owner) {
  std::unique_ptr<TcpStream> stream(new TcpStream(loop, uplink, read_buffer, to));
  SEED_TRY_VOID(stream->start_dial(options));
  stream->owner_ = &owner;
  return stream;
}

Result<std::unique_ptr<io::Stream>> TcpStream::adopt(Loop& loop, Uplink* uplink,
                                                     MutableBytes read_buffer, int descriptor,
                                                     const Endpoint& remote) {
  std::unique_ptr<TcpStream> stream(new TcpStream(loop, uplink, read_buffer, remote));
  Descriptor socket(descriptor);
  int status =
      stream->handle_.open(*stream, [&](uv_tcp_t* tcp) { return uv_tcp_init(loop.uv(), tcp); });
  if (status == 0) status = uv_tcp_open(stream->handle_.uv(), socket.get());
  if (status != 0) return std::unexpected(fault_from_uv(status, "cannot take a connection"));
  socket.release();
  uv_tcp_nodelay(stream->handle_.uv(), 1);
  stream->connected_ = true;
  stream->tie_.tie_way(uplink, remote.address);
  return stream;
}

TcpStream::TcpStream(Loop& loop, Uplink* uplink, MutableBytes read_buffer, const Endpoint& remote)
    : loop_(loop),
      uplink_(uplink),
      read_buffer_(read_buffer),
      remote_(remote),
      report_(loop, this, &TcpStream::on_report),
      tie_(this, &TcpStream::on_cut) {}

TcpStream::~TcpStream() {
  // libuv calls the read callback without looking once the alloc callback has returned, so the
  // handle must not be closed in between; on_read does it.
  if (handle_.is_open() && handle_.box().extra.in_alloc) handle_.abandon();
}

Result<void> TcpStream::start_dial(const io::DialOptions& options) {
  const std::string doing = fmt::format("cannot connect to {}", remote_.to_string());
  const SocketAddress to(remote_);
  if (!options.source.is_unspecified() && options.source.is_v4() != remote_.address.is_v4())
    return fail(FaultCode::unreachable,
                fmt::format("{} from {}", doing, options.source.to_string()));
  int status = handle_.open(*this, [&](uv_tcp_t* tcp) {
    return uv_tcp_init_ex(loop_.uv(), tcp, static_cast<unsigned>(to.family()));
  });
  if (status != 0) return std::unexpected(fault_from_uv(status, doing));
  uv_tcp_nodelay(handle_.uv(), 1);
  int descriptor = -1;
  uv_fileno(handle_.as<uv_handle_t>(), &descriptor);
  // The two defaults are of IPv4.
  const bool any = options.source.is_unspecified();
  const IpAddress wanted = any && to.family() == AF_INET6 ? IpAddress::any_v6() : options.source;
  SEED_TRY(const IpAddress source, hold(uplink_, descriptor, wanted));
  if (uplink_ != nullptr) SEED_TRY_VOID(uplink_->check_way(remote_.address));
  tie_.tie_way(uplink_, remote_.address);
  if (!source.is_unspecified()) {
    // The port is chosen at connect, so that many connections may share one.
    set_option(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    status = uv_tcp_bind(handle_.uv(), SocketAddress({source, 0}).get(), 0);
  }
  if (status == 0)
    status = uv_tcp_connect(&handle_.box().extra.connect, handle_.uv(), to.get(), &on_connect);
  if (status != 0) return std::unexpected(fault_from_uv(status, doing));
  return {};
}

void TcpStream::on_connect(uv_connect_t* request, int status) noexcept {
  auto& box = TcpHandle::box_of(request->handle);
  if (box.owner == nullptr) return;
  const Loop::Entry entry(box.owner->loop_, Work::tcp);
  TcpStream& self = *box.owner;
  if (self.over_ || self.fault_) return;
  if (status != 0) {
    self.end(fault_from_uv(status, fmt::format("cannot connect to {}", self.remote_.to_string())));
    return;
  }
  self.connected_ = true;
  if (self.owner_ != nullptr) self.owner_->on_connected();
  if (box.owner == nullptr) return;
  self.start_reading();
  self.flush();
}

void TcpStream::set_owner(io::StreamOwner* owner) {
  owner_ = owner;
  if (owner_ == nullptr) return;
  start_reading();
  if (fault_ || sent_unreported_ > 0) report_.schedule();
}

// --- reading ------------------------------------------------------------------------------------

void TcpStream::resume_reading() { start_reading(); }

void TcpStream::start_reading() {
  if (reading_ || !connected_ || over_ || fault_ || owner_ == nullptr) return;
  reading_ = true;
  uv_read_start(stream(), &on_alloc, &on_read);
}

void TcpStream::stop_reading() {
  if (!reading_) return;
  reading_ = false;
  uv_read_stop(stream());
}

void TcpStream::on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
  auto& box = TcpHandle::box_of(handle);
  *buffer = uv_buf_init(nullptr, 0);
  if (box.owner == nullptr) return;
  const Loop::Entry entry(box.owner->loop_, Work::tcp);
  MutableBytes shared = box.owner->read_buffer_;
  box.extra.in_alloc = true;
  const std::size_t wanted = box.owner->ask_owner();
  box.extra.in_alloc = false;
  if (box.owner == nullptr) return;
  *buffer = uv_buf_init(reinterpret_cast<char*>(shared.data()),
                        static_cast<unsigned>(std::min(wanted, shared.size())));
}

/// 0 when nothing may be read now; then either reading_ is off or the turn's share is used up.
std::size_t TcpStream::ask_owner() {
  if (read_turn_ != loop_.turn()) {
    read_turn_ = loop_.turn();
    read_in_turn_ = 0;
  }
  // libuv asks again in the next turn: it does not wait for an edge.
  if (read_in_turn_ >= read_bytes_per_turn_max) return 0;
  const auto& box = handle_.box();
  const std::size_t wanted = owner_ != nullptr ? owner_->may_read() : 0;
  // The handle is still libuv's here, so reading is only marked as over; on_read stops it.
  if (box.owner != nullptr && wanted == 0) reading_ = false;
  return wanted;
}

void TcpStream::on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) noexcept {
  auto& box = TcpHandle::box_of(stream);
  if (box.owner == nullptr) {
    if (uv_is_closing(reinterpret_cast<uv_handle_t*>(stream)) == 0) TcpHandle::close_box(box);
    return;
  }
  TcpStream& self = *box.owner;
  if (count == UV_ENOBUFS) {
    if (!self.reading_) uv_read_stop(stream);
    return;
  }
  if (count == 0) return;
  const Loop::Entry entry(self.loop_, Work::tcp);
  if (count < 0) {
    self.end(fault_from_uv(static_cast<int>(count), self.remote_.to_string()));
    return;
  }
  const auto received = static_cast<std::size_t>(count);
  self.read_in_turn_ += received;
  if (self.owner_ == nullptr) return;
  self.owner_->on_bytes({reinterpret_cast<std::uint8_t*>(buffer->base), received});
}

// --- writing ------------------------------------------------------------------------------------

void TcpStream::write(ByteQueue&& bytes) {
  if (over_ || fault_) return;
  queue_.append(std::move(bytes));
  flush();
}

std::size_t TcpStream::unsent() const {
  const std::size_t under_way = writing_ ? uv_stream_get_write_queue_size(stream()) : 0;
  return queue_.size() + under_way;
}

namespace {

/// The front of a queue in libuv's words.
struct Gathered {
  std::array<uv_buf_t, write_segments_max> buffers;
  unsigned count = 0;
  std::size_t bytes = 0;

  explicit Gathered(const ByteQueue& queue) {
    std::array<Bytes, write_segments_max> segments;
    const std::size_t filled = queue.front(segments);
    for (; count < filled; ++count) {
      const Bytes segment = segments[count];
      // libuv does not write to what it is given; its type has no const.
      auto* begin = reinterpret_cast<char*>(const_cast<std::uint8_t*>(segment.data()));
      buffers[count] = uv_buf_init(begin, static_cast<unsigned>(segment.size()));
      bytes += segment.size();
    }
  }
};

}  // namespace

void TcpStream::flush() {
  if (!connected_ || writing_ || over_ || fault_) return;
  while (!queue_.empty()) {
    const Gathered gathered(queue_);
    const int sent = uv_try_write(stream(), gathered.buffers.data(), gathered.count);
    if (sent == UV_EAGAIN) return wait_for_room();
    if (sent < 0) return fail_later(sent, "cannot send");
    queue_.consume(static_cast<std::size_t>(sent));
    sent_unreported_ += static_cast<std::size_t>(sent);
    report_.schedule();
    if (static_cast<std::size_t>(sent) < gathered.bytes) return wait_for_room();
  }
}

void TcpStream::wait_for_room() {
  auto& pending = handle_.box().extra;
  const std::size_t gatherable = Gathered(queue_).bytes;
  pending.in_flight = queue_.take(std::min(gatherable, write_bytes_in_flight_max));
  const Gathered gathered(pending.in_flight);
  const int status = uv_write(&pending.write, stream(), gathered.buffers.data(), gathered.count,
                              &TcpStream::on_written);
  if (status != 0) return fail_later(status, "cannot send");
  writing_ = true;
}

void TcpStream::on_written(uv_write_t* request, int status) noexcept {
  auto& box = TcpHandle::box_of(request->handle);
  if (box.owner == nullptr) return;
  const Loop::Entry entry(box.owner->loop_, Work::tcp);
  TcpStream& self = *box.owner;
  self.writing_ = false;
  if (status != 0) {
    self.end(fault_from_uv(status, self.remote_.to_string()));
    return;
  }
  self.sent_unreported_ += box.extra.in_flight.size();
  box.extra.in_flight.clear();
  self.flush();
  self.report();
}

// --- telling the owner --------------------------------------------------------------------------

void TcpStream::fail_later(int status, const char* doing) {
  fail_later(fault_from_uv(status, fmt::format("{}: {}", remote_.to_string(), doing)));
}

void TcpStream::fail_later(Fault fault) {
  fault_ = std::move(fault);
  stop_reading();
  report_.schedule();
}

void TcpStream::on_cut(void* context) {
  auto& self = *static_cast<TcpStream*>(context);
  int descriptor = -1;
  if (uv_fileno(self.handle_.as<uv_handle_t>(), &descriptor) == 0)
    self.uplink_->silence(descriptor);
  if (!self.over_) self.fail_later(self.uplink_->cut_off(self.remote_.address));
}

void TcpStream::on_report(void* self) { static_cast<TcpStream*>(self)->report(); }

void TcpStream::report() {
  const auto& box = handle_.box();
  if (owner_ == nullptr || over_) return;
  if (sent_unreported_ > 0) owner_->on_sent(std::exchange(sent_unreported_, 0));
  if (box.owner == nullptr || owner_ == nullptr) return;
  if (fault_) end(*std::exchange(fault_, std::nullopt));
}

void TcpStream::end(Fault fault) {
  if (over_) return;
  if (owner_ == nullptr) {
    fault_ = std::move(fault);
    stop_reading();
    return;
  }
  over_ = true;
  fault_.reset();
  stop_reading();
  owner_->on_end(fault);
}

Endpoint TcpStream::local() const {
  int descriptor = -1;
  if (uv_fileno(handle_.as<uv_handle_t>(), &descriptor) != 0) return {};
  return local_endpoint(descriptor);
}

}  // namespace seed::uv
