// Gateway: asks the router to forward a port to us.
#pragma once

#include <cstdint>

#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/result.h"

namespace seed::io {

struct PortMapping {
  std::uint16_t internal_port = 0;
  std::uint16_t external_port = 0;  ///< asked for, and in the answer: given
  bool udp = false;
  Duration lifetime = 1h;
};

class Gateway {
 public:
  virtual ~Gateway() = default;
  virtual void map(const PortMapping& wanted, Answer<PortMapping> answer) = 0;
  virtual void unmap(const PortMapping& mapping) = 0;
};

}  // namespace seed::io
