// Http: one HTTP or HTTPS exchange at a time per call; the adapter keeps connections alive.
//
// get() is for answers that fit into memory, open() for those that do not: their octets are handed
// over as they come, as far as their owner has room for them.
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

/// Octets `first` to `last` of what a URL names, both included (RFC 9110, 14.1.2).
struct HttpRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool operator==(const HttpRange&) const = default;
};

struct HttpRequest {
  std::string url{};
  /// Nothing: all of it. A server may answer with all of it nevertheless.
  std::optional<HttpRange> range{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string user_agent{};
  /// As it comes, or decoded if it is; beyond: cut off, Fault too_large.
  std::size_t body_bytes_max = 1u << 20;
  /// Of get(): for all of it. Of open(): for each connection to be made.
  Duration timeout = 30s;
  /// Of open(): so long nothing has come, though it would have been taken.
  Duration idle_max = 60s;
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

/// What comes in front of a body. Texts are as the server sent them, without blanks around them,
/// and empty where it sent none.
struct HttpHead {
  int status = 0;
  std::optional<std::uint64_t> content_length{};  ///< octets of the body
  std::string content_range{};
  std::string content_encoding{};
  std::string content_type{};
  std::string retry_after{};
  std::string final_url{};
  IpAddress remote{};
};

/// Hears of one open(). Each call may cancel this exchange or others, or open more.
class HttpStreamOwner {
 public:
  virtual ~HttpStreamOwner() = default;
  /// Once, before all octets; not at all when on_end() has a Fault that came sooner.
  virtual void on_head(const HttpHead& head) = 0;
  /// How many octets on_body() may have now; 0 until Http::resume().
  virtual std::size_t may_read() = 0;
  /// 1 octet up to what may_read() said; in order. `part` holds during the call.
  virtual void on_body(Bytes part) = 0;
  /// The last call, unless cancelled: all of the body has been handed over, or a Fault as of get().
  /// body_bytes_max octets have been handed over when it is too_large.
  virtual void on_end(Result<void> result) = 0;
};

class Http {
 public:
  virtual ~Http() = default;
  /// The answer comes later, on the loop, unless cancelled: a reply of any status, or a Fault
  /// (timed_out, unreachable, refused, too_large, malformed; permission: a private address, or this
  /// host's own) with a text for the user.
  virtual HttpCallId get(HttpRequest request, Answer<HttpReply> answer) = 0;
  /// The same, never decoded. `owner` hears of it later, on the loop, and outlives it or cancels
  /// it.
  virtual HttpCallId open(HttpRequest request, HttpStreamOwner& owner) = 0;
  /// may_read() is asked again.
  virtual void resume(HttpCallId id) = 0;
  /// Of either kind. Nothing is heard of it any more.
  virtual void cancel(HttpCallId id) = 0;
};

}  // namespace seed::io
