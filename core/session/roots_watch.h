// RootsWatch: looks now and then whether the folders that torrents have their data in are there,
// so that a disk that went away is noticed, and one that came back.
//
// Bounds: one look a folder every `every`, and one at a time, however many torrents are below it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/session/torrent_index.h"
#include "core/storage/roots.h"

namespace seed::session {

class RootsWatch {
 public:
  static constexpr Duration every = 10s;
  /// What was found of a folder, for each torrent that is below it.
  using Tell = std::function<void(TorrentId id, const Result<void>& there)>;

  /// All of it outlives this object, or the workers are gone first.
  RootsWatch(storage::Roots& roots, TorrentIndex& torrents, Tell tell)
      : roots_(roots), torrents_(torrents), tell_(std::move(tell)) {}

  /// The first look is now.
  void start(Instant now) { next_ = now; }
  Instant deadline() const { return next_; }
  void on_deadline(Instant now);
  /// What the last look found of each folder that was ever used: nothing, or why it cannot be used.
  const std::map<std::string, std::optional<Fault>>& found() const { return found_; }

 private:
  storage::Roots& roots_;
  TorrentIndex& torrents_;
  Tell tell_;
  std::set<std::string> asked_;  ///< folders whose look is not over
  std::map<std::string, std::optional<Fault>> found_;
  Instant next_ = never;
};

}  // namespace seed::session
