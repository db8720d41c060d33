// Watching: adds the .torrent files that appear in a folder.
//
// The folder is listed every `poll_every`; a file is taken when two looks in a row found it the
// same, so that a copy under way is left alone. Added: renamed to ".torrent.added", or deleted if
// the setting says so. Bad: renamed to ".torrent.invalid", the reason in the log.
//
// Bounds: `files_per_look_max` taken at a look; the rest at the next.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "config/settings.h"
#include "core/base/instant.h"
#include "core/base/safe_path.h"
#include "core/io/workers.h"
#include "core/log/logger.h"

namespace seed::session {

class Watching {
 public:
  static constexpr Duration poll_every = 2s;
  static constexpr std::size_t files_per_look_max = 64;
  /// Adds a .torrent; the answer is empty when it was added (or was there), else the reason.
  using Add =
      std::function<void(Buffer torrent, std::move_only_function<void(std::string)> answer)>;

  /// This object outlives its jobs, or the workers are gone first.
  Watching(io::Workers& workers, Add add, log::Logger log);

  void on_second(const config::Settings& settings, Instant now);

 private:
  struct Found {
    std::string name;
    io::FileStamp stamp;
  };
  struct Look {
    std::vector<Found> files;
    std::string error;
  };

  void on_look(const SafePath& folder, Look look);
  void take(const SafePath& folder, const std::string& name);
  void mark(const SafePath& folder, const std::string& name, const std::string& reason);

  io::Workers& workers_;
  Add add_;
  log::Logger log_;
  bool looking_ = false;
  bool delete_added_ = false;
  Instant next_look_{};
  std::string error_told_;
  std::map<std::string, io::FileStamp> seen_;
  std::map<std::string, bool> taken_;
};

}  // namespace seed::session
