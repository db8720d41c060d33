#include "core/uv/interfaces.h"

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace seed::uv {
namespace {

/// The kernel sends no larger messages to who reads with as much (netlink(7)).
constexpr std::size_t message_bytes = 32 * 1024;

Fault fault(const char* doing) { return fault_from_errno(errno, doing); }

Result<Descriptor> open_route(unsigned groups) {
  Descriptor out(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!out.ok()) return std::unexpected(fault("cannot ask for network interfaces"));
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  own.nl_groups = groups;
  if (bind(out.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
    return std::unexpected(fault("cannot watch network interfaces"));
  return out;
}

template <typename T>
T value_at(const void* from) {
  T out{};
  std::memcpy(&out, from, sizeof out);
  return out;
}

/// As NLMSG_DATA, which casts as C does.
const void* data_of(const nlmsghdr& message) {
  return reinterpret_cast<const std::uint8_t*>(&message) + NLMSG_ALIGN(sizeof message);
}

std::optional<InterfaceAddress> parse_address(const nlmsghdr& message) {
  const auto* head = static_cast<const ifaddrmsg*>(data_of(message));
  InterfaceAddress out;
  out.index = static_cast<int>(head->ifa_index);
  std::uint32_t flags = head->ifa_flags;
  // Of a line between two points IFA_ADDRESS is the other one.
  std::optional<IpAddress> address;
  std::optional<IpAddress> local;
  auto left = static_cast<int>(IFA_PAYLOAD(&message));
  for (const auto* part = IFA_RTA(head); RTA_OK(part, left); part = RTA_NEXT(part, left)) {
    const Bytes octets(static_cast<const std::uint8_t*>(RTA_DATA(part)), RTA_PAYLOAD(part));
    if (part->rta_type == IFA_ADDRESS) address = IpAddress::from_octets(octets);
    if (part->rta_type == IFA_LOCAL) local = IpAddress::from_octets(octets);
    if (part->rta_type == IFA_FLAGS && octets.size() == sizeof flags)
      flags = value_at<std::uint32_t>(octets.data());
  }
  if (!local) local = address;
  if (!local || (local->is_v6() && head->ifa_scope == RT_SCOPE_LINK)) return std::nullopt;
  out.address = *local;
  out.usable =
      (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0 || (flags & IFA_F_OPTIMISTIC) != 0;
  // IFA_F_TEMPORARY is the bit that says of an address of IPv4 that it is not the first of its net.
  out.preferred = (flags & (IFA_F_TEMPORARY | IFA_F_DEPRECATED)) == 0;
  return out;
}

/// True when the list is complete.
Result<bool> parse_some(Bytes messages, std::vector<InterfaceAddress>& out) {
  auto left = static_cast<unsigned>(messages.size());
  const auto* message = reinterpret_cast<const nlmsghdr*>(messages.data());
  for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
    if (message->nlmsg_type == NLMSG_DONE) return true;
    if (message->nlmsg_type == NLMSG_ERROR) {
      errno = -static_cast<const nlmsgerr*>(data_of(*message))->error;
      return std::unexpected(fault("cannot list addresses"));
    }
    if (message->nlmsg_type != RTM_NEWADDR) continue;
    if (auto one = parse_address(*message)) out.push_back(*std::move(one));
  }
  return false;
}

}  // namespace

Result<std::optional<InterfaceState>> find_interface(const std::string& name) {
  if (name.empty() || name.size() > interface_name_max) return std::optional<InterfaceState>();
  const auto not_found = []() -> Result<std::optional<InterfaceState>> {
    if (errno == ENODEV) return std::nullopt;
    return std::unexpected(fault("cannot ask for a network interface"));
  };
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.ok()) return not_found();
  ifreq request{};
  name.copy(request.ifr_name, interface_name_max);
  InterfaceState out;
  if (ioctl(socket.get(), SIOCGIFINDEX, &request) != 0) return not_found();
  out.index = request.ifr_ifindex;
  if (ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return not_found();
  out.up = (request.ifr_flags & IFF_UP) != 0;
  out.connected = (request.ifr_flags & IFF_RUNNING) != 0;
  return out;
}

Result<std::vector<InterfaceAddress>> list_addresses() {
  SEED_TRY(const Descriptor socket, open_route(0));
  struct {
    nlmsghdr head{};
    ifaddrmsg body{};
  } request;
  request.head.nlmsg_len = NLMSG_LENGTH(sizeof request.body);
  request.head.nlmsg_type = RTM_GETADDR;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.ifa_family = AF_UNSPEC;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (sendto(socket.get(), &request, request.head.nlmsg_len, 0,
             reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) < 0)
    return std::unexpected(fault("cannot list addresses"));
  std::vector<InterfaceAddress> out;
  alignas(nlmsghdr) std::array<std::uint8_t, message_bytes> room;
  while (true) {
    // The kernel has put the next part there before this looks: it never waits.
    const ssize_t got = recv(socket.get(), room.data(), room.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(fault("cannot list addresses"));
    SEED_TRY(const bool complete,
             parse_some(Bytes(room).first(static_cast<std::size_t>(got)), out));
    if (complete) return out;
  }
}

Result<Descriptor> watch_interfaces(Watched what) {
  constexpr unsigned addresses = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  constexpr unsigned routes = RTMGRP_IPV4_ROUTE | RTMGRP_IPV4_RULE;
  return open_route(what == Watched::routes ? addresses | routes : addresses);
}

void take_news(const Descriptor& watch) {
  std::array<std::uint8_t, 1> room;
  // ENOBUFS says that some were lost, and is said once.
  while (recv(watch.get(), room.data(), room.size(), MSG_DONTWAIT) >= 0 || errno == EINTR ||
         errno == ENOBUFS) {
  }
}

}  // namespace seed::uv
