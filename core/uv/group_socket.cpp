#include "core/uv/group_socket.h"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace seed::uv {

namespace {

/// Numbers of the interfaces of that family that take part in multicast; of the one that has
/// `source` alone, when it is an address, and of `only` alone, unless "".
std::vector<unsigned> interfaces_of(int family, const IpAddress& source, const std::string& only) {
  std::vector<unsigned> out;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return out;
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    constexpr unsigned wanted = IFF_UP | IFF_MULTICAST;
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != family ||
        (each->ifa_flags & wanted) != wanted || (each->ifa_flags & IFF_LOOPBACK) != 0)
      continue;
    if (!only.empty() && only != each->ifa_name) continue;
    if (!source.is_unspecified() && endpoint_of(each->ifa_addr).address != source) continue;
    const unsigned number = if_nametoindex(each->ifa_name);
    if (number != 0 && std::ranges::find(out, number) == out.end()) out.push_back(number);
  }
  freeifaddrs(first);
  return out;
}

ip_mreqn membership_v4(const sockaddr* group, unsigned interface) {
  ip_mreqn out{};
  out.imr_multiaddr = reinterpret_cast<const sockaddr_in*>(group)->sin_addr;
  out.imr_ifindex = static_cast<int>(interface);
  return out;
}

ipv6_mreq membership_v6(const sockaddr* group, unsigned interface) {
  ipv6_mreq out{};
  out.ipv6mr_multiaddr = reinterpret_cast<const sockaddr_in6*>(group)->sin6_addr;
  out.ipv6mr_interface = interface;
  return out;
}

}  // namespace

Result<std::unique_ptr<io::UdpSocket>> GroupSocket::open(Loop& loop, Uplink* uplink,
                                                         MutableBytes buffer, const Endpoint& group,
                                                         const io::DialOptions& options,
                                                         io::UdpSocketOwner& owner) {
  std::unique_ptr<GroupSocket> socket(new GroupSocket(loop, uplink, buffer, group, options, owner));
  SEED_TRY_VOID(socket->start());
  return socket;
}

Result<void> GroupSocket::start() {
  const SocketAddress group(group_);
  const auto refused = [&](int error) {
    return std::unexpected(
        fault_from_uv(-error, fmt::format("cannot join the group {}", group_.to_string())));
  };
  Descriptor socket(
      ::socket(group.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
  if (!socket.ok()) return refused(errno);
  // It is bound to the group; who is held by his source alone sends from the interface below.
  const IpAddress any = group.family() == AF_INET6 ? IpAddress::any_v6() : IpAddress::any_v4();
  SEED_TRY_VOID(
      hold(uplink_, socket.get(), options_.source.is_unspecified() ? any : options_.source));
  const int on = 1;
  const int off = 0;
  const bool v6 = group.family() == AF_INET6;
  // Others of this machine are in the group too. Of memberships that others have, nothing is heard.
  if (!set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, on) ||
      (v6 && !set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, on)) ||
      bind(socket.get(), group.get(), group.size()) != 0)
    return refused(errno);
  if (v6)
    set_option(socket.get(), IPPROTO_IPV6, IPV6_MULTICAST_ALL, off);
  else
    set_option(socket.get(), IPPROTO_IP, IP_MULTICAST_ALL, off);
  int status = handle_.open(*this, [&](uv_udp_t* udp) { return uv_udp_init(loop_.uv(), udp); });
  if (status == 0) status = uv_udp_open(handle_.uv(), socket.get());
  if (status != 0) return refused(-status);
  descriptor_ = socket.release();
  join();
  status = uv_udp_recv_start(handle_.uv(), &on_alloc, &on_received);
  if (status != 0) return refused(-status);
  tie_.tie(uplink_, group_.address);
  return {};
}

void GroupSocket::on_cut(void* context) {
  auto& self = *static_cast<GroupSocket*>(context);
  self.cut_ = true;
  uv_udp_recv_stop(self.handle_.uv());
}

std::vector<unsigned> GroupSocket::join() const {
  const SocketAddress group(group_);
  const std::string only = uplink_ != nullptr ? uplink_->wish().interface : std::string();
  auto interfaces = interfaces_of(group.family(), options_.source, only);
  std::erase_if(interfaces, [&](unsigned interface) {
    const bool joined = group.family() == AF_INET6
                            ? set_option(descriptor_, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP,
                                         membership_v6(group.get(), interface))
                            : set_option(descriptor_, IPPROTO_IP, IP_ADD_MEMBERSHIP,
                                         membership_v4(group.get(), interface));
    return !joined && errno != EADDRINUSE;  // in use: it has been joined before
  });
  return interfaces;
}

Result<void> GroupSocket::send(Bytes datagram, const Endpoint& to) {
  if (to != group_) return fail(FaultCode::unsupported, "this socket sends to its group alone");
  if (cut_) return std::unexpected(uplink_->cut_off(group_.address));
  auto* begin = reinterpret_cast<char*>(const_cast<std::uint8_t*>(datagram.data()));
  const uv_buf_t buffer = uv_buf_init(begin, static_cast<unsigned>(datagram.size()));
  int last = UV_ENETUNREACH;
  bool sent = false;
  for (const unsigned interface : join()) {
    if (!send_from(interface)) continue;
    last = uv_udp_try_send(handle_.uv(), &buffer, 1, SocketAddress(group_).get());
    sent = sent || last >= 0;
  }
  if (sent) return {};
  return std::unexpected(fault_from_uv(last, fmt::format("cannot send to {}", to.to_string())));
}

bool GroupSocket::send_from(unsigned interface) const {
  const SocketAddress group(group_);
  if (group.family() == AF_INET6)
    return set_option(descriptor_, IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(interface));
  ip_mreqn from = membership_v4(group.get(), interface);
  // Where we take peers; unspecified: the first address of the interface.
  if (options_.source.is_v4()) {
    const SocketAddress source({options_.source, 0});
    from.imr_address = reinterpret_cast<const sockaddr_in*>(source.get())->sin_addr;
  }
  return set_option(descriptor_, IPPROTO_IP, IP_MULTICAST_IF, from);
}

void GroupSocket::on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
  auto& box = UdpHandle::box_of(handle);
  *buffer = uv_buf_init(nullptr, 0);
  if (box.owner == nullptr) return;
  const MutableBytes shared = box.owner->buffer_;
  *buffer =
      uv_buf_init(reinterpret_cast<char*>(shared.data()), static_cast<unsigned>(shared.size()));
}

void GroupSocket::on_received(uv_udp_t* udp, ssize_t count, const uv_buf_t* buffer,
                              const sockaddr* from, unsigned flags) noexcept {
  auto& box = UdpHandle::box_of(udp);
  if (box.owner == nullptr || from == nullptr || count < 0 || (flags & UV_UDP_PARTIAL) != 0) return;
  const Loop::Entry entry(box.owner->loop_, Work::udp);
  box.owner->owner_.on_datagram(
      {reinterpret_cast<std::uint8_t*>(buffer->base), static_cast<std::size_t>(count)},
      endpoint_of(from));
}

}  // namespace seed::uv
