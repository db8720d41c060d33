// Descriptor: what poll(2) is to wait for.
#pragma once

namespace seed::ctl {

struct Descriptor {
  int number = -1;
  bool writes = false;  ///< until it can be written to; else until there is something to read

  bool operator==(const Descriptor&) const = default;
};

}  // namespace seed::ctl
