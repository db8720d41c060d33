// MetadataSources: the .torrent files that magnets name by xs and as (BEP 9), fetched while their
// metadata is missing, beside what peers give.
//
//   due --fetched, and of the magnet's hashes--> told
//    ^ \--no answer, or another torrent--> the next source is due at once; after the last a pause
//    |                                                                          |
//    \--------------------------------------------------------------------------/
//
// Bounds: fetches_max at once; limits::metadata_bytes_max a file, as it comes and inflated. The
// pause is pause_min, twice as long each time, pause_max at most. Exchanges and jobs find nothing
// here when the torrent is gone; this object outlives them, or the World is gone first.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/base/deadline_queue.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/io/clock.h"
#include "core/io/http.h"
#include "core/io/workers.h"
#include "core/log/logger.h"
#include "core/session/fetching.h"
#include "core/session/metadata_checks.h"
#include "core/torrent/record.h"

namespace seed::session {

/// The session, as sources need it.
class MetadataSourcesOwner {
 public:
  virtual ~MetadataSourcesOwner() = default;
  /// Of a torrent that wants its metadata now; else nullptr.
  virtual const torrent::TorrentRecord* wants_metadata(TorrentId torrent) = 0;
  /// Its trackers and web seeds are the magnet's and the file's.
  virtual void on_metadata_found(TorrentId torrent, CheckedMetadata found) = 0;
};

class MetadataSources {
 public:
  static constexpr std::size_t fetches_max = 4;
  static constexpr Duration pause_min = 1min;
  static constexpr Duration pause_max = 1h;

  MetadataSources(const io::Clock& clock, io::Workers& workers, io::Http& http,
                  MetadataSourcesOwner& owner, log::Logger log)
      : clock_(clock), workers_(workers), http_(http), owner_(owner), log_(std::move(log)) {}

  void set_fetching(FetchRules rules) { rules_ = std::move(rules); }
  /// The torrent may want its metadata now, or not any more.
  void consider(TorrentId torrent, Instant now);
  void on_deadline(Instant now);
  Instant deadline() const { return fetches_ < fetches_max ? due_.next() : never; }

 private:
  struct Round {
    std::size_t next = 0;  ///< of the record's sources
    Duration pause = pause_min;
  };

  void fetch(TorrentId torrent);
  void parse(TorrentId torrent, std::string url, Buffer file);
  void on_failed(TorrentId torrent, const std::string& url, const std::string& why);

  const io::Clock& clock_;
  io::Workers& workers_;
  io::Http& http_;
  MetadataSourcesOwner& owner_;
  log::Logger log_;
  FetchRules rules_;
  std::unordered_map<TorrentId, Round, SlotIdHash<struct TorrentTag>> rounds_;
  DeadlineQueue<TorrentId, SlotIdHash<struct TorrentTag>> due_;  ///< but those being fetched
  std::size_t fetches_ = 0;
};

}  // namespace seed::session
