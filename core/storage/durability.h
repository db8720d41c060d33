// Durability: which written pieces are on the disk for good, which wait for a sync, which are in
// one. A value without I/O.
//
//   on_written --> waiting --begin()--> syncing --on_synced--> durable
//                                          \---on_failed--> lost, to be fetched again
//                     ^---------------------- on_postponed
// After a failed sync the system may have dropped the data and call the pages clean: a second sync
// would say good of what is gone (fsync(2), "EIO"). So the pieces of a failed group are given up.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "core/base/bitfield.h"
#include "core/base/instant.h"
#include "core/base/piece.h"
#include "core/io/files.h"

namespace seed::storage {

/// Written and not yet durable: synced when this old or this much, whichever is first. A crash
/// costs at most that.
inline constexpr Duration sync_delay = 3s;
inline constexpr std::uint64_t sync_bytes = 64u << 20;

class Durability {
 public:
  explicit Durability(std::uint32_t pieces) : durable_(pieces) {}

  struct Group {
    std::vector<PieceIndex> pieces;
    std::set<FileIndex> files;
    std::set<FileIndex> created;  ///< their names must be made durable too
    std::set<FileIndex> written;  ///< they hold octets of `pieces`
  };

  const Bitfield& durable() const { return durable_; }
  const std::map<FileIndex, io::FileStamp>& stamps() const { return stamps_; }
  /// Takes over what was saved and found true.
  void restore(Bitfield durable, std::map<FileIndex, io::FileStamp> stamps);

  /// A piece was written, or found good on disk, in these files.
  void on_written(PieceIndex piece, std::span<const FileIndex> files, std::uint64_t bytes,
                  Instant now);
  /// A file was made, or its name changed.
  void on_created(FileIndex file, Instant now);
  /// Something was written to a file that no piece claims yet: its stamp is to be taken again.
  void on_touched(FileIndex file, Instant now);
  /// A piece is no longer had; it is claimed no more.
  void forget(PieceIndex piece);

  /// A file was copied or looked at again: only its stamp is another.
  void restamp(FileIndex file, const io::FileStamp& stamp) { stamps_[file] = stamp; }

  /// It holds a piece that is written and not durable: its stamp, which may be from after the
  /// write, says nothing of what it holds.
  bool holds_unclaimed(FileIndex file) const {
    return waiting_.written.contains(file) || (group_ && group_->written.contains(file));
  }
  bool waiting() const { return since_.has_value(); }
  bool syncing() const { return group_.has_value(); }
  /// When begin() is due; nothing while nothing waits or a group is under way.
  std::optional<Instant> deadline() const;
  /// What waits becomes the group; syncing() was false.
  const Group& begin();
  void on_synced(const std::vector<std::pair<FileIndex, io::FileStamp>>& stamps);
  /// The pieces given up.
  std::vector<PieceIndex> on_failed();
  /// The sync could not even be tried: the group waits again.
  void on_postponed(Instant now);

 private:
  Bitfield durable_;
  std::map<FileIndex, io::FileStamp> stamps_;
  /// Files whose names are known to be durable. One that we did not make may have been made by a
  /// process that was killed before its folder was synced.
  std::set<FileIndex> named_;
  Group waiting_;
  std::uint64_t waiting_bytes_ = 0;
  std::optional<Instant> since_;
  std::optional<Group> group_;
};

}  // namespace seed::storage
