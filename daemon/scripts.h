// Scripts: runs the user's programs when a torrent was added, is complete or has done its seeding.
//
//   event -> facts of the torrent -> ScriptQueue -> ChildProcess -> ended, and the next one begins
//
// What a program does is its own affair: it is waited for to free its place, and a failure is
// logged. At the stop those that run go on alone, and those that wait are not run any more.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/settings.h"
#include "core/base/ids.h"
#include "core/io/clock.h"
#include "core/log/logger.h"
#include "core/session/session.h"
#include "core/uv/child_process.h"
#include "core/uv/loop.h"
#include "daemon/script_queue.h"

namespace seed::daemon {

class Scripts {
 public:
  /// All are on the loop's thread and outlive it; the session goes first.
  Scripts(uv::Loop& loop, const io::Clock& clock, session::Session& session, log::Logger logger);
  Scripts(const Scripts&) = delete;
  Scripts& operator=(const Scripts&) = delete;

  /// Which programs there are from now on; called once before anything is run.
  void on_settings(const config::Settings& settings);
  /// Runs nothing any more.
  void stop();

 private:
  using ChildId = SlotId<struct ChildTag>;
  struct Child {
    ScriptRun run;
    std::unique_ptr<uv::ChildProcess> process;
  };
  void watch(bool on);
  void look();
  void ask(Occasion occasion, session::TorrentNumber torrent);
  void offer(Occasion occasion, const session::TorrentSnapshot& torrent);
  void begin_waiting();
  void begin(ScriptRun run);
  void on_end(ChildId id, const Result<uv::ProgramEnd>& end);
  std::string local_time() const;

  uv::Loop& loop_;
  const io::Clock& clock_;
  session::Session& session_;
  log::Logger log_;
  config::Settings settings_;
  std::vector<std::string> inherited_;
  ScriptQueue queue_;
  SlotMap<Child, struct ChildTag> children_;
  bool watching_ = false;
  uv::TurnTask look_;  ///< for the session tells of events while it is at work
};

}  // namespace seed::daemon
