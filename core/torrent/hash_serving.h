// HashServing: gives peers hashes of the trees of files that are had (BEP 52, serving side).
//
// All of it is read and hashed off the loop. Bounds: a link may cost `leaves_per_second_max` blocks
// a second, `burst_max` at once, that are read and hashed for it, whole pieces whatever is asked of
// them; `jobs_max` of all links are at work, `link_jobs_max` of one; and nothing while
// `backlog_max` octets are unsent. Beyond: rejected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/metainfo/metainfo.h"
#include "core/storage/piece_store.h"
#include "core/torrent/links.h"
#include "core/torrent/serving_budget.h"

namespace seed::torrent {

class HashServing {
 public:
  /// Hashes in one answer. BEP 52 would have 512; libtorrent asks for all leaves of a piece at
  /// once, and this is a piece of 32 MiB.
  static constexpr std::uint32_t length_max = 2048;
  /// 64 MiB of blocks: what a fast link takes in a second.
  static constexpr double leaves_per_second_max = 4096;
  static constexpr double burst_max = 4 * leaves_per_second_max;
  static constexpr std::size_t jobs_max = 16;
  static constexpr std::size_t link_jobs_max = 4;
  /// A node of a tree is hashed of 64 octets, a leaf of 16 KiB that are read as well.
  static constexpr double nodes_a_leaf = 128;
  static constexpr std::size_t backlog_max = 256 * 1024;

  /// The links outlive it; the store goes in the same turn.
  HashServing(std::shared_ptr<const metainfo::Metainfo> metainfo, storage::PieceStore& store,
              Links& links)
      : metainfo_(std::move(metainfo)), store_(store), links_(links) {}

  void on_request(PeerLink& link, const wire::HashRange& range, Instant now);
  void on_gone(LinkId link) {
    budget_.on_gone(link);
    at_work_.erase(link);
  }

 private:
  std::optional<FileIndex> file_of(const Sha256& root);
  std::optional<double> cost_of(FileIndex file, const metainfo::HashRange& range) const;

  std::shared_ptr<const metainfo::Metainfo> metainfo_;
  storage::PieceStore& store_;
  Links& links_;
  std::vector<FileIndex> by_root_;  ///< those with a tree; made when one is first asked for
  ServingBudget budget_{leaves_per_second_max, burst_max};
  std::map<LinkId, std::size_t> at_work_;  ///< jobs
  std::size_t jobs_ = 0;
};

}  // namespace seed::torrent
