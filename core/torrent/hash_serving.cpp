#include "core/torrent/hash_serving.h"

#include <algorithm>

namespace seed::torrent {

void HashServing::on_request(PeerLink& link, const wire::HashRange& range, Instant now) {
  const auto file = file_of(range.root);
  const metainfo::HashRange wanted{range.base_layer, range.index, range.length, range.proof_layers};
  const bool possible = file && range.length <= length_max &&
                        wanted.is_within(metainfo::tree_height(metainfo_->layout.length(*file))) &&
                        jobs_ < jobs_max && link.backlog() < backlog_max &&
                        budget_.spend(link.id, range.length, now);
  if (!possible) return link.connection().reject_hashes(range, now);
  ++jobs_;
  store_.give_hashes(*file, wanted, [this, id = link.id, range](Result<Buffer> hashes) {
    --jobs_;
    PeerLink* asker = links_.table().find(id);
    if (asker == nullptr) return;
    if (hashes)
      asker->connection().send_hashes(range, *hashes, asker->now());
    else
      asker->connection().reject_hashes(range, asker->now());
    links_.mark_dirty(*asker);
  });
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
