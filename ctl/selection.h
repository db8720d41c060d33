// Selection: which torrents the words of a command line mean.
//
//   all            every torrent
//   7  3,5-9       ids
//   40 hex digits  an info-hash; at least 6 of them: the start of one
//   other text     a name, or a part of exactly one name
//   id: hash: name: in front: read it as that and nothing else
//
// Digits are ids and never parts of names: `remove 12` must not remove "Season 12" because the
// torrent 12 has gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ctl/daemon.h"
#include "ctl/json.h"
#include "ctl/outcome.h"

namespace seed::ctl {

/// Digits of an info-hash that are taken for its start: fewer are too often a word.
inline constexpr std::size_t hash_prefix_min = 6;

struct Torrent {
  std::int64_t id = 0;
  std::string hash;
  std::string name;

  bool operator==(const Torrent&) const = default;
};

struct Selection {
  std::vector<Torrent> torrents;  ///< none twice, in the order of the words
  bool all = false;

  /// Puts `ids` into the params of a call: by hash, which stays the same when the daemon restarts
  /// in between; nothing for all.
  void put_into(Json& params) const;
  /// "\"name\"", or "3 torrents".
  std::string describe() const;
};

/// Chooses among the daemon's torrents, in its order. A word that fits none or several:
/// Exit::refused, naming the candidates; words that cannot be meant so: Exit::usage.
Outcome<Selection> choose(const std::vector<std::string>& words, const std::vector<Torrent>& known);

/// Asks the daemon for what choose() needs, and chooses.
Outcome<Selection> select(Daemon& daemon, const std::vector<std::string>& words);

/// The same for exactly one torrent.
Outcome<Torrent> select_one(Daemon& daemon, const std::string& word);

}  // namespace seed::ctl
