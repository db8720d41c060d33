// Roots: each download root is remembered by identity, so that a missing disk is not taken for an
// empty one.
//
// A root is known by a marker file `.seedd-root` in it, 16 random octets as hex, where the root can
// be written; and by device, file system and inode of the folder. The marker decides when there is
// one on both sides. Without it on disk, the same file system and inode say it is the same (the
// marker was deleted: it is written again). A root that never could take a marker is the same while
// inode or file system still agree. All else is another root.
//
//   unknown --check--> known (made with its folders when it was not there, marker written)
//   known   --check--> same | Fault root_missing: nothing is created in it
//           \-- its disk is there, the folder is gone or another, and nothing is claimed in it -->
//               known anew: whoever removes what was downloaded often removes the folder too
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/io/entropy.h"
#include "core/io/workers.h"
#include "core/storage/disk_lanes.h"
#include "core/storage/known_root.h"

namespace seed::storage {

/// Roots remembered. Beyond: new ones are used but not remembered.
inline constexpr std::size_t roots_max = 10'000;

/// `make`: nothing is claimed in the root, so it may be made, on a disk that is there. `expected`:
/// it should hold data, or is only looked at.
enum class RootUse : std::uint8_t { make, expected };

class Roots {
 public:
  /// Both outlive this and every job.
  Roots(io::Workers& workers, io::Entropy& entropy)
      : workers_(workers), entropy_(entropy), lanes_(workers.threads()) {}

  /// Checks a root in a job, and registers it when it is not known. Fault root_missing: it is gone,
  /// or another one is in its place; permission and others when it cannot be looked at or made.
  /// Unknown, not there and only expected: root_missing too. This object outlives the answer.
  void check(const SafePath& root, RootUse use, Answer<KnownRoot> answer);
  /// nullptr when it is not known.
  const KnownRoot* find(const SafePath& root) const;
  /// Where a job on that root is to run.
  io::Lane lane(const SafePath& root) { return lanes_.next(device(root)); }
  /// Where a copy from that root is to run.
  io::Lane copy_lane(const SafePath& root) { return lanes_.copies(device(root)); }
  /// The next check takes what it finds: for a user who says that the new disk is right.
  void forget(const SafePath& root);

  /// Goes up with every change worth saving.
  std::uint64_t version() const { return version_; }
  Buffer encode() const;
  /// Replaces what is known. Fault: malformed, too_large; then nothing changed.
  Result<void> load(Bytes saved);

 private:
  std::optional<std::uint64_t> device(const SafePath& root) const;
  std::string fresh_marker(const SafePath& root);
  void remember(const SafePath& root, const KnownRoot& found);

  io::Workers& workers_;
  io::Entropy& entropy_;
  DiskLanes lanes_;
  std::map<std::string, KnownRoot> known_;
  /// What a root gets that has no marker: the same for all its checks, for several may run at once.
  std::map<std::string, std::string> fresh_;
  std::uint64_t version_ = 0;
};

}  // namespace seed::storage
