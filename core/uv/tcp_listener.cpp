#include "core/uv/tcp_listener.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "core/uv/tcp_stream.h"

namespace seed::uv {
namespace {

/// As many as the system allows (net.core.somaxconn caps it).
constexpr int backlog = 1024;

}  // namespace

Result<std::unique_ptr<io::Listener>> TcpListener::open(Loop& loop, Uplink* uplink,
                                                        MutableBytes read_buffer,
                                                        const Endpoint& at,
                                                        io::ListenerOwner& owner) {
  std::unique_ptr<TcpListener> listener(new TcpListener(loop, uplink, read_buffer, owner));
  SEED_TRY_VOID(listener->start(at));
  return listener;
}

Result<void> TcpListener::start(const Endpoint& at) {
  const SocketAddress address(at);
  const auto fault = [&](int error) {
    return std::unexpected(
        fault_from_errno(error, fmt::format("cannot listen on {}", at.to_string())));
  };
  socket_ = Descriptor(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_.ok()) return fault(errno);
  set_option(socket_.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.family() == AF_INET6) set_option(socket_.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  SEED_TRY(const IpAddress source, hold(uplink_, socket_.get(), at.address));
  // From elsewhere nobody comes to that.
  const bool to_world = !source.is_loopback();
  const IpAddress any = at.address.is_v4() ? IpAddress::any_v4() : IpAddress::any_v6();
  if (uplink_ != nullptr && to_world) SEED_TRY_VOID(uplink_->check_way(any));
  const SocketAddress own({source, at.port});
  if (bind(socket_.get(), own.get(), own.size()) != 0) return fault(errno);
  if (listen(socket_.get(), backlog) != 0) return fault(errno);
  local_ = local_endpoint(socket_.get());
  int status =
      timer_.open(*this, [&](uv_timer_t* timer) { return uv_timer_init(loop_.uv(), timer); });
  if (status == 0)
    status = poll_.open(
        *this, [&](uv_poll_t* poll) { return uv_poll_init(loop_.uv(), poll, socket_.get()); });
  if (status == 0) status = uv_poll_start(poll_.uv(), UV_READABLE, &on_ready);
  if (status != 0) return fault(-status);
  if (to_world)
    tie_.tie_way(uplink_, any);
  else
    tie_.tie(uplink_, at.address);
  return {};
}

void TcpListener::on_ready(uv_poll_t* poll, int, int) noexcept {
  auto& box = Handle<TcpListener, uv_poll_t>::box_of(poll);
  if (box.owner == nullptr) return;
  const Loop::Entry entry(box.owner->loop_, Work::accept);
  box.owner->accept_some();
}

Descriptor TcpListener::take(Endpoint& from) const {
  sockaddr_storage remote{};
  socklen_t size = sizeof remote;
  auto* const address = reinterpret_cast<sockaddr*>(&remote);
  Descriptor out(accept4(socket_.get(), address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (out.ok()) from = endpoint_of(address);
  return out;
}

void TcpListener::accept_some() {
  const auto& box = poll_.box();
  for (int i = 0; i < accepts_per_wake_max; ++i) {
    Endpoint from;
    Descriptor socket = take(from);
    if (!socket.ok()) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) pause(errno);
      return;
    }
    fault_told_ = false;
    if (uplink_ != nullptr && !uplink_->check_way(from.address)) {
      uplink_->silence(socket.get());
      continue;
    }
    auto stream = TcpStream::adopt(loop_, uplink_, read_buffer_, socket.release(), from);
    if (stream) owner_.on_accept(*std::move(stream));
    if (box.owner == nullptr) return;
  }
}

void TcpListener::on_cut(void* context) {
  auto& self = *static_cast<TcpListener*>(context);
  self.cut_ = true;
  uv_poll_stop(self.poll_.uv());
  self.uplink_->silence(self.socket_.get());
  // Who has come and was not taken yet; when the listener is closed each would hear of it.
  Endpoint from;
  for (int i = 0; i < backlog; ++i) {
    const Descriptor waiting = self.take(from);
    if (!waiting.ok()) return;
    self.uplink_->silence(waiting.get());
  }
}

void TcpListener::pause(int error) {
  uv_poll_stop(poll_.uv());
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(accept_pause).count();
  uv_timer_start(timer_.uv(), &on_pause_over, static_cast<std::uint64_t>(milliseconds), 0);
  if (std::exchange(fault_told_, true)) return;
  owner_.on_accept_fault(
      fault_from_errno(error, fmt::format("cannot accept on {}", local_.to_string())));
}

void TcpListener::on_pause_over(uv_timer_t* timer) noexcept {
  auto& box = Handle<TcpListener, uv_timer_t>::box_of(timer);
  if (box.owner == nullptr) return;
  const Loop::Entry entry(box.owner->loop_, Work::accept);
  if (!box.owner->cut_) uv_poll_start(box.owner->poll_.uv(), UV_READABLE, &on_ready);
}

}  // namespace seed::uv
