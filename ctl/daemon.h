// Daemon: one call to the daemon. Client speaks to a real one, tests give canned answers.
#pragma once

#include <string>
#include <string_view>

#include "ctl/json.h"
#include "ctl/outcome.h"

namespace seed::ctl {

class Daemon {
 public:
  virtual ~Daemon() = default;
  /// The result of `method`, or what the daemon (Exit::refused) or the network
  /// (Exit::unreachable) has against it.
  virtual Outcome<Json> call(std::string_view method, const Json& params) = 0;
};

}  // namespace seed::ctl
