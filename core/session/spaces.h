// Spaces: how much space folders have, as their disks say. One question a folder is under way at a
// time, for all who ask.
//
// Bounds: limits::space_wait_max for an answer; then it is what was measured last, or Fault
// timed_out. folders_max folders; beyond, Fault busy while all of them are waited for. This object
// outlives its jobs, or the workers are gone first.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/instant.h"
#include "core/base/safe_path.h"
#include "core/io/workers.h"
#include "core/storage/roots.h"

namespace seed::session {

class Spaces {
 public:
  static constexpr std::size_t folders_max = 256;

  /// Both outlive it.
  Spaces(io::Workers& workers, storage::Roots& roots) : workers_(workers), roots_(roots) {}

  void ask(const SafePath& folder, Instant now, Answer<io::DiskSpace> answer);
  /// What was measured last; nothing when that is not known.
  std::optional<io::DiskSpace> last(const SafePath& folder) const {
    const auto found = folders_.find(folder.full());
    return found == folders_.end() ? std::nullopt : found->second.last;
  }
  /// Once a second: answers those who waited long enough.
  void on_second(Instant now);

 private:
  struct Waiting {
    Instant until;
    Answer<io::DiskSpace> answer;
  };
  struct Folder {
    std::optional<io::DiskSpace> last;
    bool under_way = false;
    std::vector<Waiting> waiting;
  };
  bool make_room();
  void measure(const SafePath& folder);
  void on_measured(const std::string& folder, const Result<io::DiskSpace>& space);

  io::Workers& workers_;
  storage::Roots& roots_;
  std::map<std::string, Folder> folders_;
};

}  // namespace seed::session
