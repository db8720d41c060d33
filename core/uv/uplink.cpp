#include "core/uv/uplink.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/uv/routes.h"

namespace seed::uv {
namespace {

std::size_t family_of(const IpAddress& address) { return address.is_v4() ? 0 : 1; }

/// Only one address will do.
bool is_named(const std::optional<IpAddress>& wish) { return wish && !wish->is_unspecified(); }

bool hold_to_device(int descriptor, const std::string& name) {
  return setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, name.data(),
                    static_cast<socklen_t>(name.size())) == 0;
}

std::string name_of_family(const IpAddress& of) { return of.is_v4() ? "IPv4" : "IPv6"; }

/// All of 127.0.0.0/8 is there with its first one.
bool covers(const IpAddress& there, const IpAddress& wanted) {
  if (there == wanted) return true;
  return there.is_v4() == wanted.is_v4() && there.is_loopback() && wanted.is_loopback();
}

/// This host has it, listed or not: by a route, or as a part of 127.0.0.0/8.
bool is_ours(const IpAddress& address) {
  const SocketAddress own({address, 0});
  const Descriptor probe(::socket(own.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return probe.ok() && ::bind(probe.get(), own.get(), own.size()) == 0;
}

/// Of several the one that was chosen before, else the first that is there to stay.
std::optional<IpAddress> best(const std::vector<InterfaceAddress>& there,
                              const std::optional<IpAddress>& wish,
                              const std::optional<IpAddress>& before) {
  if (!wish) return std::nullopt;
  std::optional<IpAddress> out;
  bool preferred = false;
  for (const auto& one : there) {
    if (!one.usable || one.address.is_v4() != wish->is_v4()) continue;
    if (is_named(wish) && covers(one.address, *wish)) return wish;
    if (is_named(wish)) continue;
    if (one.address == before) return before;
    if (out && (preferred || !one.preferred)) continue;
    out = one.address;
    preferred = one.preferred;
  }
  return out;
}

}  // namespace

Uplink::~Uplink() {
  for (auto& ties : ties_)
    for (UplinkTie* tie : ties) tie->uplink_ = nullptr;
}

// --- what there is -------------------------------------------------------------------------------

void Uplink::bind(const io::UplinkWish& wish) {
  if (wish == wish_) return;
  wish_ = wish;
  refused_ = devices_ == Devices::refused;
  const bool watched = names_interface() || is_named(wish_.v4) || is_named(wish_.v6);
  if (!watched) stop_watching();
  auto* const owner = std::exchange(owner_, nullptr);
  update();
  owner_ = owner;
}

Result<void> Uplink::watch() {
  if (poll_.is_open()) return {};
  SEED_TRY(news_, watch_interfaces());
  const int status = poll_.open(
      *this, [&](uv_poll_t* poll) { return uv_poll_init(loop_.uv(), poll, news_.get()); });
  if (status != 0) return std::unexpected(fault_from_uv(status, "cannot watch interfaces"));
  uv_poll_start(poll_.uv(), UV_READABLE, &Uplink::on_news);
  return {};
}

void Uplink::stop_watching() {
  poll_.close();
  news_ = Descriptor();
}

void Uplink::on_news(uv_poll_t* poll, int, int) noexcept {
  Uplink* self = Handle<Uplink, uv_poll_t>::box_of(poll).owner;
  if (self == nullptr) return;
  const Loop::Entry entry(self->loop_, Work::uplink);
  take_news(self->news_);
  self->update();
}

void Uplink::update() {
  int index = 0;
  io::UplinkFacts next = read(index);
  next.life = facts_.life;
  const bool moved = std::exchange(index_, index) != index;
  const std::array lost{facts_.v4 && (moved || facts_.v4 != next.v4),
                        facts_.v6 && (moved || facts_.v6 != next.v6)};
  // IPv6 often comes some seconds after IPv4, and then is no reason to tell all again.
  const bool came = (!facts_.there() && next.there()) || (!facts_.v4 && next.v4);
  if (lost[0] || lost[1] || came) ++next.life;
  if (next == facts_) return;
  facts_ = std::move(next);
  for (std::size_t family = 0; family < lost.size(); ++family)
    if (lost[family]) cut(family);
  if (owner_ != nullptr) owner_->on_uplink();
}

io::UplinkFacts Uplink::read(int& index) {
  io::UplinkFacts out;
  out.interface = wish_.interface;
  out.v4 = wish_.v4;
  out.v6 = wish_.v6;
  if (!names_interface() && !is_named(wish_.v4) && !is_named(wish_.v6)) return out;
  // What cannot be watched is not to be relied on.
  const auto watched = watch();
  out.trouble = watched ? find(index) : watched.error().text;
  if (out.there()) {
    try_devices();
    choose(out, index);
  } else {
    out.v4.reset();
    out.v6.reset();
  }
  out.by_source_only = refused_ && names_interface();
  return out;
}

/// So that it is known, and told, before the first socket.
void Uplink::try_devices() {
  if (refused_ || !names_interface()) return;
  const Descriptor probe(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  refused_ = probe.ok() && !hold_to_device(probe.get(), wish_.interface) && errno == EPERM;
}

/// Why the interface is none to go over; empty: it is.
std::string Uplink::find(int& index) const {
  const std::string& name = wish_.interface;
  if (name.empty()) return {};
  const auto found = find_interface(name);
  if (!found) return found.error().text;
  if (!*found) return fmt::format("the interface {} is not there", name);
  if (!(*found)->up) return fmt::format("the interface {} is down", name);
  if (!(*found)->connected) return fmt::format("the interface {} is not connected", name);
  index = (*found)->index;
  return {};
}

void Uplink::choose(io::UplinkFacts& next, int index) const {
  if (names_interface()) {
    auto there = list_addresses();
    if (!there) {
      next.trouble = there.error().text;
      there = std::vector<InterfaceAddress>();
    }
    std::erase_if(*there, [&](const auto& one) { return one.index != index; });
    next.v4 = best(*there, wish_.v4, facts_.v4);
    next.v6 = best(*there, wish_.v6, facts_.v6);
    if (!next.there()) return;
  } else {
    // A family of which no address is named goes as the system wants.
    if (is_named(wish_.v4) && !is_ours(*wish_.v4)) next.v4.reset();
    if (is_named(wish_.v6) && !is_ours(*wish_.v6)) next.v6.reset();
  }
  if (next.v4 || next.v6 || (!wish_.v4 && !wish_.v6)) return;
  const IpAddress* named = is_named(wish_.v4)   ? &*wish_.v4
                           : is_named(wish_.v6) ? &*wish_.v6
                                                : nullptr;
  const std::string what =
      named == nullptr ? "no address" : "not the address " + named->to_string();
  next.trouble = names_interface() ? fmt::format("the interface {} has {}", wish_.interface, what)
                                   : fmt::format("this host has {}", what);
}

void Uplink::cut(std::size_t family) {
  const auto ties = std::exchange(ties_[family], {});
  for (UplinkTie* tie : ties) tie->uplink_ = nullptr;
  for (UplinkTie* tie : ties) tie->cut_(tie->context_);
}

// --- sockets -------------------------------------------------------------------------------------

Fault Uplink::cut_off(const IpAddress& of) const {
  if (!facts_.there()) return {FaultCode::cut_off, 0, facts_.trouble};
  if (facts_.has(of))
    return {FaultCode::cut_off, 0, "the interface or address that it went over is another now"};
  return {FaultCode::cut_off, 0, no_address(of)};
}

std::string Uplink::no_address(const IpAddress& of) const {
  if (!names_interface()) return fmt::format("no address of {} may be used", name_of_family(of));
  return fmt::format("the interface {} has no address of {}", wish_.interface, name_of_family(of));
}

Result<IpAddress> Uplink::hold(int descriptor, const IpAddress& source) {
  if (!facts_.there()) return std::unexpected(cut_off(source));
  // It may never have one: no reason to try again soon.
  if (!facts_.has(source)) return fail(FaultCode::unreachable, no_address(source));
  if (!names_interface()) return source;
  if (refused_) return hold_to_source(descriptor, source);
  if (hold_to_device(descriptor, wish_.interface)) return source;
  const int error = errno;
  return fail(error == ENODEV ? FaultCode::cut_off : FaultCode::unreachable,
              fault_from_errno(error, "cannot go over the interface " + wish_.interface).text);
}

Result<IpAddress> Uplink::hold_to_source(int descriptor, const IpAddress& source) const {
  const IpAddress own =
      source.is_unspecified() ? *(source.is_v4() ? facts_.v4 : facts_.v6) : source;
  // Looked up each time: what we know may be older than the last change.
  int index = 0;
  if (auto trouble = find(index); !trouble.empty())
    return fail(FaultCode::cut_off, std::move(trouble));
  SEED_TRY(const auto there, list_addresses());
  if (std::ranges::none_of(there, [&](const auto& one) {
        return one.index == index && one.usable && covers(one.address, own);
      }))
    return fail(FaultCode::cut_off, fmt::format("the interface {} has not the address {}",
                                                wish_.interface, own.to_string()));
  // Datagrams leave by it, whatever the routes say; connections do not heed this.
  const auto number = htonl(static_cast<std::uint32_t>(index));
  if (own.is_v4())
    setsockopt(descriptor, IPPROTO_IP, IP_UNICAST_IF, &number, sizeof number);
  else
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_UNICAST_IF, &number, sizeof number);
  return own;
}

Result<void> Uplink::check_way(const IpAddress& to) const {
  if (!names_interface() || !refused_) return {};
  SEED_TRY(const IpAddress source, source_towards(to, {}));
  const auto& own = to.is_v4() ? facts_.v4 : facts_.v6;
  if (own == source) return {};
  return fail(FaultCode::unreachable,
              fmt::format("the system does not go to {} over the interface {}", to.to_string(),
                          wish_.interface));
}

void Uplink::silence(int descriptor) const {
  if (!refused_) return;
  // What is not to go through a router stays here: routes(7) has none that leads to the peer.
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_DONTROUTE, &on, sizeof on);
}

Result<IpAddress> hold(Uplink* uplink, int descriptor, const IpAddress& source) {
  if (uplink == nullptr) return source;
  return uplink->hold(descriptor, source);
}

// --- ties ----------------------------------------------------------------------------------------

void UplinkTie::tie(Uplink* uplink, const IpAddress& of) {
  untie();
  if (uplink == nullptr) return;
  uplink_ = uplink;
  family_ = family_of(of);
  slot_ = uplink->ties_[family_].size();
  uplink->ties_[family_].push_back(this);
}

void UplinkTie::untie() {
  if (uplink_ == nullptr) return;
  auto& ties = std::exchange(uplink_, nullptr)->ties_[family_];
  ties[slot_] = ties.back();
  ties[slot_]->slot_ = slot_;
  ties.pop_back();
}

}  // namespace seed::uv
