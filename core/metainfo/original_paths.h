// OriginalPaths: what a torrent's files are called by the torrent itself, octet for octet, whatever
// names they have on disk (see FileLayout): web servers have them under these (BEP 19).
//
// Memory: 4 octets a file. The names stay where they are, in Metainfo::info.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/metainfo/metainfo.h"

namespace seed::metainfo {

class OriginalPaths {
 public:
  /// `metainfo` outlives it. O(octets of the info dictionary).
  explicit OriginalPaths(const Metainfo& metainfo);

  /// From the torrent's name on; "name.utf-8" and "path.utf-8" where these are there, as in the
  /// layout. None is empty. "." and ".." and whatever the torrent does not say are as on disk.
  /// `file` below the layout's file_count().
  std::vector<std::string> components(FileIndex file) const;

 private:
  const Metainfo* metainfo_;
  std::string name_;
  std::vector<std::uint32_t> paths_at_;  ///< of each file in `info`; 0: as on disk
};

}  // namespace seed::metainfo
