// Resolver: names to addresses, off the loop.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/ids.h"
#include "core/base/result.h"

namespace seed::io {

class Resolver {
 public:
  virtual ~Resolver() = default;
  /// IPv4 and IPv6 addresses of `host`, which may be a literal. The answer comes later, on the
  /// loop, unless cancelled. Fault unreachable: no such name.
  virtual LookupId resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) = 0;
  virtual void cancel(LookupId id) = 0;
};

}  // namespace seed::io
