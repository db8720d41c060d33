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
  for (auto& [path, ids] : by_root) {
    const auto root = SafePath::root(path);
    // A folder that was never used may be made yet.
    if (!root || roots_.find(*root) == nullptr) continue;
    // One that does not answer is not asked again meanwhile.
    if (!asked_.insert(path).second) continue;
    roots_.check(*root, storage::RootUse::expected,
                 [this, path, torrents = std::move(ids)](const Result<storage::KnownRoot>& known) {
                   asked_.erase(path);
                   const auto there =
                       known ? Result<void>() : Result<void>(std::unexpected(known.error()));
                   for (const TorrentId id : torrents) tell_(id, there);
                 });
  }
}

}  // namespace seed::session
