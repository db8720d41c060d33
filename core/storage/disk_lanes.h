// DiskLanes: on which lane a job runs that may wait for a disk, so that one that hangs holds some
// of the worker threads and leaves the others, and the store, to the rest.
//
// Of N threads (one of which is the store's) a disk has (N - 1) / 3 lanes for jobs that read and
// write, used in turn, and one for copies, which take long. Roots whose disk is not known yet share
// the lanes of one. The Checker's jobs are bounded by themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "core/io/workers.h"

namespace seed::storage {

class DiskLanes {
 public:
  explicit DiskLanes(std::size_t threads) : per_disk_(per_disk(threads)) {}

  /// Jobs at once of one kind on one disk.
  static std::size_t per_disk(std::size_t threads) { return threads < 8 ? 1 : (threads - 1) / 3; }

  /// `device` as Files::identity says; nothing when it is not known.
  io::Lane next(std::optional<std::uint64_t> device) {
    Lanes& lanes = of(device);
    return static_cast<io::Lane>(lanes.first + 1 + lanes.turn++ % per_disk_);
  }
  io::Lane copies(std::optional<std::uint64_t> device) {
    return static_cast<io::Lane>(of(device).first);
  }

 private:
  struct Lanes {
    std::uint64_t first = 0;
    std::uint64_t turn = 0;
  };
  Lanes& of(std::optional<std::uint64_t> device) {
    auto [found, is_new] = lanes_.try_emplace(device);
    if (is_new) {
      found->second.first = next_;
      next_ += 1 + per_disk_;
    }
    return found->second;
  }

  std::size_t per_disk_;
  std::map<std::optional<std::uint64_t>, Lanes> lanes_;
  std::uint64_t next_ = static_cast<std::uint64_t>(io::Lane::first_free);
};

}  // namespace seed::storage
