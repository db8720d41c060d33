#include "core/session/roots_watch.h"

#include <map>
#include <string>
#include <utility>

namespace seed::session {

void RootsWatch::on_deadline(Instant now) {
  if (next_ > now) return;
  next_ = now + every;
  std::map<std::string, std::vector<TorrentId>> by_root;
  torrents_.each(
      [&](torrent::Torrent& torrent) { by_root[torrent.data_root()].push_back(torrent.id()); });
  std::erase_if(found_, [&](const auto& entry) { return !by_root.contains(entry.first); });
  for (auto& [path, ids] : by_root) {
    const auto root = SafePath::root(path);
    // A folder that was never used may be made yet.
    if (!root || roots_.find(*root) == nullptr) continue;
    // One that does not answer is not asked again meanwhile.
    if (!asked_.insert(path).second) {
      found_[path] = Fault{FaultCode::timed_out, 0, path + ": the disk does not answer"};
      continue;
    }
    found_.try_emplace(path);
    roots_.check(*root, storage::RootUse::expected,
                 [this, path, torrents = std::move(ids)](const Result<storage::KnownRoot>& known) {
                   asked_.erase(path);
                   const auto there =
                       known ? Result<void>() : Result<void>(std::unexpected(known.error()));
                   if (const auto at = found_.find(path); at != found_.end())
                     at->second = known ? std::nullopt : std::optional(known.error());
                   for (const TorrentId id : torrents) tell_(id, there);
                 });
  }
}

}  // namespace seed::session
