// Saving: brings the session's state into the store: torrents that have changed, the folders that
// are known, the sums.
//
// What torrents want saved waits a while, see PendingSaves; flush() writes what is due, all of it
// in one commit, and not before the last such commit has ended: while the disk hangs, what is to be
// saved is one entry a torrent. What cannot be saved is wanted again and waits `retry_after`; the
// log says so once, and when it is over. While nothing is to be written a row is, now and then, so
// that it shows when nothing can be. Orders are saved at once, and answered when they are
// durable. A torrent without a key is being removed, and is not saved. This object outlives its
// commits, or the workers are gone first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/instant.h"
#include "core/io/workers.h"
#include "core/log/logger.h"
#include "core/session/commits.h"
#include "core/session/pending_saves.h"
#include "core/session/session_totals.h"
#include "core/session/torrent_index.h"
#include "core/storage/roots.h"

namespace seed::session {

class Saving {
 public:
  static constexpr Duration retry_after = 10s;
  /// Between the last write and one that only shows whether it can be done; after one that failed,
  /// retry_after.
  static constexpr Duration tried_every = 60s;
  /// A write that takes longer is trouble: a disk hangs, or nearly.
  static constexpr Duration slow_after = 10s;

  /// All of it outlives this object.
  Saving(io::Workers& workers, const io::Clock& clock, TorrentIndex& torrents,
         storage::Roots& roots, const SessionTotals& totals, log::Logger log)
      : commits_(workers, clock),
        clock_(clock),
        torrents_(torrents),
        roots_(roots),
        totals_(totals),
        log_(std::move(log)) {}

  /// What the store has of the roots is what they are now.
  void on_loaded() { saved_roots_ = roots_.version(); }
  void want(TorrentId id, torrent::SaveNeeds needs) { pending_.want(id, needs, clock_.now()); }
  void forget(TorrentId id) { pending_.forget(id); }
  /// Saves it now; the answer comes when it is durable, unless the torrent is gone by then. With a
  /// fault it is wanted again.
  void save(TorrentId id, torrent::SaveNeeds needs, Answer<void> answer);
  /// Their records; one answer for all.
  void save_records(const std::vector<torrent::Torrent*>& torrents, Answer<void> answer);
  void commit(std::vector<io::StoreChange> changes, Answer<void> answer) {
    commits_.commit(std::move(changes), std::move(answer));
  }
  /// Why what was to be saved last is not; nothing when it is.
  std::optional<std::string> trouble() const;
  /// Once a second.
  void try_out();
  /// What is due.
  void flush();
  /// Everything, whether due or not; `saved` is called when nothing is under way any more.
  void flush_all(std::move_only_function<void()> saved);
  /// The change that puts a torrent's record, as it is now.
  static io::StoreChange record_change(const Entry& entry);

 private:
  static constexpr std::uint64_t no_version = ~std::uint64_t{0};

  void flush(std::vector<PendingSaves::Due> due, bool all);
  void on_flushed(const std::vector<PendingSaves::Due>& due, const Result<void>& saved);
  io::StoreChange totals_change() const;
  static void add_changes(const Entry& entry, bool progress, std::vector<io::StoreChange>& to);

  Commits commits_;
  PendingSaves pending_;
  const io::Clock& clock_;
  TorrentIndex& torrents_;
  storage::Roots& roots_;
  const SessionTotals& totals_;
  log::Logger log_;
  std::uint64_t saved_roots_ = 0;  ///< their version in the store, or no_version
  Instant retry_at_{};             ///< nothing is flushed before
  bool failing_ = false;           ///< the log says so
  bool flushing_ = false;          ///< a commit of flush() is under way
};

}  // namespace seed::session
