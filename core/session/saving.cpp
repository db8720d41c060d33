#include "core/session/saving.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace seed::session {

io::StoreChange Saving::record_change(const Entry& entry) {
  io::StoreChange change;
  change.kind = io::StoreChange::Kind::put_torrent;
  change.key = entry.key;
  change.hashes = entry.torrent->hashes();
  change.value = entry.torrent->save_as(false).record;
  return change;
}

void Saving::add_changes(const Entry& entry, bool progress, std::vector<io::StoreChange>& to) {
  if (entry.key == 0) return;
  auto saved = entry.torrent->save_as(progress);
  io::StoreChange record;
  record.kind = io::StoreChange::Kind::put_torrent;
  record.key = entry.key;
  record.hashes = entry.torrent->hashes();
  record.value = std::move(saved.record);
  to.push_back(std::move(record));
  if (saved.metainfo) {
    auto& metainfo = to.emplace_back();
    metainfo.kind = io::StoreChange::Kind::put_metainfo;
    metainfo.key = entry.key;
    metainfo.value = *std::move(saved.metainfo);
  }
  if (!saved.progress) return;
  io::StoreChange change;
  change.kind = io::StoreChange::Kind::put_progress;
  change.key = entry.key;
  change.value = *std::move(saved.progress);
  to.push_back(std::move(change));
}

void Saving::save(TorrentId id, torrent::SaveNeeds needs, Answer<void> answer) {
  const auto* entry = torrents_.entry(id);
  if (entry == nullptr) return;
  pending_.forget(id);
  std::vector<io::StoreChange> changes;
  add_changes(*entry, needs.progress, changes);
  commit(std::move(changes), [this, id, answer = std::move(answer)](Result<void> outcome) mutable {
    if (torrents_.find(id) == nullptr) return;
    // It took the place of what was to be saved later.
    if (!outcome) want(id, {.record = true, .progress = true});
    answer(std::move(outcome));
  });
}

void Saving::save_records(const std::vector<torrent::Torrent*>& torrents, Answer<void> answer) {
  std::vector<io::StoreChange> changes;
  for (const auto* torrent : torrents)
    if (const auto* entry = torrents_.entry(torrent->id()); entry != nullptr)
      add_changes(*entry, false, changes);
  commit(std::move(changes), std::move(answer));
}

void Saving::flush() {
  if (!flushing_ && clock_.now() >= retry_at_) flush(pending_.take_due(clock_.now()), false);
}

void Saving::flush_all(std::move_only_function<void()> saved) {
  std::vector<PendingSaves::Due> all;
  torrents_.each([&](torrent::Torrent& torrent) {
    pending_.forget(torrent.id());
    all.push_back({torrent.id(), {.record = true, .progress = true}});
  });
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  flush(std::move(all), true);
  commits_.when_idle(std::move(saved));
}

void Saving::flush(std::vector<PendingSaves::Due> due, bool all) {
  std::vector<io::StoreChange> changes;
  for (const auto& one : due) {
    const auto* entry = torrents_.entry(one.id);
    if (entry != nullptr) add_changes(*entry, one.needs.progress, changes);
  }
  if (roots_.version() != saved_roots_ || all) {
    saved_roots_ = roots_.version();
    io::StoreChange change;
    change.name = "roots";
    change.value = roots_.encode();
    changes.push_back(std::move(change));
  }
  if (changes.empty()) return;
  changes.push_back(totals_change());
  flushing_ = true;
  commit(std::move(changes),
         [this, due = std::move(due)](const Result<void>& saved) { on_flushed(due, saved); });
}

io::StoreChange Saving::totals_change() const {
  io::StoreChange totals;
  totals.name = "totals";
  totals.value = totals_.encode(clock_.now());
  return totals;
}

void Saving::try_out() {
  const Duration wait = commits_.last() ? tried_every : retry_after;
  if (!commits_.idle() || clock_.now() - commits_.wrote_at() < wait) return;
  commit({totals_change()}, [](const Result<void>&) {});
}

std::optional<std::string> Saving::trouble() const {
  if (const auto since = commits_.under_way_since(); since && clock_.now() - *since > slow_after)
    return "a write of the state has not ended for " +
           std::to_string(std::chrono::floor<std::chrono::seconds>(clock_.now() - *since).count()) +
           " s";
  if (!commits_.last()) return commits_.last().error().text;
  return std::nullopt;
}

void Saving::on_flushed(const std::vector<PendingSaves::Due>& due, const Result<void>& saved) {
  flushing_ = false;
  const bool failed = std::exchange(failing_, !saved);
  if (saved) {
    retry_at_ = {};
    if (failed) log_.info("the state is saved again");
    return;
  }
  if (!failed)
    log_.error("the state cannot be saved; trying again until it can",
               {{"error", saved.error().text}});
  retry_at_ = clock_.now() + retry_after;
  saved_roots_ = no_version;
  for (const auto& one : due)
    if (torrents_.find(one.id) != nullptr) want(one.id, {.record = true, .progress = true});
}

}  // namespace seed::session
