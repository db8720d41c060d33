// ProcessFacts: what the system says of this process (proc(5)); for /metrics. What cannot be read
// is 0.
#pragma once

#include <cstdint>

namespace seed::rpc {

struct ProcessFacts {
  double start_time = 0;   ///< Unix seconds
  double cpu_seconds = 0;  ///< user and system
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
  std::uint64_t threads = 0;
};

/// Reads files below /proc, which never waits for a disk.
ProcessFacts read_process_facts();

}  // namespace seed::rpc
