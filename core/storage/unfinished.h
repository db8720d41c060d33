// Unfinished: the names that torrents are being downloaded to. Two that wrote to one name would
// both take it for their own, and spoil each other's data.
//
// A torrent has its names from when it may first write until it is complete and in its place, goes
// elsewhere or is removed; also while it rests, and, by what is saved in its record, over a
// restart. Names are kept as fingerprints. Two names with one fingerprint are taken for one, which
// refuses a download and harms no data. Bounds: names_max a torrent.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/digest.h"
#include "core/base/result.h"
#include "core/base/safe_path.h"

namespace seed::storage {

class Unfinished {
 public:
  using Prints = std::vector<std::uint64_t>;
  /// Names kept of one torrent: 8 KiB of its record. One with more has its whole top folder.
  static constexpr std::size_t names_max = 1000;

  /// `names` are `torrent`'s, in place of those it had; `title` is for title_of_other(). Fault
  /// exists, and nothing has changed: another torrent has one of them. Its text does not say which:
  /// not everybody who sees the one torrent may know of the other.
  Result<void> take(const Sha1& torrent, const std::string& title, std::span<const SafePath> names);
  /// The same Fault, if another torrent has one of them.
  Result<void> check(const Sha1& torrent, std::span<const SafePath> names) const;
  /// For the log: the title of another torrent that has one of them; null when none has.
  const std::string* title_of_other(const Sha1& torrent, std::span<const SafePath> names) const;
  bool is_anothers(const Sha1& torrent, const SafePath& name) const;
  /// What is to be saved of it.
  Prints prints(const Sha1& torrent) const;
  /// What was saved. Names that another has by now stay that one's.
  void restore(const Sha1& torrent, const std::string& title, const Prints& prints);
  void give_back(const Sha1& torrent);

 private:
  struct Entry {
    std::string title;
    Prints prints;
  };
  const Entry* other(const Sha1& torrent, const SafePath& name) const;

  std::map<Sha1, Entry> torrents_;
  std::unordered_map<std::uint64_t, Sha1> owners_;  ///< by print
};

}  // namespace seed::storage
