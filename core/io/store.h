// Store: torrents, their metainfo, progress and the settings saved by RPC. Blocking; used only
// inside a Job in Lane::store, so that calls take turns.
//
// The store knows rows and octets, not what they mean: `core/session/saving` makes and reads them.
// A commit that has returned survives a power cut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/result.h"

namespace seed::io {

/// Names a torrent in the store for good; from 1, never used again.
using StoreKey = std::int64_t;

/// What is read of every torrent at the start. Small: it stays in memory.
struct StoredTorrent {
  StoreKey key = 0;
  InfoHashes hashes;
  Buffer record;  ///< name, folder, options, totals, trackers: a bencoded dictionary
};

/// One change; a commit takes many and makes them all durable or none.
struct StoreChange {
  enum class Kind : std::uint8_t {
    put_torrent,     ///< key, hashes, value = record
    put_metainfo,    ///< key, value = the .torrent's octets
    put_progress,    ///< key, value = verified pieces and file stamps
    remove_torrent,  ///< key: record, metainfo and progress
    put_setting,     ///< name, value
    remove_setting,  ///< name
    put_meta,        ///< name, value: session totals and the like
  };
  Kind kind = Kind::put_meta;
  StoreKey key = 0;
  InfoHashes hashes;
  std::string name;
  Buffer value;
};

/// What load() found.
struct StoreContent {
  std::vector<StoredTorrent> torrents;  ///< in order of key
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<std::pair<std::string, Buffer>> meta;
  StoreKey next_key = 1;
  /// Not empty when the state file was damaged: what was found, where the damaged file was kept,
  /// and what was recovered. For the log and the user.
  std::string damage;
};

class Store {
 public:
  virtual ~Store() = default;
  virtual Result<StoreContent> load() = 0;
  virtual Result<void> commit(const std::vector<StoreChange>& changes) = 0;
  virtual Result<std::optional<Buffer>> metainfo(StoreKey key) = 0;
  virtual Result<std::optional<Buffer>> progress(StoreKey key) = 0;
};

}  // namespace seed::io
