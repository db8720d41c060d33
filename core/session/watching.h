// Watching: adds the .torrent files that appear in a folder.
//
// The folder is listed every `poll_every`; a file is taken when two looks in a row found it the
// same, so that a copy under way is left alone. Added: renamed to ".torrent.added", or deleted if
// the setting says so; one that was replaced meanwhile is another file. Bad: renamed to
// ".torrent.invalid", the reason in the log; one that is empty or cut short only when it has stayed
// so for `writer_waits_max`. One that could not be read or added for a fault of the system is left
// as it is, and tried again. Links and folders of such a name are told of once and left alone.
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
  /// Who writes a file over a stalling network goes on by then, or never.
  static constexpr Duration writer_waits_max = 60s;
  /// A full disk or the like takes its time.
  static constexpr Duration retry_every = 30s;
  /// What became of a .torrent.
  enum class Fate : std::uint8_t {
    added,    ///< or was there
    refused,  ///< it is bad
    failed,   ///< it may be added another time
  };
  struct Outcome {
    Fate fate = Fate::added;
    std::string reason;  ///< unless it was added
  };
  using Add = std::function<void(Buffer torrent, std::move_only_function<void(Outcome)> answer)>;

  /// This object outlives its jobs, or the workers are gone first.
  Watching(io::Workers& workers, Add add, log::Logger log);

  void on_second(const config::Settings& settings, Instant now);

 private:
  struct Found {
    std::string name;
    io::FileStamp stamp;
    bool regular = true;
  };
  struct Seen {
    io::FileStamp stamp;
    Instant since;  ///< the look that first found it so
  };
  /// A file that was taken and is there still.
  struct Taken {
    bool under_way = true;
    Instant again = never;
    std::string told;  ///< why it stays
  };
  struct Look {
    std::vector<Found> files;
    std::string error;
  };

  void on_look(const SafePath& folder, Look look);
  bool is_to_be_taken(const Found& file);
  void take(const SafePath& folder, const Found& file, Instant settled);
  void on_outcome(const SafePath& folder, const Found& file, const Outcome& outcome);
  void mark(const SafePath& folder, const Found& file, bool bad);
  void wait_for_writer(const std::string& name, Instant settled);
  void leave(const std::string& name, Instant again, const std::string& why);

  io::Workers& workers_;
  Add add_;
  log::Logger log_;
  bool looking_ = false;
  bool delete_added_ = false;
  Instant next_look_{};
  Instant looked_at_{};
  std::string error_told_;
  std::map<std::string, Seen> seen_;
  std::map<std::string, Taken> taken_;
};

}  // namespace seed::session
