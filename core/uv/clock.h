// Clock: the system's two clocks.
#pragma once

#include "core/io/clock.h"

namespace seed::uv {

class Clock final : public io::Clock {
 public:
  Instant now() const override;
  WallTime wall() const override;
  LocalTime local() const override;
};

}  // namespace seed::uv
