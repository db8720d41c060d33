// Http: one HTTP or HTTPS exchange at a time per call; the adapter keeps connections alive.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/proxy_url.h"
#include "core/base/result.h"

namespace seed::io {

/// Where connections go out from. Unspecified: the system chooses; none: not over that family.
struct SourceAddresses {
  std::optional<IpAddress> v4 = IpAddress::any_v4();
  std::optional<IpAddress> v6 = IpAddress::any_v6();
};

struct HttpRequest {
  std::string url{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string user_agent{};
  /// As it comes, or decoded if it is; beyond: cut off, Fault too_large.
  std::size_t body_bytes_max = 1u << 20;
  Duration timeout = 30s;
  int redirects_max = 5;
  SourceAddresses sources{};
  /// Asks for gzip and undoes it, on the loop: for small answers. Else asks for what is not
  /// encoded; what is nevertheless comes as it is.
  bool decode = false;
  /// Through which all of it goes, names unresolved; nothing of it goes by another way.
  std::optional<ProxyUrl> proxy{};
  /// False refuses what is not is_public(), at every redirect, and this host's own address. Of what
  /// goes through a proxy only literal addresses can be judged, for it is that which resolves
  /// names.
  bool private_addresses_allowed = false;
};

struct HttpReply {
  int status = 0;
  Buffer body;
  std::string content_type;
  std::string final_url;
  IpAddress remote;
};

class Http {
 public:
  virtual ~Http() = default;
  /// The answer comes later, on the loop, unless cancelled: a reply of any status, or a Fault
  /// (timed_out, unreachable, refused, too_large, malformed; permission: a private address, or this
  /// host's own) with a text for the user.
  virtual HttpCallId get(HttpRequest request, Answer<HttpReply> answer) = 0;
  virtual void cancel(HttpCallId id) = 0;
};

}  // namespace seed::io
