#include "core/torrent/hash_serving.h"

#include <algorithm>

#include "core/storage/jobs/give_hashes.h"

namespace seed::torrent {

void HashServing::on_request(PeerLink& link, const wire::HashRange& range, Instant now) {
  const auto file = file_of(range.root);
  const metainfo::HashRange wanted{range.base_layer, range.index, range.length, range.proof_layers};
  const auto cost = file && range.length <= length_max ? cost_of(*file, wanted) : std::nullopt;
  const bool possible = cost && jobs_ < jobs_max && at_work_[link.id] < link_jobs_max &&
                        link.backlog() < backlog_max && budget_.spend(link.id, *cost, now);
  if (!possible) return link.connection().reject_hashes(range, now);
  ++jobs_;
  ++at_work_[link.id];
  store_.give_hashes(*file, wanted, [this, id = link.id, range](Result<Buffer> hashes) {
    --jobs_;
    if (const auto busy = at_work_.find(id); busy != at_work_.end() && busy->second > 0)
      --busy->second;
    PeerLink* asker = links_.table().find(id);
    if (asker == nullptr) return;
    if (hashes)
      asker->connection().send_hashes(range, *hashes, asker->now());
    else
      asker->connection().reject_hashes(range, asker->now());
    links_.mark_dirty(*asker);
  });
}

/// In leaves; nothing for what is not served.
std::optional<double> HashServing::cost_of(FileIndex file, const metainfo::HashRange& range) const {
  const auto& layout = metainfo_->layout;
  if (!range.is_within(metainfo::tree_height(layout.length(file)))) return std::nullopt;
  const auto pieces = storage::pieces_to_read(*metainfo_, file, range);
  if (!pieces) return std::nullopt;
  double cost = static_cast<double>(pieces->size()) * layout.piece_length() / block_size;
  // What proves it is made of the whole piece layer.
  if (range.uncle_count() > 0) cost += layout.pieces_of(file).size() / nodes_a_leaf;
  return std::max(cost, 1.0);
}

/// Files that are the same have the same root: the first that has it.
std::optional<FileIndex> HashServing::file_of(const Sha256& root) {
  const auto root_of = [this](FileIndex file) { return *metainfo_->pieces_root(file); };
  if (by_root_.empty()) {
    for (std::uint32_t i = 0; i < metainfo_->layout.file_count(); ++i)
      if (metainfo_->pieces_root(FileIndex{i})) by_root_.push_back(FileIndex{i});
    std::ranges::stable_sort(by_root_, {}, root_of);
  }
  const auto found = std::ranges::lower_bound(by_root_, root, {}, root_of);
  if (found == by_root_.end() || root_of(*found) != root) return std::nullopt;
  return *found;
}

}  // namespace seed::torrent
