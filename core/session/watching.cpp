#include "core/session/watching.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/ascii.h"
#include "core/base/limits.h"
#include "core/bencode/document.h"

namespace seed::session {

namespace {

/// ".torrent", as some programs write it: in capitals too.
bool is_torrent_name(std::string_view name) {
  constexpr std::string_view suffix = ".torrent";
  if (name.size() < suffix.size()) return false;
  return same_but_for_case(name.substr(name.size() - suffix.size()), suffix);
}

}  // namespace

Watching::Watching(io::Workers& workers, Add add, log::Logger log)
    : workers_(workers), add_(std::move(add)), log_(std::move(log)) {}

void Watching::on_second(const config::Settings& settings, Instant now) {
  if (!settings.watch_dir_enabled || settings.watch_dir.empty() || looking_ || now < next_look_)
    return;
  const auto folder = SafePath::root(settings.watch_dir);
  if (!folder) return;
  delete_added_ = settings.trash_original_torrent_files;
  next_look_ = now + poll_every;
  looked_at_ = now;
  looking_ = true;
  io::submit(
      workers_, io::Lane::watch, io::Urgency::background,
      [folder = *folder](const io::JobTools& tools) {
        Look look;
        const auto entries = tools.files.list(folder);
        if (!entries) {
          look.error = entries.error().text;
          return look;
        }
        for (const auto& entry : *entries) {
          const auto path = folder.child(entry.name);
          if (!path || !is_torrent_name(entry.name)) continue;
          if (entry.kind != io::FileKind::regular)
            look.files.push_back({entry.name, {}, false});
          else if (const auto stamp = tools.files.stamp(*path))
            look.files.push_back({entry.name, *stamp, true});
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
  std::map<std::string, Seen> seen;
  std::size_t count = 0;
  for (const auto& file : look.files) {
    const auto before = seen_.find(file.name);
    const bool same = before != seen_.end() && before->second.stamp == file.stamp;
    const Instant since = same ? before->second.since : looked_at_;
    seen.emplace(file.name, Seen{file.stamp, since});
    if (count == files_per_look_max || !is_to_be_taken(file)) continue;
    ++count;
    taken_[file.name].under_way = true;
    take(folder, file, since + writer_waits_max);
  }
  seen_ = std::move(seen);
  std::erase_if(taken_, [&](const auto& entry) {
    return !entry.second.under_way && !seen_.contains(entry.first);
  });
}

bool Watching::is_to_be_taken(const Found& file) {
  const auto taken = taken_.find(file.name);
  if (!file.regular) {
    if (taken == taken_.end()) leave(file.name, never, "it is no file, but a link or a folder");
    return false;
  }
  const auto before = seen_.find(file.name);
  if (before == seen_.end()) return false;
  if (before->second.stamp != file.stamp) {
    // Another file by now: what was wrong with the last one says nothing.
    if (taken != taken_.end() && !taken->second.under_way) taken_.erase(taken);
    return false;
  }
  return taken == taken_.end() || (!taken->second.under_way && taken->second.again <= looked_at_);
}

/// From `settled` on nobody writes it any more.
void Watching::take(const SafePath& folder, const Found& file, Instant settled) {
  const bool may_grow = looked_at_ < settled;
  io::submit(
      workers_, io::Lane::watch, io::Urgency::background,
      [folder, name = file.name,
       may_grow](const io::JobTools& tools) -> Result<std::optional<Buffer>> {
        SEED_TRY(const auto path, folder.child(name));
        SEED_TRY(auto torrent, tools.files.load(path, limits::torrent_file_bytes_max));
        if (may_grow && bencode::Document::is_cut_short(torrent)) return std::nullopt;
        return torrent;
      },
      [this, folder, file, settled](Result<std::optional<Buffer>> torrent) {
        if (torrent && !*torrent) return wait_for_writer(file.name, settled);
        if (torrent)
          return add_(**std::move(torrent), [this, folder, file](const Outcome& outcome) {
            on_outcome(folder, file, outcome);
          });
        const auto& [code, system_error, reason] = torrent.error();
        // Somebody has taken it away again.
        if (code == FaultCode::not_found) return static_cast<void>(taken_.erase(file.name));
        const bool bad = code == FaultCode::too_large;
        on_outcome(folder, file, {bad ? Fate::refused : Fate::failed, reason});
      });
}

void Watching::on_outcome(const SafePath& folder, const Found& file, const Outcome& outcome) {
  switch (outcome.fate) {
    case Fate::added:
      log_.info("added from the watched folder", {{"file", file.name}});
      return mark(folder, file, false);
    case Fate::refused:
      log_.error("a file of the watched folder is no torrent",
                 {{"file", file.name}, {"reason", outcome.reason}});
      return mark(folder, file, true);
    case Fate::failed:
      leave(file.name, looked_at_ + retry_every, outcome.reason);
  }
}

void Watching::wait_for_writer(const std::string& name, Instant settled) {
  auto& taken = taken_[name];
  taken.under_way = false;
  taken.again = settled;
}

void Watching::leave(const std::string& name, Instant again, const std::string& why) {
  auto& taken = taken_[name];
  taken.under_way = false;
  taken.again = again;
  if (std::exchange(taken.told, why) == why) return;
  log_.error("a file of the watched folder is not added", {{"file", name}, {"reason", why}});
}

/// Only as it was when it was taken: another of that name has not been read.
void Watching::mark(const SafePath& folder, const Found& file, bool bad) {
  const bool remove = !bad && delete_added_;
  io::submit(
      workers_, io::Lane::watch, io::Urgency::background,
      [folder, file, remove, bad](const io::JobTools& tools) -> Result<bool> {
        SEED_TRY(const auto path, folder.child(file.name));
        SEED_TRY(const auto stamp, tools.files.stamp(path));
        if (stamp != file.stamp) return false;
        if (remove) {
          SEED_TRY_VOID(tools.files.remove_file(path));
          return true;
        }
        SEED_TRY(const auto marked, folder.child(file.name + (bad ? ".invalid" : ".added")));
        // An older one of that name gives way.
        static_cast<void>(tools.files.remove_file(marked));
        SEED_TRY_VOID(tools.files.rename(path, marked));
        return true;
      },
      [this, name = file.name](const Result<bool>& marked) {
        if (marked && !*marked)
          log_.info("a file of the watched folder was replaced; it is looked at again",
                    {{"file", name}});
        if (marked) return static_cast<void>(taken_.erase(name));
        // Taken once is enough.
        leave(name, never, "it cannot be marked as done: " + marked.error().text);
      });
}

}  // namespace seed::session
