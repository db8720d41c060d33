// DataRemoval: deletes what a torrent has on disk, of which some may be missing or past opening.
//
//   where its files are --> its folders are there --> nothing is at work on them --> deleted
//
// What is to be deleted stands in the metainfo and in the placement that was saved: the content
// need not be good. Nothing is touched while a folder is not there, or not the one that was known.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/log/logger.h"
#include "core/session/loading.h"
#include "core/session/torrent_index.h"
#include "core/storage/storage.h"

namespace seed::session {

class DataRemoval {
 public:
  /// All of it outlives this, which outlives its jobs, or the workers are gone first.
  DataRemoval(storage::Storage& storage, Loading& loading, TorrentIndex& torrents, log::Logger log)
      : storage_(storage), loading_(loading), torrents_(torrents), log_(std::move(log)) {}

  /// Success: nothing of it is left, and the torrent is stopped. Fault: something may be left, and
  /// the log says why; when the deleting had begun the torrent is stopped by that fault. A torrent
  /// that went meanwhile is no fault.
  void remove(TorrentNumber number, Answer<void> answer);
  /// Such an order for it is not answered yet.
  bool removes(TorrentNumber number) const { return under_way_.contains(number); }
  /// For who wants it or its files while that is so: `then` is called when those orders are
  /// answered, or it is gone otherwise.
  void wait(TorrentNumber number, std::move_only_function<void()> then) {
    under_way_[number].waiting.push_back(std::move(then));
  }
  void on_gone(TorrentNumber number);

 private:
  struct UnderWay {
    std::size_t orders = 0;
    std::vector<std::move_only_function<void()>> waiting;
  };
  struct Order {
    TorrentNumber number = 0;
    torrent::Torrent::FilesOnDisk files;
    std::vector<SafePath> roots;  ///< to be looked for
    Answer<void> answer;
  };
  void find_files(TorrentNumber number, Answer<void> answer);
  void on_ended(TorrentNumber number);
  void begin(TorrentNumber number, torrent::Torrent::FilesOnDisk files, Answer<void> answer);
  void check_roots(Order order);
  void let_go(Order order);
  void remove_files(Order order);
  void refuse(TorrentNumber number, Fault fault, Answer<void> answer);

  storage::Storage& storage_;
  Loading& loading_;
  TorrentIndex& torrents_;
  log::Logger log_;
  std::map<TorrentNumber, UnderWay> under_way_;
};

}  // namespace seed::session
