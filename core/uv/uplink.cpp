#include "core/uv/uplink.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "core/base/check.h"
#include "core/uv/routes.h"

namespace seed::uv {
namespace {

std::size_t family_of(const IpAddress& address) { return address.is_v4() ? 0 : 1; }

/// Only one address will do.
bool is_named(const std::optional<IpAddress>& wish) { return wish && !wish->is_unspecified(); }

std::string name_of_family(const IpAddress& of) { return of.is_v4() ? "IPv4" : "IPv6"; }

/// All of 127.0.0.0/8 is there with its first one.
bool covers(const IpAddress& there, const IpAddress& wanted) {
  if (there == wanted) return true;
  return there.is_v4() == wanted.is_v4() && there.is_loopback() && wanted.is_loopback();
}

/// The system lacks something, and so says nothing of what it was asked.
bool runs_short(const Fault& fault) {
  return fault.code == FaultCode::out_of_resources || fault.system_error == ENOBUFS;
}

/// This host has it, listed or not: by a route, or as a part of 127.0.0.0/8.
Result<bool> is_ours(const IpAddress& address) {
  const SocketAddress own({address, 0});
  const Descriptor probe(::socket(own.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (probe.ok() && ::bind(probe.get(), own.get(), own.size()) == 0) return true;
  auto fault = fault_from_errno(errno, "cannot ask for the address " + address.to_string());
  if (runs_short(fault)) return std::unexpected(std::move(fault));
  return false;
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

Uplink::Uplink(Loop& loop, Devices devices) : loop_(loop), devices_(devices) {
  SEED_CHECK(retry_.open(*this, [&](uv_timer_t* uv) { return uv_timer_init(loop.uv(), uv); }) == 0);
}

Uplink::~Uplink() {
  for (auto& ties : ties_)
    for (UplinkTie* tie : ties) tie->uplink_ = nullptr;
}

// --- what there is -------------------------------------------------------------------------------

void Uplink::bind(const io::UplinkWish& wish) {
  if (wish == wish_) return;
  wish_ = wish;
  refused_ = devices_ == Devices::refused;
  known_ = false;
  if (!is_bound()) stop_watching();
  auto* const owner = std::exchange(owner_, nullptr);
  update();
  owner_ = owner;
}

bool Uplink::is_bound() const {
  return names_interface() || is_named(wish_.v4) || is_named(wish_.v6);
}

Result<void> Uplink::watch() {
  if (poll_.is_open() && watches_routes_ == by_source_only()) return {};
  stop_watching();
  watches_routes_ = by_source_only();
  SEED_TRY(news_, watch_interfaces(watches_routes_ ? Watched::routes : Watched::addresses));
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

void Uplink::on_news(uv_poll_t* poll, int status, int) noexcept {
  Uplink* self = Handle<Uplink, uv_poll_t>::box_of(poll).owner;
  if (self == nullptr) return;
  const Loop::Entry entry(self->loop_, Work::uplink);
  if (status < 0)
    self->stop_watching();
  else
    take_news(self->news_);
  self->update();
}

void Uplink::on_retry(uv_timer_t* timer) noexcept {
  Uplink* self = Handle<Uplink, uv_timer_t>::box_of(timer).owner;
  if (self == nullptr) return;
  const Loop::Entry entry(self->loop_, Work::uplink);
  self->update();
}

void Uplink::update() {
  auto seen = look();
  if (seen) {
    uv_timer_stop(retry_.uv());
    known_ = true;
    return take(*std::move(seen));
  }
  // No news may come of what is lacking.
  constexpr auto wait =
      std::chrono::duration_cast<std::chrono::milliseconds>(ask_again_after).count();
  uv_timer_start(retry_.uv(), &on_retry, static_cast<std::uint64_t>(wait), 0);
  if (known_ && !by_source_only()) return;
  Seen nothing;
  nothing.facts = {.interface = wish_.interface,
                   .v4 = std::nullopt,
                   .v6 = std::nullopt,
                   .trouble = seen.error().text,
                   .by_source_only = by_source_only()};
  take(std::move(nothing));
}

void Uplink::take(Seen seen) {
  auto& next = seen.facts;
  next.life = facts_.life;
  const bool moved = std::exchange(index_, seen.index) != seen.index;
  // Who listens is to do so anew, or no more.
  const bool turned = std::exchange(to_world_, seen.to_world) != seen.to_world;
  const std::array lost{facts_.v4 && (moved || facts_.v4 != next.v4),
                        facts_.v6 && (moved || facts_.v6 != next.v6)};
  // IPv6 often comes some seconds after IPv4, and then is no reason to tell all again.
  const bool came = (!facts_.there() && next.there()) || (!facts_.v4 && next.v4);
  if (lost[0] || lost[1] || came || turned) ++next.life;
  const bool same = next == facts_;
  facts_ = std::move(next);
  for (std::size_t family = 0; family < lost.size(); ++family)
    if (lost[family]) cut(ties_[family]);
  cut_other_ways();
  if (!same && owner_ != nullptr) owner_->on_uplink();
}

Result<Uplink::Seen> Uplink::look() {
  Seen out;
  auto& facts = out.facts;
  facts.interface = wish_.interface;
  facts.v4 = wish_.v4;
  facts.v6 = wish_.v6;
  if (!is_bound()) return out;
  SEED_TRY_VOID(try_devices());
  facts.by_source_only = by_source_only();
  // What cannot be watched is not to be relied on.
  SEED_TRY_VOID(watch());
  SEED_TRY(facts.trouble, find(out.index));
  if (facts.there()) SEED_TRY_VOID(choose(facts, out.index));
  if (!facts.there()) {
    facts.v4.reset();
    facts.v6.reset();
  } else if (by_source_only()) {
    SEED_TRY(out.to_world, leads_to_world(facts));
  }
  return out;
}

/// So that it is known, and told, before the first socket.
Result<void> Uplink::try_devices() {
  if (refused_ || !names_interface()) return {};
  const Descriptor probe(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!probe.ok())
    return std::unexpected(fault_from_errno(errno, "cannot ask for network interfaces"));
  // Whether it may be is said before whether there is such an interface.
  refused_ = !hold_to_device(probe.get(), wish_.interface) && errno == EPERM;
  return {};
}

/// Why the interface is none to go over; empty: it is.
Result<std::string> Uplink::find(int& index) const {
  const std::string& name = wish_.interface;
  if (name.empty()) return std::string();
  SEED_TRY(const auto found, find_interface(name));
  if (!found) return fmt::format("the interface {} is not there", name);
  if (!found->up) return fmt::format("the interface {} is down", name);
  if (!found->connected) return fmt::format("the interface {} is not connected", name);
  index = found->index;
  return std::string();
}

Result<void> Uplink::choose(io::UplinkFacts& next, int index) const {
  bool v6_left_out = false;
  if (names_interface()) {
    SEED_TRY(auto there, list_addresses());
    std::erase_if(there, [&](const auto& one) { return one.index != index; });
    next.v4 = best(there, wish_.v4, facts_.v4);
    next.v6 = best(there, wish_.v6, facts_.v6);
    if (by_source_only()) v6_left_out = std::exchange(next.v6, std::nullopt).has_value();
  } else {
    // A family of which no address is named goes as the system wants.
    for (auto* own : {&next.v4, &next.v6}) {
      if (!is_named(*own)) continue;
      SEED_TRY(const bool ours, is_ours(**own));
      if (!ours) own->reset();
    }
  }
  if (next.v4 || next.v6 || (!wish_.v4 && !wish_.v6)) return {};
  next.trouble = nothing_usable();
  if (v6_left_out)
    next.trouble = fmt::format(
        "IPv6 is not held to the interface {} here, which has no other address", wish_.interface);
  return {};
}

std::string Uplink::nothing_usable() const {
  const IpAddress* named = is_named(wish_.v4)   ? &*wish_.v4
                           : is_named(wish_.v6) ? &*wish_.v6
                                                : nullptr;
  const std::string what =
      named == nullptr ? "no address" : "not the address " + named->to_string();
  return names_interface() ? fmt::format("the interface {} has {}", wish_.interface, what)
                           : fmt::format("this host has {}", what);
}

/// `ties`: a copy, for each is over before it is told.
void Uplink::cut(std::vector<UplinkTie*> ties) {
  for (UplinkTie* tie : ties) tie->untie();
  for (UplinkTie* tie : ties) tie->cut_(tie->context_);
}

void Uplink::cut_other_ways() {
  if (!by_source_only()) return;
  std::vector<UplinkTie*> other;
  for (UplinkTie* tie : ties_[0]) {
    if (!tie->way_) continue;
    const bool ours = tie->way_->is_unspecified() ? to_world_ : check_way(*tie->way_).has_value();
    if (!ours) other.push_back(tie);
  }
  cut(std::move(other));
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
  if (by_source_only() && of.is_v6())
    return fmt::format("IPv6 is not held to the interface {} here", wish_.interface);
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
  SEED_TRY(auto trouble, find(index));
  if (!trouble.empty()) return fail(FaultCode::cut_off, std::move(trouble));
  SEED_TRY(const auto there, list_addresses());
  if (std::ranges::none_of(there, [&](const auto& one) {
        return one.index == index && one.usable && covers(one.address, own);
      }))
    return fail(FaultCode::cut_off, fmt::format("the interface {} has not the address {}",
                                                wish_.interface, own.to_string()));
  // Datagrams leave by it, whatever the routes say; connections do not heed this.
  if (!set_option(descriptor, IPPROTO_IP, IP_UNICAST_IF, htonl(static_cast<std::uint32_t>(index))))
    return fail(FaultCode::cut_off,
                fault_from_errno(errno, "cannot go over the interface " + wish_.interface).text);
  return own;
}

Result<void> Uplink::check_way(const IpAddress& to) const {
  if (!by_source_only()) return {};
  if (to.is_unspecified()) {
    SEED_TRY(const bool all, leads_to_world(facts_));
    if (all) return {};
    return fail(FaultCode::unreachable,
                fmt::format("the interface {} is not the default route", wish_.interface));
  }
  SEED_TRY(const IpAddress source, source_towards(to, {}));
  if (source == (to.is_v4() ? facts_.v4 : facts_.v6)) return {};
  return fail(FaultCode::unreachable,
              fmt::format("the system does not go to {} over the interface {}", to.to_string(),
                          wish_.interface));
}

Result<bool> Uplink::leads_to_world(const io::UplinkFacts& facts) const {
  // The first and the last that are given out: a route may be to half of all ("def1" of OpenVPN).
  for (const IpAddress& end : {IpAddress::v4(0x01000000), IpAddress::v4(0xdfffffff)}) {
    const auto source = source_towards(end, {});
    if (!source && runs_short(source.error())) return std::unexpected(source.error());
    if (!source || *source != facts.v4) return false;
  }
  return true;
}

void Uplink::silence(int descriptor) const {
  set_option(descriptor, SOL_SOCKET, SO_LINGER, linger{.l_onoff = 1, .l_linger = 0});
  // Nothing of that leaves this machine. For who is not root a socket stays where it is held.
  if (devices_ == Devices::held && hold_to_device(descriptor, "lo")) return;
  // What is not to go through a router stays here: routes(7) has none that leads to the peer.
  set_option(descriptor, SOL_SOCKET, SO_DONTROUTE, 1);
}

Result<IpAddress> hold(Uplink* uplink, int descriptor, const IpAddress& source) {
  if (uplink == nullptr) return source;
  return uplink->hold(descriptor, source);
}

// --- ties ----------------------------------------------------------------------------------------

void UplinkTie::tie_way(Uplink* uplink, const IpAddress& to) {
  tie(uplink, to);
  way_ = to;
}

void UplinkTie::tie(Uplink* uplink, const IpAddress& of) {
  untie();
  way_.reset();
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
