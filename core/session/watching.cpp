#include "core/session/watching.h"

#include <utility>

#include "core/base/limits.h"

namespace seed::session {

Watching::Watching(io::Workers& workers, Add add, log::Logger log)
    : workers_(workers), add_(std::move(add)), log_(std::move(log)) {}

void Watching::on_second(const config::Settings& settings, Instant now) {
  if (!settings.watch_dir_enabled || settings.watch_dir.empty() || looking_ || now < next_look_)
    return;
  const auto folder = SafePath::root(settings.watch_dir);
  if (!folder) return;
  delete_added_ = settings.trash_original_torrent_files;
  next_look_ = now + poll_every;
  looking_ = true;
  io::submit(
      workers_, io::Lane::none, io::Urgency::background,
      [folder = *folder](const io::JobTools& tools) {
        Look look;
        const auto entries = tools.files.list(folder);
        if (!entries) {
          look.error = entries.error().text;
          return look;
        }
        for (const auto& entry : *entries) {
          if (entry.kind != io::FileKind::regular || !entry.name.ends_with(".torrent")) continue;
          const auto path = folder.child(entry.name);
          if (!path) continue;
          if (const auto stamp = tools.files.stamp(*path))
            look.files.push_back({entry.name, *stamp});
        }
        return look;
      },
      [this, folder = *folder](Look look) { on_look(folder, std::move(look)); });
}

void Watching::on_look(const SafePath& folder, Look look) {
  looking_ = false;
  if (look.error != error_told_ && !look.error.empty())
    log_.error("the watched folder cannot be read", {{"error", look.error}});
  error_told_ = look.error;
  std::map<std::string, io::FileStamp> seen;
  std::size_t count = 0;
  for (const auto& [name, stamp] : look.files) {
    const auto before = seen_.find(name);
    const bool settled = before != seen_.end() && before->second == stamp;
    seen.emplace(name, stamp);
    if (!settled || taken_.contains(name) || count == files_per_look_max) continue;
    ++count;
    taken_[name] = true;
    take(folder, name);
  }
  seen_ = std::move(seen);
}

void Watching::take(const SafePath& folder, const std::string& name) {
  io::submit(
      workers_, io::Lane::none, io::Urgency::background,
      [folder, name](const io::JobTools& tools) -> Result<Buffer> {
        SEED_TRY(const auto path, folder.child(name));
        return tools.files.load(path, limits::torrent_file_bytes_max);
      },
      [this, folder, name](Result<Buffer> torrent) {
        if (!torrent) return mark(folder, name, torrent.error().text);
        add_(*std::move(torrent),
             [this, folder, name](const std::string& reason) { mark(folder, name, reason); });
      });
}

void Watching::mark(const SafePath& folder, const std::string& name, const std::string& reason) {
  if (reason.empty())
    log_.info("added from the watched folder", {{"file", name}});
  else
    log_.error("a file of the watched folder is no torrent", {{"file", name}, {"reason", reason}});
  const bool remove = reason.empty() && delete_added_;
  io::submit(
      workers_, io::Lane::none, io::Urgency::background,
      [folder, name, remove, bad = !reason.empty()](const io::JobTools& tools) -> Result<void> {
        SEED_TRY(const auto path, folder.child(name));
        if (remove) return tools.files.remove_file(path);
        SEED_TRY(const auto marked, folder.child(name + (bad ? ".invalid" : ".added")));
        // An older one of that name gives way.
        static_cast<void>(tools.files.remove_file(marked));
        return tools.files.rename(path, marked);
      },
      [this, name](const Result<void>& marked) {
        taken_.erase(name);
        if (!marked) {
          log_.error("a file of the watched folder cannot be marked",
                     {{"file", name}, {"error", marked.error().text}});
          taken_[name] = true;
        }
      });
}

}  // namespace seed::session
