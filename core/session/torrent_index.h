// TorrentIndex: the session's torrents by id, by info-hash, by the number the RPC uses, and by when
// they last changed.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/digest.h"
#include "core/base/ids.h"
#include "core/io/store.h"
#include "core/session/number_index.h"
#include "core/session/session.h"
#include "core/session/torrent_tally.h"
#include "core/torrent/torrent.h"
#include "core/wire/mse/keys.h"

namespace seed::session {

struct Entry {
  std::unique_ptr<torrent::Torrent> torrent;
  io::StoreKey key = 0;
  TorrentNumber number = 0;
  TorrentId newer{};    ///< the one that changed after it
  TorrentId older{};    ///< the one that changed before it
  bool active = false;  ///< as it was counted last
  TorrentTally::Share share{};
};

/// Whether one who is kept to `labels` may know of the torrent; they are kept to none when it is
/// empty.
bool is_shown(const torrent::Torrent& torrent, const std::vector<std::string>& labels);

class TorrentIndex {
 public:
  /// What a client means by recently active and recently removed (contract, section 5).
  static constexpr Duration recently = 60s;

  /// A number for the next torrent; never the same again.
  TorrentNumber take_number() { return next_number_++; }
  /// The same for its key in the store.
  io::StoreKey take_key() { return next_key_++; }
  void set_next_key(io::StoreKey key) { next_key_ = key; }

  /// `make(id)` builds the torrent for its slot.
  template <typename Make>
  TorrentId place(io::StoreKey key, TorrentNumber number, const InfoHashes& hashes, Make&& make) {
    const TorrentId id = entries_.insert({.torrent = nullptr, .key = key, .number = number});
    entries_.find(id)->torrent = make(id);
    by_number_.append(number, id);
    put_names(id, hashes);
    return id;
  }

  /// It is found by these, too. Fault exists, and nothing has changed: another torrent is.
  Result<void> add_names(TorrentId id, const InfoHashes& hashes);

  /// nullptr when it is gone.
  torrent::Torrent* find(TorrentId id) {
    auto* entry = entries_.find(id);
    return entry != nullptr ? entry->torrent.get() : nullptr;
  }
  Entry* entry(TorrentId id) { return entries_.find(id); }
  /// An id that names nothing when there is none.
  TorrentId id_of(const Sha1& hash) const {
    const auto found = by_hash_.find(hash);
    return found == by_hash_.end() ? TorrentId{} : found->second;
  }
  TorrentId id_of(TorrentNumber number) const { return by_number_.find(number); }
  torrent::Torrent* find(const Sha1& hash) { return find(id_of(hash)); }
  torrent::Torrent* find(TorrentNumber number) { return find(id_of(number)); }
  /// One that has one of these.
  torrent::Torrent* find(const InfoHashes& hashes) {
    torrent::Torrent* found = nullptr;
    each_name(hashes, [&](const Sha1& name) {
      if (found == nullptr) found = find(name);
    });
    return found;
  }

  /// As who dials us in an encrypted way names a torrent.
  std::optional<Sha1> hash_of_req2(const Sha1& req2) const {
    const auto found = by_req2_.find(req2);
    return found == by_req2_.end() ? std::nullopt : std::optional(found->second);
  }

  /// Nobody finds it by hash or number any more; find(id) still does.
  void hide(TorrentId id) {
    auto* entry = entries_.find(id);
    if (entry == nullptr) return;
    by_number_.erase(entry->number);
    unlink(*entry, id);
    active_ -= std::exchange(entry->active, false) ? 1 : 0;
    tally_.take_out(entry->share);
    each_name(entry->torrent->hashes(), [&](const Sha1& name) {
      const auto found = by_hash_.find(name);
      // One of the same hash may have been added since.
      if (found == by_hash_.end() || found->second != id) return;
      by_hash_.erase(found);
      by_req2_.erase(wire::mse::req2_hash(name));
    });
  }
  void erase(TorrentId id) {
    hide(id);
    entries_.erase(id);
  }

  /// It changed last of all.
  void note_change(TorrentId id);
  /// visit(entry) for those that can be found by number, the one that changed last first, until it
  /// returns false.
  template <typename Visit>
  void each_newest(Visit&& visit) {
    for (Entry* entry = entries_.find(newest_); entry != nullptr;
         entry = entries_.find(entry->older))
      if (!visit(*entry)) return;
  }
  /// Of those that can be found by number, at the session's number `sequence`; both look only at
  /// what has changed since they were asked last.
  std::size_t active(std::uint64_t sequence);
  const TorrentCounts& counts(std::uint64_t sequence);
  /// Those that can be found by number, in order of it.
  template <typename Visit>
  void each(Visit&& visit) {
    each_after(0, [&](torrent::Torrent& torrent) {
      visit(torrent);
      return true;
    });
  }
  /// visit(torrent) for those with numbers above `after`, in order of them, until it returns false.
  template <typename Visit>
  void each_after(TorrentNumber after, Visit&& visit) {
    by_number_.each_after(after, [&](TorrentId id) { return visit(*entries_.find(id)->torrent); });
  }
  std::size_t size() const { return by_number_.size(); }
  /// In the order asked, each once; unknown ones are skipped.
  std::vector<torrent::Torrent*> choose(const Selection& which, Instant now);
  /// All, by their ranks in the queue.
  std::vector<torrent::Torrent*> in_queue_order();

 private:
  /// visit(entry) for those that changed after that number.
  template <typename Visit>
  void each_changed(std::uint64_t after, Visit&& visit) {
    each_newest([&](Entry& entry) {
      if (entry.torrent->sequence() <= after) return false;
      visit(entry);
      return true;
    });
  }
  /// Out of the order of changes, if it is in it.
  void unlink(Entry& entry, TorrentId id);

  /// As peers name it: by v1, and by v2 cut short (BEP 52).
  template <typename Visit>
  static void each_name(const InfoHashes& hashes, Visit&& visit) {
    if (hashes.v1) visit(*hashes.v1);
    if (const auto v2 = hashes.short_v2()) visit(*v2);
  }

  void put_names(TorrentId id, const InfoHashes& hashes) {
    each_name(hashes, [&](const Sha1& name) {
      by_hash_.emplace(name, id);
      by_req2_.emplace(wire::mse::req2_hash(name), name);
    });
  }

  SlotMap<Entry, struct TorrentTag> entries_;
  std::unordered_map<Sha1, TorrentId, DigestHash> by_hash_;
  std::unordered_map<Sha1, Sha1, DigestHash> by_req2_;
  NumberIndex by_number_;
  TorrentId newest_{};
  std::size_t active_ = 0;
  std::uint64_t active_at_ = 0;  ///< what changed up to that number is counted
  TorrentTally tally_;
  std::uint64_t tally_at_ = 0;  ///< the same
  TorrentNumber next_number_ = 1;
  io::StoreKey next_key_ = 1;
};

}  // namespace seed::session
