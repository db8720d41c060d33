// AccessList: which torrents the tracker is for: all, or the session's own and those of a list.
//
// What is taken off stays known until its peers are too old; who announces it is refused at once.
#pragma once

#include <cstddef>
#include <unordered_set>
#include <vector>

#include "core/base/digest.h"

namespace seed::trackerd {

class AccessList {
 public:
  /// Info-hashes of the list, 20 octets each. Beyond: the rest is left out.
  static constexpr std::size_t listed_max = 1'000'000;

  /// False at first: all are admitted.
  void set_listed_only(bool listed_only) { listed_only_ = listed_only; }
  /// The session's own torrents, as they come and go. Of 20 octets; a v2 one is cut short (BEP 52).
  void add_own(const Sha1& info_hash) { own_.insert(info_hash); }
  void remove_own(const Sha1& info_hash) { own_.erase(info_hash); }
  /// Replaces the list, which may be in any order and name one twice.
  void set_list(std::vector<Sha1> info_hashes);

  bool admits(const Sha1& info_hash) const;
  std::size_t listed() const { return listed_.size(); }
  std::size_t own() const { return own_.size(); }

 private:
  bool listed_only_ = false;
  std::unordered_set<Sha1, DigestHash> own_;
  std::vector<Sha1> listed_;  ///< sorted
};

}  // namespace seed::trackerd
