#include "core/uv/udp_socket.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/base/limits.h"

namespace seed::uv {

namespace {

/// Asked for; the system gives what net.core.rmem_max and wmem_max allow. A burst of uTP while the
/// loop is at something else is to fit.
constexpr int socket_buffer_bytes = 4 << 20;

void let_be_cut(int descriptor, int family, bool may_be) {
  if (family == AF_INET6)
    set_option(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER,
               may_be ? IPV6_PMTUDISC_DONT : IPV6_PMTUDISC_PROBE);
  else
    set_option(descriptor, IPPROTO_IP, IP_MTU_DISCOVER,
               may_be ? IP_PMTUDISC_DONT : IP_PMTUDISC_PROBE);
}

/// Each option is a help, and done without where the system has it not.
void prepare(int descriptor, int family) {
  if (family == AF_INET6) set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  let_be_cut(descriptor, family, true);
  set_option(descriptor, SOL_SOCKET, SO_RCVBUF, socket_buffer_bytes);
  set_option(descriptor, SOL_SOCKET, SO_SNDBUF, socket_buffer_bytes);
  set_option(descriptor, SOL_UDP, UDP_GRO, 1);
}

/// Room for one control message of an int or a uint16_t.
struct alignas(cmsghdr) Control {
  std::array<char, CMSG_SPACE(sizeof(int))> octets{};
};

/// What recvmmsg() fills in.
struct Messages {
  explicit Messages(MutableBytes buffer) {
    for (std::size_t i = 0; i < messages_max; ++i) {
      parts[i] = {buffer.data() + i * message_bytes_max, message_bytes_max};
      msghdr& header = headers[i].msg_hdr;
      header.msg_name = &senders[i];
      header.msg_iov = &parts[i];
      header.msg_iovlen = 1;
      header.msg_control = controls[i].octets.data();
    }
  }
  int receive(int descriptor) {
    for (std::size_t i = 0; i < messages_max; ++i) {
      headers[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
      headers[i].msg_hdr.msg_controllen = sizeof(Control);
    }
    return recvmmsg(descriptor, headers.data(), messages_max, MSG_DONTWAIT, nullptr);
  }
  /// The size of each datagram in it but the last.
  std::size_t segment_bytes(std::size_t i) {
    msghdr& header = headers[i].msg_hdr;
    for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr;
         each = CMSG_NXTHDR(&header, each)) {
      if (each->cmsg_level != SOL_UDP || each->cmsg_type != UDP_GRO) continue;
      int size = 0;
      std::memcpy(&size, CMSG_DATA(each), sizeof size);
      if (size > 0) return static_cast<std::size_t>(size);
    }
    return message_bytes_max;
  }
  bool is_cut(std::size_t i) const { return (headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0; }

  std::array<mmsghdr, messages_max> headers{};
  std::array<iovec, messages_max> parts{};
  std::array<sockaddr_storage, messages_max> senders{};
  std::array<Control, messages_max> controls{};
};

/// `tell(datagram) -> bool` for each in the message; false ends it.
template <typename Tell>
bool tell_all(MutableBytes message, std::size_t segment_bytes, Tell&& tell) {
  do {
    const MutableBytes datagram = message.first(std::min(message.size(), segment_bytes));
    if (!tell(datagram)) return false;
    message = message.subspan(datagram.size());
  } while (!message.empty());
  return true;
}

}  // namespace

Result<std::unique_ptr<io::UdpSocket>> UdpSocket::open(Loop& loop, Uplink* uplink,
                                                       MutableBytes buffer, const Endpoint& at,
                                                       io::UdpSocketOwner& owner) {
  std::unique_ptr<UdpSocket> socket(new UdpSocket(loop, uplink, buffer, owner));
  SEED_TRY_VOID(socket->start(at));
  return socket;
}

Result<void> UdpSocket::start(const Endpoint& at) {
  const SocketAddress address(at);
  const auto refused = [&](int status) {
    return std::unexpected(
        fault_from_uv(status, fmt::format("cannot open UDP port {}", at.to_string())));
  };
  socket_ = Descriptor(
      ::socket(address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
  if (!socket_.ok()) return refused(-errno);
  prepare(socket_.get(), address.family());
  SEED_TRY(const IpAddress source, hold(uplink_, socket_.get(), at.address));
  const SocketAddress own({source, at.port});
  if (bind(socket_.get(), own.get(), own.size()) != 0) return refused(-errno);
  int status = handle_.open(
      *this, [&](uv_poll_t* poll) { return uv_poll_init(loop_.uv(), poll, socket_.get()); });
  if (status == 0) status = uv_poll_start(handle_.uv(), UV_READABLE, &on_readable);
  if (status != 0) return refused(status);
  local_ = local_endpoint(socket_.get());
  tie_.tie(uplink_, at.address);
  return {};
}

void UdpSocket::on_cut(void* context) {
  auto& self = *static_cast<UdpSocket*>(context);
  self.cut_ = true;
  uv_poll_stop(self.handle_.uv());
}

Result<void> UdpSocket::send(Bytes datagram, const Endpoint& to) {
  if (cut_) return std::unexpected(uplink_->cut_off(local_.address));
  const SocketAddress address(to);
  if (sendto(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
             address.get(), address.size()) >= 0)
    return {};
  return std::unexpected(fault_from_uv(-errno, fmt::format("cannot send to {}", to.to_string())));
}

Result<void> UdpSocket::send_whole(Bytes datagram, const Endpoint& to) {
  const int family = to.address.is_v4() ? AF_INET : AF_INET6;
  let_be_cut(socket_.get(), family, false);
  auto sent = send(datagram, to);
  let_be_cut(socket_.get(), family, true);
  return sent;
}

Result<void> UdpSocket::send_run(std::span<const Bytes> datagrams, const Endpoint& to) {
  Result<void> out;
  if (cut_) return std::unexpected(uplink_->cut_off(local_.address));
  while (!datagrams.empty()) {
    const auto run = datagrams.first(std::min(datagrams.size(), run_max));
    datagrams = datagrams.subspan(run.size());
    if (segments_ && run.size() > 1 && send_segments(run, to)) continue;
    // One by one tells which does not go; or that it is the system, or a device, that cannot.
    bool all_sent = true;
    for (const Bytes& datagram : run) {
      auto sent = send(datagram, to);
      all_sent = all_sent && sent;
      if (!sent && out) out = std::move(sent);
    }
    if (all_sent && run.size() > 1) segments_ = false;
  }
  return out;
}

Result<void> UdpSocket::send_segments(std::span<const Bytes> datagrams, const Endpoint& to) {
  const SocketAddress address(to);
  std::array<iovec, run_max> parts;
  for (std::size_t i = 0; i < datagrams.size(); ++i)
    parts[i] = {const_cast<std::uint8_t*>(datagrams[i].data()), datagrams[i].size()};
  Control control;
  msghdr header{};
  header.msg_name = const_cast<sockaddr*>(address.get());
  header.msg_namelen = address.size();
  header.msg_iov = parts.data();
  header.msg_iovlen = datagrams.size();
  header.msg_control = control.octets.data();
  header.msg_controllen = CMSG_SPACE(sizeof(std::uint16_t));
  cmsghdr* const segment = CMSG_FIRSTHDR(&header);
  segment->cmsg_level = SOL_UDP;
  segment->cmsg_type = UDP_SEGMENT;
  segment->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto size = static_cast<std::uint16_t>(datagrams.front().size());
  std::memcpy(CMSG_DATA(segment), &size, sizeof size);
  if (sendmsg(socket_.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return {};
  return std::unexpected(fault_from_uv(-errno, "cannot send a run"));
}

void UdpSocket::on_readable(uv_poll_t* poll, int status, int) noexcept {
  auto& box = PollHandle::box_of(poll);
  if (box.owner == nullptr || status < 0) return;
  const Loop::Entry entry(box.owner->loop_, Work::udp);
  Messages messages(box.owner->buffer_);
  for (std::size_t told = 0; told < limits::datagrams_per_wake_max;) {
    // Below 0: there are no more, or an error that some ICMP brought.
    const int count = messages.receive(box.owner->socket_.get());
    for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i) {
      // A part of a datagram is worth nothing.
      if (messages.is_cut(i)) continue;
      const auto* from = reinterpret_cast<const sockaddr*>(&messages.senders[i]);
      const MutableBytes message(static_cast<std::uint8_t*>(messages.parts[i].iov_base),
                                 messages.headers[i].msg_len);
      const bool goes_on = tell_all(message, messages.segment_bytes(i), [&](MutableBytes datagram) {
        ++told;
        box.owner->owner_.on_datagram(datagram, endpoint_of(from));
        return box.owner != nullptr && !box.owner->cut_;
      });
      if (!goes_on) return;
    }
    if (count < static_cast<int>(messages_max)) return;
  }
}

}  // namespace seed::uv
