// Changes: which fields of a torrent have changed since a number, for everybody who asks for
// changes instead of lists. The loop says which torrents changed; here it is known of each field
// that somebody asks for, by a digest of its text and the number at which it became another.
// Nothing is kept for a client.
//
// Who cannot be told exactly is told more: the first time a field is seen, and when answers
// overtake each other, all that was asked for of a torrent that changed. Who is kept to labels and
// may not have seen a torrent before it got one is told all of it.
//
// Safe from every thread. Bounds: one cell for each field asked for of each torrent seen;
// limits::changes_cells_max in all; beyond, it begins anew. With forget_if_idle(), which who asks
// for anything calls, all is forgotten when nobody has asked for changes for
// limits::changes_idle_max.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/base/limits.h"
#include "core/session/snapshot.h"
#include "rpc/fields/field.h"

namespace seed::rpc {

class Changes {
 public:
  using Torrents = Columns<session::TorrentSnapshot>;
  using Time = std::chrono::steady_clock::time_point;

  explicit Changes(std::size_t cells_max = limits::changes_cells_max) : cells_max_(cells_max) {}
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  /// The torrents as the objects of an array: id, and of the columns those that changed after
  /// `since`; all of them when that is 0. One of which nothing changed is left out.
  /// `kept_to_labels`: who is told is.
  void write(const std::vector<session::TorrentSnapshot>& torrents, const Torrents& columns,
             std::uint64_t since, bool kept_to_labels, Time now, JsonWriter& out);
  /// The same, one by one, in an array that is begun and ended by the caller.
  class Telling;
  void forget(const std::vector<session::TorrentNumber>& removed);
  /// All, when nobody has asked for limits::changes_idle_max; else it costs nothing.
  void forget_if_idle(Time now);
  /// Those kept now.
  std::size_t cells() const;

 private:
  struct Cell {
    std::uint64_t digest = 0;
    std::uint64_t changed = 0;  ///< the torrent's number then; 0: never seen
    /// It became another between two of the torrent's numbers: everybody is told, and with the next
    /// number it has changed.
    static constexpr std::uint64_t between = ~std::uint64_t{0};
  };
  struct Book {
    std::uint64_t seen = 0;   ///< the newest number of the torrent
    std::vector<Cell> cells;  ///< by the field's slot
  };
  /// A field of one torrent: where its text is, and whether it goes out.
  struct Text {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint64_t digest = 0;
    bool changed = true;
  };

  std::vector<std::size_t> begin(const Torrents& columns, Time now);
  /// False when nothing of the torrent changed.
  bool judge(const session::TorrentSnapshot& torrent, const std::vector<std::size_t>& slots,
             std::uint64_t since, std::vector<Text>& texts);
  void forget_all();

  const std::size_t cells_max_;
  mutable std::mutex mutex_;                                   ///< guards what follows
  std::vector<const Field<session::TorrentSnapshot>*> slots_;  ///< fields, by when first asked for
  std::unordered_map<session::TorrentNumber, Book> books_;
  std::size_t cells_ = 0;
  Time asked_{};  ///< when somebody last did
};

class Changes::Telling {
 public:
  /// All of it outlives this object.
  Telling(Changes& changes, const Torrents& columns, std::uint64_t since, bool kept_to_labels,
          Time now, JsonWriter& out)
      : changes_(changes),
        columns_(columns),
        since_(since),
        kept_to_labels_(kept_to_labels),
        out_(out),
        slots_(changes.begin(columns, now)),
        texts_(slots_.size()) {}
  void tell(const session::TorrentSnapshot& torrent);

 private:
  Changes& changes_;
  const Torrents& columns_;
  const std::uint64_t since_;
  const bool kept_to_labels_;
  JsonWriter& out_;
  const std::vector<std::size_t> slots_;
  std::vector<Text> texts_;
};

}  // namespace seed::rpc
