#include "daemon/scripts.h"

#include <unistd.h>

#include <array>
#include <ctime>
#include <utility>

#include "daemon/script_environment.h"
#include "daemon/version.h"

namespace seed::daemon {

Scripts::Scripts(uv::Loop& loop, const io::Clock& clock, session::Session& session,
                 log::Logger logger)
    : loop_(loop),
      clock_(clock),
      session_(session),
      log_(std::move(logger)),
      look_(loop, this, [](void* self) { static_cast<Scripts*>(self)->look(); }) {
  for (const char* const* variable = environ; *variable != nullptr; ++variable)
    inherited_.emplace_back(*variable);
}

void Scripts::on_settings(const config::Settings& settings) {
  settings_ = settings;
  watch(wants_scripts(settings_));
}

void Scripts::watch(bool on) {
  if (std::exchange(watching_, on) == on) return;
  if (!on) return session_.on_events(nullptr);
  // What happened while there was no program is not made up for.
  session_.take_events();
  session_.on_events([this] { look_.schedule(); });
}

void Scripts::stop() {
  watch(false);
  settings_ = {};
  if (const auto count = queue_.drop_waiting(); count > 0)
    log_.warn("programs that waited are not run", {{"count", count}});
}

void Scripts::look() {
  for (const auto& event : session_.take_events()) {
    const auto occasion = occasion_of(event);
    if (!occasion || script_for(settings_, *occasion).empty()) continue;
    ask(*occasion, session::torrent_of(event)->number);
  }
}

void Scripts::ask(Occasion occasion, session::TorrentNumber torrent) {
  session::ListQuery query;
  query.which.kind = session::Selection::Kind::listed;
  query.which.listed.emplace_back(torrent);
  query.groups.texts = true;
  query.groups.trackers = true;
  session_.list(query, [this, occasion](session::OrderResult<session::ListReply> reply) {
    // A torrent that is gone by now has no program run for it.
    if (!reply) return;
    for (const auto& facts : reply->torrents) offer(occasion, facts);
  });
}

void Scripts::offer(Occasion occasion, const session::TorrentSnapshot& torrent) {
  const std::string& path = script_for(settings_, occasion);
  if (path.empty()) return;
  ScriptRun run{occasion, torrent.number, path,
                script_environment(torrent, version, local_time(), inherited_)};
  if (!queue_.offer(std::move(run)))
    log_.warn("a program was not run: too many wait",
              {{"program", path}, {"for", name_of(occasion)}, {"torrent", torrent.name}});
  begin_waiting();
}

void Scripts::begin_waiting() {
  while (auto run = queue_.next()) begin(*std::move(run));
}

void Scripts::begin(ScriptRun run) {
  log_.debug("a program runs",
             {{"program", run.path}, {"for", name_of(run.occasion)}, {"id", run.torrent}});
  uv::Program program{run.path, std::move(run.environment)};
  const ChildId id = children_.insert({std::move(run), nullptr});
  children_.find(id)->process = std::make_unique<uv::ChildProcess>(
      loop_, std::move(program),
      [this, id](const Result<uv::ProgramEnd>& end) { on_end(id, end); });
}

void Scripts::on_end(ChildId id, const Result<uv::ProgramEnd>& end) {
  const auto child = children_.take(id);
  if (!end)
    log_.warn("a program was not run", {{"error", end.error().text}});
  else
    log_.write(end->well() ? log::Level::debug : log::Level::warn, "a program has ended",
               {{"program", child->run.path},
                {"for", name_of(child->run.occasion)},
                {"id", child->run.torrent},
                {"status", end->status},
                {"signal", end->signal}});
  queue_.on_ended();
  begin_waiting();
}

std::string Scripts::local_time() const {
  const std::time_t seconds = unix_seconds(clock_.wall());
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a %b %e %H:%M:%S %Y", &parts)};
}

}  // namespace seed::daemon
