// ProgramFacts: what the rest of the program knows of its own work: the loop's turns, the jobs. The
// daemon fills it in on the loop; for /metrics.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "core/base/duration_counts.h"

namespace seed::rpc {

struct ProgramFacts {
  struct Jobs {
    std::string_view kind;
    DurationCounts waited;
    DurationCounts ran;
  };
  DurationCounts turns;
  std::array<Jobs, 3> jobs;
  std::size_t jobs_pending = 0;
  std::size_t job_threads = 0;
};

}  // namespace seed::rpc
