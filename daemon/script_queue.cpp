#include "daemon/script_queue.h"

#include <array>
#include <utility>

#include "core/base/check.h"
#include "core/base/limits.h"

namespace seed::daemon {
namespace {

constexpr std::array occasions{Occasion::added, Occasion::done, Occasion::done_seeding};

}  // namespace

std::string_view name_of(Occasion occasion) {
  switch (occasion) {
    case Occasion::added:
      return "torrent_added";
    case Occasion::done:
      return "torrent_done";
    case Occasion::done_seeding:
      return "torrent_done_seeding";
  }
  return "";
}

std::optional<Occasion> occasion_of(const session::Event& event) {
  if (std::holds_alternative<session::TorrentAdded>(event)) return Occasion::added;
  if (std::holds_alternative<session::TorrentCompleted>(event)) return Occasion::done;
  if (std::holds_alternative<session::TorrentSeedingDone>(event)) return Occasion::done_seeding;
  return std::nullopt;
}

const std::string& script_for(const config::Settings& settings, Occasion occasion) {
  static const std::string none;
  switch (occasion) {
    case Occasion::added:
      return settings.script_torrent_added_enabled ? settings.script_torrent_added_filename : none;
    case Occasion::done:
      return settings.script_torrent_done_enabled ? settings.script_torrent_done_filename : none;
    case Occasion::done_seeding:
      return settings.script_torrent_done_seeding_enabled
                 ? settings.script_torrent_done_seeding_filename
                 : none;
  }
  return none;
}

bool wants_scripts(const config::Settings& settings) {
  for (const Occasion occasion : occasions)
    if (!script_for(settings, occasion).empty()) return true;
  return false;
}

bool ScriptQueue::offer(ScriptRun run) {
  if (waiting_.size() >= limits::scripts_waiting_max) return false;
  waiting_.push_back(std::move(run));
  return true;
}

std::optional<ScriptRun> ScriptQueue::next() {
  if (waiting_.empty() || running_ >= limits::scripts_running_max) return std::nullopt;
  ++running_;
  auto run = std::move(waiting_.front());
  waiting_.pop_front();
  return run;
}

void ScriptQueue::on_ended() {
  SEED_CHECK(running_ > 0);
  --running_;
}

std::size_t ScriptQueue::drop_waiting() {
  const std::size_t count = waiting_.size();
  waiting_.clear();
  return count;
}

}  // namespace seed::daemon
