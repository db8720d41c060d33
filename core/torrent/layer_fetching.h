// LayerFetching: gets the piece layers of a magnet's files from peers (BEP 52): what the info
// dictionary does not have, and without which no piece of a torrent of v2 alone can be verified.
//
//   waiting --asked of a link--> asked --proven--> held; all held --> done
//      ^ \------ late, but proven --------/  |
//      \--rejected, silent for answer_timeout, its link gone
//      \--not proven: the link ends, its address is guilty
//
// Each run of hashes is proven by its file's root when it comes; files of one root are one. Bounds:
// runs_max runs, 32 MiB of hashes; requests_max at once of a link, also of one that is silent;
// `pause` before a link that refused is asked again. An input costs no more than the links do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/metainfo/metainfo.h"
#include "core/peer/event.h"
#include "core/torrent/link_table.h"
#include "core/torrent/peer_link.h"

namespace seed::torrent {

class LayerFetching {
 public:
  /// Hashes asked for at once: as many as BEP 52 would have at the most.
  static constexpr std::uint32_t run_length = 512;
  /// A TiB in pieces of 128 KiB. Beyond: too_large(). A .torrent has room for twice as many.
  static constexpr std::size_t runs_max = 16'384;
  static constexpr std::size_t hashes_max = 1u << 20;
  static constexpr std::size_t requests_max = 4;
  static constexpr Duration answer_timeout = 10s;
  static constexpr Duration pause = 30s;

  /// Layers that are whole and proven, by one of the files that have it.
  using Layers = std::map<FileIndex, Buffer>;

  /// `links` outlives it.
  LayerFetching(metainfo::Metainfo metainfo, LinkTable& links);

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
  bool done() const { return !too_large_ && waiting_.empty() && asked_.empty(); }
  /// Once done: what was given, and what it lacked.
  std::pair<metainfo::Metainfo, Layers> take() {
    return {std::move(metainfo_), std::move(layers_)};
  }
  Instant deadline() const;

 private:
  /// What is missing: one run of one layer.
  struct Run {
    FileIndex file;
    wire::HashRange range;
  };
  struct Asked {
    FileIndex file;
    LinkId link;
    Instant at{};
  };

  bool ask(PeerLink& link, Instant now);
  void give_back(const wire::HashRange& range);
  void on_answered(LinkId link);

  metainfo::Metainfo metainfo_;
  LinkTable& links_;
  std::deque<Run> waiting_;
  std::map<wire::HashRange, Asked> asked_;
  std::map<LinkId, std::size_t> open_;  ///< requests that were not answered, late ones too
  std::map<LinkId, Instant> refused_until_;
  Layers layers_;  ///< as far as they have come
  bool too_large_ = false;
};

}  // namespace seed::torrent
