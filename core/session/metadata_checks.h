// MetadataChecks: metadata that peers gave for a magnet is hashed and parsed off the loop.
//
// The trackers and web seeds that the magnet named go into the .torrent that is made of it. Bounds:
// limits::metadata_bytes_max each, one at a time a torrent. Jobs find nothing here when the torrent
// is gone; this object outlives them, or the World is gone first.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/io/workers.h"
#include "core/metainfo/metainfo.h"
#include "core/torrent/record.h"

namespace seed::session {

struct CheckedMetadata {
  std::shared_ptr<const metainfo::Metainfo> metainfo;
  Buffer torrent;  ///< the octets of a .torrent
};

/// False when one of the hashes that are there is another.
bool has_hashes(Bytes info, const InfoHashes& hashes);

/// Of an info dictionary that has them. Fault: malformed, too_large or unsupported.
Result<CheckedMetadata> made_torrent(Bytes info, const torrent::TorrentRecord& record);
/// The same of what a .torrent says, with its piece layers (BEP 52).
Result<CheckedMetadata> made_torrent(const metainfo::Metainfo& said,
                                     const torrent::TorrentRecord& record);

class MetadataChecks {
 public:
  /// Nothing: the hash is wrong.
  using Outcome = std::optional<Result<CheckedMetadata>>;
  using Checked = std::move_only_function<void(TorrentId id, Outcome outcome)>;

  MetadataChecks(io::Workers& workers, Checked checked)
      : workers_(workers), checked_(std::move(checked)) {}

  /// `record`: of that torrent. The answer never comes from within.
  void check(TorrentId id, Buffer info, const torrent::TorrentRecord& record);
  /// Puts piece layers into what was checked, and answers as check(). `layers`: one of each root.
  void complete(TorrentId id, metainfo::Metainfo metainfo, std::map<FileIndex, Buffer> layers);

 private:
  io::Workers& workers_;
  Checked checked_;
};

}  // namespace seed::session
