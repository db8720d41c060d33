#include "core/session/loading.h"

#include <algorithm>
#include <memory>

#include "core/metainfo/metainfo.h"
#include "core/storage/progress.h"

namespace seed::session {

namespace {

void order(LoadedState& state) {
  auto& torrents = state.torrents;
  std::stable_sort(torrents.begin(), torrents.end(), [](const auto& a, const auto& b) {
    return a.second.queue_rank < b.second.queue_rank;
  });
  // No two with one rank.
  std::int64_t free = 0;
  for (auto& [key, record] : torrents) {
    record.queue_rank = std::max(record.queue_rank, free);
    free = record.queue_rank + 1;
  }
  std::sort(torrents.begin(), torrents.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
}

Result<LoadedState> read_state(io::Store& store) {
  SEED_TRY(auto content, store.load());
  LoadedState state;
  state.torrents.reserve(content.torrents.size());
  for (auto& stored : content.torrents) {
    auto record = torrent::parse_record(stored.record, stored.hashes);
    if (record)
      state.torrents.emplace_back(stored.key, *std::move(record));
    else
      state.unreadable.push_back(stored.hashes.short_hash().hex() + ": " + record.error().text);
  }
  content.torrents.clear();
  state.content = std::move(content);
  order(state);
  return state;
}

Result<torrent::LoadedContent> read_content(io::Store& store, io::StoreKey key) {
  SEED_TRY(const auto stored, store.metainfo(key));
  if (!stored) return fail(FaultCode::not_found, "the torrent's metainfo is not in the store");
  SEED_TRY(auto parsed, metainfo::parse_torrent(*stored));
  torrent::LoadedContent content;
  content.metainfo = std::make_shared<const metainfo::Metainfo>(std::move(parsed));
  auto progress = store.progress(key);
  if (!progress && progress.error().code != FaultCode::malformed)
    return std::unexpected(std::move(progress).error());
  // What cannot be read is found out by checking the files.
  if (!progress) {
    content.damage = progress.error().text;
  } else if (*progress) {
    auto known = storage::parse_progress(**progress);
    if (known)
      content.progress = *std::move(known);
    else
      content.damage = known.error().text;
  }
  return content;
}

}  // namespace

void Loading::load_state(Answer<LoadedState> answer) {
  io::submit(
      workers_, io::Lane::store, io::Urgency::transfer,
      [](const io::JobTools& tools) { return read_state(tools.store); }, std::move(answer));
}

void Loading::load_content(TorrentId id, io::StoreKey key, Answer<torrent::LoadedContent> answer) {
  if (const auto fresh = fresh_.find(id); fresh != fresh_.end()) {
    auto content = std::move(fresh->second);
    fresh_.erase(fresh);
    // Later, for the torrent is in the middle of an order now.
    return io::submit(
        workers_, io::Lane::none, io::Urgency::transfer,
        [content = std::move(content)](const io::JobTools&) {
          return Result<torrent::LoadedContent>(content);
        },
        std::move(answer));
  }
  io::submit(
      workers_, io::Lane::store, io::Urgency::transfer,
      [key](const io::JobTools& tools) { return read_content(tools.store, key); },
      std::move(answer));
}

}  // namespace seed::session
