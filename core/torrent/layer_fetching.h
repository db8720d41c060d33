// LayerFetching: gets the piece layers of a magnet's files from peers (BEP 52): what the info
// dictionary does not have, and without which no piece of a torrent of v2 alone can be verified.
//
//   asked of one link --proven--> held; all held --> done
//      ^ \--rejected, silent for answer_timeout, its link gone--> asked of another, or again
//      \--not proven: the link ends, its address is guilty
//
// Each run of hashes is proven by its file's root when it comes. Bounds: layers_bytes_max in all;
// requests_max at once of a link; `pause` before a link that refused is asked again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/limits.h"
#include "core/metainfo/merkle.h"
#include "core/metainfo/metainfo.h"
#include "core/peer/event.h"
#include "core/torrent/link_table.h"
#include "core/torrent/peer_link.h"

namespace seed::torrent {

class LayerFetching {
 public:
  /// Hashes asked for at once: as many as BEP 52 would have at the most.
  static constexpr std::uint32_t run_length = 512;
  /// A .torrent with them must be taken when it is read again.
  static constexpr std::uint64_t layers_bytes_max = limits::torrent_file_bytes_max / 2;
  static constexpr std::size_t requests_max = 4;
  static constexpr Duration answer_timeout = 10s;
  static constexpr Duration pause = 30s;

  /// `links` outlives it.
  LayerFetching(const metainfo::Metainfo& metainfo, LinkTable& links);

  /// They are more than is taken.
  bool too_large() const { return too_large_; }
  /// False when it was proven wrong: the link has ended, and its address is guilty.
  bool on_hashes(PeerLink& link, const peer::HashesReceived& received, Instant now);
  void on_rejected(LinkId link, const wire::HashRange& range, Instant now);
  void on_gone(LinkId link);
  void on_deadline(Instant now);
  /// Asks what is to be asked next; `dirty(link)` for each link that has something to send.
  template <typename Dirty>
  void ask(Instant now, Dirty&& dirty) {
    links_.each([&](PeerLink& link) {
      if (ask(link, now)) dirty(link);
    });
  }
  bool done() const { return !too_large_ && runs_.empty(); }
  /// Once done: what was given, with all layers.
  metainfo::Metainfo take() { return std::move(metainfo_); }
  Instant deadline() const;

 private:
  /// What is missing: one run of one layer.
  struct Run {
    FileIndex file;
    wire::HashRange range;
    std::optional<LinkId> asked_of;
    Instant asked_at{};
  };

  bool ask(PeerLink& link, Instant now);
  std::vector<Run>::iterator find(const wire::HashRange& range);
  bool keep(const Run& run, Bytes hashes);

  metainfo::Metainfo metainfo_;
  LinkTable& links_;
  std::vector<Run> runs_;                     ///< not held, in the order of the files
  std::map<FileIndex, Buffer> layers_;        ///< of files that lack some of theirs
  std::map<FileIndex, std::size_t> lacking_;  ///< runs
  std::map<LinkId, std::size_t> asked_;       ///< requests that are not answered
  std::map<LinkId, Instant> refused_until_;
  bool too_large_ = false;
};

}  // namespace seed::torrent
