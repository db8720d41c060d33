// Upnp: port mappings by a router's UPnP, by miniupnpc. Its calls wait for the network: for one
// thread at a time that may wait, and not the loop's.
//
//   map/unmap -> [search, 2 s; description] -> SOAP calls          the router found is kept
//
// Heard is only a router at the address that was asked for: what others on the network announce is
// passed over before anything is fetched from it, and a router that would have its calls sent
// elsewhere is not used. miniupnpc waits up to 5 s for each part of an answer, and does not bound
// how long one is: it comes from the router, whom we trust with more.
#pragma once

#include <memory>
#include <optional>

#include "core/io/gateway.h"

namespace seed::uv {

/// Descriptions fetched in one search. Beyond: passed over.
inline constexpr int upnp_routers_max = 4;

class Upnp {
 public:
  Upnp();
  ~Upnp();
  Upnp(const Upnp&) = delete;
  Upnp& operator=(const Upnp&) = delete;

  /// As io::Gateway::upnp_map. A router that gives no lease gives it for good.
  Result<io::UpnpMapping> map(const io::UpnpMapping& wanted);
  /// As io::Gateway::upnp_unmap. A mapping that the router does not have is taken back.
  Result<void> unmap(const io::UpnpMapping& mapping);

 private:
  struct Router;

  Result<void> find(const io::UpnpRouter& via);
  Result<io::UpnpMapping> add(const io::UpnpMapping& wanted);

  std::unique_ptr<Router> router_;  ///< the one used last
};

}  // namespace seed::uv
