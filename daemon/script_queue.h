// ScriptQueue: which program of the user's is run at which occasion, and how many at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "core/session/event.h"

namespace seed::daemon {

enum class Occasion : std::uint8_t { added, done, done_seeding };

/// As the settings spell it: "torrent_done".
std::string_view name_of(Occasion occasion);
/// The occasion that an event is; nothing for one without a script.
std::optional<Occasion> occasion_of(const session::Event& event);
/// Absolute path of the program to run; "" for none.
const std::string& script_for(const config::Settings& settings, Occasion occasion);
/// Whether any occasion has a program.
bool wants_scripts(const config::Settings& settings);

/// One program to be run for one torrent.
struct ScriptRun {
  Occasion occasion = Occasion::added;
  session::TorrentNumber torrent = 0;
  std::string path;
  std::vector<std::string> environment;
};

/// First come, first served; no more than `scripts_running_max` at once.
class ScriptQueue {
 public:
  /// False: `scripts_waiting_max` wait already, and this one is left out.
  bool offer(ScriptRun run);
  /// One that may begin now; from then on it is running, until on_ended.
  std::optional<ScriptRun> next();
  void on_ended();
  /// Leaves out those that wait; how many they were.
  std::size_t drop_waiting();

  std::size_t running() const { return running_; }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  std::deque<ScriptRun> waiting_;
  std::size_t running_ = 0;
};

}  // namespace seed::daemon
