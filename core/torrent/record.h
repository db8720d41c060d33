// TorrentRecord: what is kept of every torrent, awake or at rest, and its bencoded form in the
// Store.
//
// A torrent at rest is this record and nothing more: its metainfo and its progress stay in the
// store until a peer, a call or a job asks for them. So it repeats the few facts of both that a
// list shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "config/torrent_options.h"
#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/instant.h"
#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/swarm/candidates.h"
#include "core/tracker/announcer.h"
#include "core/tracker/facts.h"

namespace seed::torrent {

/// Octets and seconds over the torrent's life.
struct Totals {
  std::uint64_t downloaded = 0;  ///< good payload received
  std::uint64_t uploaded = 0;    ///< payload sent
  std::uint64_t corrupt = 0;     ///< payload thrown away for failing its hash
  std::int64_t seconds_downloading = 0;
  std::int64_t seconds_seeding = 0;

  bool operator==(const Totals&) const = default;
};

/// What the metainfo says, as far as a list shows it.
struct ContentFacts {
  std::uint64_t total_size = 0;  ///< octets
  std::uint32_t piece_count = 0;
  std::uint32_t piece_size = 0;  ///< octets
  std::uint32_t file_count = 0;
  bool is_private = false;
  WallTime created{};
  std::string comment;
  std::string creator;
  std::string source;
  std::string mime_type;
  std::vector<std::string> webseeds;

  bool operator==(const ContentFacts&) const = default;
};

/// What was held at the last save; `complete` lets a seed answer peers without its progress.
struct ProgressFacts {
  std::uint64_t have_valid = 0;  ///< octets
  std::uint64_t size_when_done = 0;
  std::uint64_t left_until_done = 0;
  bool complete = false;  ///< every piece

  bool operator==(const ProgressFacts&) const = default;
};

/// Addresses kept of one torrent: as many as a new one has links.
inline constexpr std::size_t peers_saved_max = 50;

/// How one file is wanted.
enum class FileWish : std::int8_t { unwanted = -2, low = -1, normal = 0, high = 1 };

/// What was said of a magnet's files before anybody knew them: carried out when they are known, in
/// the order it was said.
struct EarlyWish {
  enum class Kind : std::uint8_t { unwanted, wanted, low, normal, high };
  Kind kind = Kind::wanted;
  /// Both included; those beyond the last file are left out.
  std::uint32_t first = 0;
  std::uint32_t last = every_file;
  static constexpr std::uint32_t every_file = 0xFFFFFFFF;

  bool operator==(const EarlyWish&) const = default;
};

/// Early wishes kept: as many spans as a magnet may name, and as many again. Beyond: the order is
/// refused.
inline constexpr std::size_t early_wishes_max = 2048;

struct TorrentRecord {
  InfoHashes hashes;  ///< beside the record in the store, not in it
  std::string name;
  std::string download_dir;  ///< absolute
  std::string elsewhere;     ///< where its data was last, when that is not download_dir
  bool running = true;       ///< as the user wants it
  bool finished = false;     ///< stopped by its ratio or idle limit
  bool queued_now = false;   ///< started past the queue
  bool has_metadata = true;
  bool unsettled = false;        ///< a move or rename was begun and may have to be finished
  bool undurable = false;        ///< some of what is had might not outlive a power cut yet
  bool had_data = false;         ///< at its place, whether or not any of it is had now
  bool completion_owed = false;  ///< it has downloaded, and was not told to be complete since
  /// What is at its place may be somebody else's: from the addition, or a look elsewhere, until all
  /// of it was looked into and nothing was in the way. Nothing that was found till then is claimed.
  bool in_doubt = false;
  bool may_overwrite = false;  ///< the user was told what is in the way, and started it
  /// Lower is before higher in the queue; there may be gaps, which are not shown.
  std::int64_t queue_rank = 0;
  config::TorrentOptions options;
  ContentFacts content;
  ProgressFacts progress;
  Totals totals;
  WallTime added{};
  WallTime done{};
  WallTime activity{};
  WallTime edited{};
  WallTime started{};
  tracker::TierList tiers;  ///< announce URLs
  /// The best addresses known of an unfinished torrent, so that a restart need not wait for a
  /// tracker; at most peers_saved_max.
  std::vector<swarm::Candidate> peers;
  /// What the trackers said, as of `saved`, so that a restart does not announce too early.
  std::vector<tracker::TrackerMemory> trackers;
  tracker::CompletedMemory completed;
  WallTime saved{};
  std::vector<EarlyWish> early_wishes;        ///< only without metadata
  std::vector<std::string> metadata_sources;  ///< URLs of .torrent files; only without metadata
  std::vector<FileWish> wishes;               ///< one a file; empty: all normal
  /// One a file, in force when the file is wanted again; empty: all normal. Of wanted files it says
  /// nothing.
  std::vector<std::int8_t> unwanted_priorities;
  /// By what the names that it is downloaded to are known again, see storage::Unfinished.
  std::vector<std::uint64_t> unfinished;

  FileWish wish_of(std::size_t file) const {
    return file < wishes.size() ? wishes[file] : FileWish::normal;
  }
  /// Of an unwanted file: the one it will have.
  Priority priority_of(std::size_t file) const {
    const FileWish wish = wish_of(file);
    if (wish != FileWish::unwanted) return static_cast<Priority>(wish);
    if (file >= unwanted_priorities.size()) return Priority::normal;
    return static_cast<Priority>(unwanted_priorities[file]);
  }
  /// Something was begun that only its content can end, though nobody asks for that.
  bool wants_a_look() const {
    return unsettled || undurable ||
           (completion_owed && has_metadata && progress.left_until_done == 0);
  }
  bool operator==(const TorrentRecord&) const = default;
};

/// The record without its hashes.
Buffer encode_record(const TorrentRecord& record);

/// Fault malformed for what is no record. Unknown keys are ignored, missing ones take their
/// defaults, so that an older or newer seedd's record can be read.
Result<TorrentRecord> parse_record(Bytes encoded, const InfoHashes& hashes);

}  // namespace seed::torrent
