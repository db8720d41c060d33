#include "core/uv/upnp.h"

#include <fmt/format.h>
#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <miniupnpc/upnperrors.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/url.h"
#include "core/uv/routes.h"

namespace seed::uv {
namespace {

/// How long routers have to answer a search: as they are told (UPnP Device Architecture 1.0, 1.2.2,
/// "MX"), and as other clients give them.
constexpr int search_ms = 2000;
/// Routers that the search passes (UPnP Device Architecture 1.0, 1.2.2).
constexpr unsigned char search_hops = 2;
/// Routers list it beside each mapping.
constexpr const char* description = "seedd";

/// WANIPConnection:1 and :2, AddPortMapping.
constexpr int error_invalid_action = 401;
constexpr int error_no_such_entry = 714;
constexpr int error_conflict = 718;
constexpr int error_same_ports_required = 724;
constexpr int error_only_permanent = 725;
constexpr int error_conflict_with_other = 729;

using Devices = std::unique_ptr<UPNPDev, void (*)(UPNPDev*)>;

Devices search(const IpAddress& source) {
  // Routers of version 2 answer to the search for version 1 too, as they must; some do not.
  static constexpr std::array<const char*, 3> kinds{
      "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
      "urn:schemas-upnp-org:device:InternetGatewayDevice:2", nullptr};
  int error = 0;
  return {upnpDiscoverDevices(kinds.data(), search_ms, source.to_string().c_str(), nullptr,
                              UPNP_LOCAL_PORT_ANY, 0, search_hops, &error, 1),
          &freeUPNPDevlist};
}

/// The address that the URL names, which is no name that would have to be looked up.
std::optional<IpAddress> address_in(const char* text) {
  if (text == nullptr) return std::nullopt;
  const auto url = Url::parse(text);
  if (!url || url->scheme != "http") return std::nullopt;
  return IpAddress::parse(url->host);
}

bool is_believed(const IpAddress& address, const IpAddress& router) {
  if (!address.is_v4()) return false;
  return router.is_unspecified() ? address.is_private() && !address.is_loopback()
                                 : address == router;
}

Fault fault_of(int error, std::string_view doing) {
  const char* words = strupnperror(error);
  const FaultCode code = error == error_conflict || error == error_conflict_with_other
                             ? FaultCode::exists
                         : error > 0 ? FaultCode::refused
                                     : FaultCode::unreachable;
  return {code, 0,
          fmt::format("the router did not {}: {} ({})", doing,
                      words != nullptr ? words : "no reason that is known", error)};
}

}  // namespace

/// What miniupnpc knows of a router.
struct Upnp::Router {
  io::UpnpRouter via;
  UPNPUrls urls{};
  IGDdatas data{};
  bool connected = false;

  Router() = default;
  ~Router() { FreeUPNPUrls(&urls); }
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  const char* control() const { return urls.controlURL; }
  const char* service() const { return data.first.servicetype; }
  bool is_version_2() const { return std::string_view(service()).ends_with("WANIPConnection:2"); }

  /// Fetches the description. False when it is not one of a router that can map ports itself.
  bool read(const char* description_url) {
    std::array<char, 64> local{};
    if (UPNP_GetIGDFromUrl(description_url, &urls, &data, local.data(),
                           static_cast<int>(local.size())) != 1)
      return false;
    const auto described = address_in(description_url);
    if (!std::string_view(service()).starts_with("urn:schemas-upnp-org:service:WAN")) return false;
    if (address_in(control()) != described) return false;
    connected = UPNPIGD_IsConnected(&urls, &data) == 1;
    if (!connected && data.second.servicetype[0] != '\0') try_second(description_url);
    return address_in(control()) == described;
  }

 private:
  /// A router may have a connection by IP and one by PPP, of which one is up.
  void try_second(const char* description_url) {
    std::swap(data.first, data.second);
    FreeUPNPUrls(&urls);
    GetUPNPUrls(&urls, &data, description_url, 0);
    if (address_in(control()) == address_in(description_url))
      connected = UPNPIGD_IsConnected(&urls, &data) == 1;
  }
};

Upnp::Upnp() = default;
Upnp::~Upnp() = default;

/// The first router that is connected, else the first.
Result<void> Upnp::find(const io::UpnpRouter& via) {
  router_.reset();
  const Devices devices = search(via.source);
  int fetched = 0;
  bool from_elsewhere = false;
  for (const UPNPDev* device = devices.get(); device != nullptr; device = device->pNext) {
    const auto address = address_in(device->descURL);
    if (!address || !is_believed(*address, via.router)) continue;
    if (source_towards(*address, {}) != via.source) {
      from_elsewhere = true;
      continue;
    }
    if (++fetched > upnp_routers_max) break;
    auto router = std::make_unique<Router>();
    router->via = via;
    if (!router->read(device->descURL)) continue;
    const bool connected = router->connected;
    if (connected || !router_) router_ = std::move(router);
    if (connected) break;
  }
  if (router_) return {};
  if (from_elsewhere)
    return fail(FaultCode::unreachable,
                fmt::format("the router is not reached from {}", via.source.to_string()));
  return fail(FaultCode::not_found, "no router answers by UPnP");
}

Result<io::UpnpMapping> Upnp::map(const io::UpnpMapping& wanted) {
  const bool known = router_ && router_->via == wanted.via &&
                     source_towards(*address_in(router_->control()), {}) == wanted.via.source;
  if (known) {
    auto made = add(wanted);
    // It may have been restarted with other ports.
    if (made || made.error().code != FaultCode::unreachable) return made;
  }
  SEED_TRY_VOID(find(wanted.via));
  return add(wanted);
}

Result<io::UpnpMapping> Upnp::add(const io::UpnpMapping& wanted) {
  io::UpnpMapping out = wanted;
  const auto inner = std::to_string(wanted.internal_port);
  const auto source = wanted.via.source.to_string();
  const char* protocol = wanted.udp ? "UDP" : "TCP";
  const auto ask = [&](bool any) {
    const auto outer = std::to_string(out.external_port);
    const auto lease =
        std::to_string(std::chrono::floor<std::chrono::seconds>(out.lifetime).count());
    if (!any)
      return UPNP_AddPortMapping(router_->control(), router_->service(), outer.c_str(),
                                 inner.c_str(), source.c_str(), description, protocol, nullptr,
                                 lease.c_str());
    std::array<char, 6> given{};
    const int error = UPNP_AddAnyPortMapping(router_->control(), router_->service(), outer.c_str(),
                                             inner.c_str(), source.c_str(), description, protocol,
                                             nullptr, lease.c_str(), given.data());
    if (error == UPNPCOMMAND_SUCCESS)
      out.external_port = static_cast<std::uint16_t>(std::strtoul(given.data(), nullptr, 10));
    return error;
  };
  // Version 2 gives another port where this one is taken.
  int error = router_->is_version_2() ? ask(true) : error_invalid_action;
  if (error == error_invalid_action) error = ask(false);
  if (error == error_only_permanent) {
    out.lifetime = {};
    error = ask(false);
  }
  if (error == error_same_ports_required) {
    out.external_port = wanted.internal_port;
    error = ask(false);
  }
  if (error != UPNPCOMMAND_SUCCESS) return std::unexpected(fault_of(error, "forward the port"));
  std::array<char, 64> address{};
  if (UPNP_GetExternalIPAddress(router_->control(), router_->service(), address.data()) ==
      UPNPCOMMAND_SUCCESS)
    out.external_address = IpAddress::parse(address.data()).value_or(IpAddress{});
  return out;
}

Result<void> Upnp::unmap(const io::UpnpMapping& mapping) {
  if (!router_ || router_->via != mapping.via) SEED_TRY_VOID(find(mapping.via));
  const int error = UPNP_DeletePortMapping(router_->control(), router_->service(),
                                           std::to_string(mapping.external_port).c_str(),
                                           mapping.udp ? "UDP" : "TCP", nullptr);
  if (error == UPNPCOMMAND_SUCCESS || error == error_no_such_entry) return {};
  return std::unexpected(fault_of(error, "take the mapping back"));
}

}  // namespace seed::uv
