#include "core/session/data_removal.h"

#include <optional>
#include <utility>

#include "core/storage/piece_store.h"

namespace seed::session {

void DataRemoval::remove(TorrentNumber number, Answer<void> answer) {
  ++under_way_[number].orders;
  find_files(number, [this, number, answer = std::move(answer)](Result<void> removed) mutable {
    answer(std::move(removed));
    on_ended(number);
  });
}

void DataRemoval::on_ended(TorrentNumber number) {
  const auto found = under_way_.find(number);
  if (found != under_way_.end() && --found->second.orders == 0) on_gone(number);
}

void DataRemoval::on_gone(TorrentNumber number) {
  auto ended = under_way_.extract(number);
  if (ended.empty()) return;
  for (auto& then : ended.mapped().waiting) then();
}

void DataRemoval::find_files(TorrentNumber number, Answer<void> answer) {
  auto* torrent = torrents_.find(number);
  // Without metadata it has no files.
  if (torrent == nullptr || !torrent->record().has_metadata) return answer({});
  if (auto files = torrent->files_on_disk())
    return begin(number, *std::move(files), std::move(answer));
  loading_.load_content(
      torrent->id(), torrents_.entry(torrent->id())->key,
      [this, number, answer = std::move(answer)](Result<torrent::LoadedContent> stored) mutable {
        const auto* found = torrents_.find(number);
        if (found == nullptr) return answer({});
        if (!stored) return refuse(number, std::move(stored).error(), std::move(answer));
        auto files = found->files_on_disk(*stored);
        if (!files) return refuse(number, std::move(files).error(), std::move(answer));
        begin(number, *std::move(files), std::move(answer));
      });
}

void DataRemoval::begin(TorrentNumber number, torrent::Torrent::FilesOnDisk files,
                        Answer<void> answer) {
  std::vector<SafePath> roots{files.placement.root};
  if (files.placement.moving_from) roots.push_back(*files.placement.moving_from);
  check_roots({number, std::move(files), std::move(roots), std::move(answer)});
}

void DataRemoval::check_roots(Order order) {
  if (order.roots.empty()) return let_go(std::move(order));
  const SafePath root = order.roots.back();
  order.roots.pop_back();
  storage_.roots().check(
      root, storage::RootUse::expected,
      [this, root, order = std::move(order)](Result<storage::KnownRoot> there) mutable {
        if (there) return check_roots(std::move(order));
        const auto* torrent = torrents_.find(order.number);
        if (torrent == nullptr) return order.answer({});
        // It never was there, so nothing is in it.
        if (there.error().code == FaultCode::root_missing &&
            storage_.roots().find(root) == nullptr && torrent->record().progress.have_valid == 0)
          return order.answer({});
        refuse(order.number, std::move(there).error(), std::move(order.answer));
      });
}

void DataRemoval::let_go(Order order) {
  auto* torrent = torrents_.find(order.number);
  if (torrent == nullptr) return order.answer({});
  torrent->let_go_of_files([this, order = std::move(order)](
                               std::optional<torrent::Torrent::FilesOnDisk> latest) mutable {
    if (latest) order.files = *std::move(latest);
    remove_files(std::move(order));
  });
}

void DataRemoval::remove_files(Order order) {
  const auto files = order.files;
  storage::remove_files(storage_, files,
                        [this, order = std::move(order)](Result<void> removed) mutable {
                          auto* torrent = torrents_.find(order.number);
                          if (removed || torrent == nullptr) return order.answer({});
                          torrent->on_files_kept(removed.error());
                          refuse(order.number, std::move(removed).error(), std::move(order.answer));
                        });
}

void DataRemoval::refuse(TorrentNumber number, Fault fault, Answer<void> answer) {
  fault.text = "its data cannot be deleted, so the torrent is kept: " + fault.text;
  if (const auto* torrent = torrents_.find(number))
    log_.error("a torrent is not removed",
               {{"torrent", torrent->record().name}, {"error", fault.text}});
  answer(std::unexpected(std::move(fault)));
}

}  // namespace seed::session
