#include "tests/sim/engine/sim_store.h"

#include <algorithm>

namespace seed::sim {

Result<io::StoreContent> SimStore::load() {
  io::StoreContent out;
  for (const auto& [key, row] : rows_) out.torrents.push_back({key, row.hashes, row.record});
  for (const auto& [name, value] : settings_) out.settings.emplace_back(name, to_string(value));
  for (const auto& [name, value] : meta_) out.meta.emplace_back(name, value);
  out.next_key = next_key_;
  return out;
}

Result<void> SimStore::commit(const std::vector<io::StoreChange>& changes) {
  if (hook)
    if (auto fault = hook()) return std::unexpected(*std::move(fault));
  for (const auto& change : changes) apply(change);
  ++commits_;
  if (committed) committed();
  return {};
}

void SimStore::apply(const io::StoreChange& change) {
  using Kind = io::StoreChange::Kind;
  switch (change.kind) {
    case Kind::put_torrent:
      rows_[change.key].hashes = change.hashes;
      rows_[change.key].record = change.value;
      next_key_ = std::max(next_key_, change.key + 1);
      return;
    case Kind::put_metainfo:
      rows_[change.key].metainfo = change.value;
      return;
    case Kind::put_progress:
      rows_[change.key].progress = change.value;
      return;
    case Kind::remove_torrent:
      rows_.erase(change.key);
      return;
    case Kind::put_setting:
      settings_[change.name] = change.value;
      return;
    case Kind::remove_setting:
      settings_.erase(change.name);
      return;
    case Kind::put_meta:
      meta_[change.name] = change.value;
      return;
  }
}

Result<std::optional<Buffer>> SimStore::metainfo(io::StoreKey key) {
  const auto found = rows_.find(key);
  return found == rows_.end() ? std::nullopt : found->second.metainfo;
}

Result<std::optional<Buffer>> SimStore::progress(io::StoreKey key) {
  const auto found = rows_.find(key);
  return found == rows_.end() ? std::nullopt : found->second.progress;
}

}  // namespace seed::sim
