// Content: a torrent's storage side while it is awake: its metainfo, its PieceStore, how much of it
// is had, and who waits for that or works with it. Loads, moves and renames it.
//
//   nothing --open()--> resuming --enter()--> there --drop()--> nothing
//
// What spans a save goes begin -> save -> finish, see PieceStore. Facts of progress and place are
// the record's, and are kept true here. What the store tells goes to the torrent.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "core/base/instant.h"
#include "core/base/safe_path.h"
#include "core/log/logger.h"
#include "core/metainfo/metainfo.h"
#include "core/peer/local.h"
#include "core/storage/piece_store.h"
#include "core/torrent/completion.h"
#include "core/torrent/record.h"
#include "core/torrent/snapshot.h"

namespace seed::torrent {

/// What the store had of a torrent.
struct LoadedContent {
  std::shared_ptr<const metainfo::Metainfo> metainfo;
  std::optional<storage::Progress> progress;
  std::string damage{};  ///< why there is no progress though some was saved
};

/// The torrent, as its content needs it.
class ContentOwner {
 public:
  virtual ~ContentOwner() = default;
  /// Record and progress are to be durable; the answer comes when they are.
  virtual void save_content(Answer<void> answer) = 0;
  /// The same, within seconds.
  virtual void want_content_saved() = 0;
  /// Something a user can see has changed.
  virtual void on_content_changed() = 0;
  /// Whether it is held has changed.
  virtual void on_content_released() = 0;
};

class Content {
 public:
  /// All of it outlives the content.
  Content(storage::Storage& storage, const io::Clock& clock, TorrentRecord& record,
          storage::PieceStoreOwner& events, ContentOwner& owner, log::Logger log);
  ~Content() { give_names_back(); }
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;

  // --- facts
  /// nullptr while there is nothing.
  const std::shared_ptr<const metainfo::Metainfo>& metainfo() const { return metainfo_; }
  storage::PieceStore* store() { return store_.get(); }
  const storage::PieceStore* store() const { return store_.get(); }
  /// nullptr until enter().
  const Completion* completion() const { return completion_ ? &*completion_ : nullptr; }
  /// The folder its data is under, as text; by what was last known while it is not open.
  std::string data_root() const;
  /// Where it belongs; nothing when it is there already, or nothing is known of it.
  std::optional<SafePath> misplaced() const;
  /// All that is complete lies where it belongs and has its name.
  bool in_place() const { return store_ && !store_->naming() && !misplaced(); }
  /// Where open() would look for the files.
  Result<storage::PlacementFacts> place(const std::optional<storage::Progress>& saved,
                                        const config::Settings& settings) const;
  /// Somebody waits for it, or works with it.
  bool held() const { return !waiting_.empty() || in_store_ > 0 || in_save_ > 0; }
  bool moving() const { return moving_; }
  /// How far that is, 0 to 1; 0 when nothing moves.
  double move_progress() const;
  /// What went wrong with the last move, for the user; empty when it went well.
  const std::string& trouble() const { return trouble_; }
  void forget_trouble() { trouble_.clear(); }
  /// True while files that are complete still have their ".part" on disk.
  bool naming() const { return store_ && store_->naming(); }
  /// On its way to be in_place().
  bool settling() const { return moving_ || naming(); }
  /// Octets of blocks in memory.
  std::uint64_t block_bytes() const { return store_ ? store_->memory_bytes() : 0; }
  Instant deadline() const { return store_ ? store_->deadline().value_or(never) : never; }
  /// Its check has not had its turn yet.
  bool check_waits() const { return store_ && storage_.checker().is_waiting(store_->id()); }
  double check_progress() const {
    return store_ ? storage_.checker().progress(store_->id()).value_or(0) : 0;
  }
  /// How peers are told of it. Needs the metainfo.
  peer::TorrentSide torrent_side(const PeerId& ours, bool done) const;
  /// What the metainfo says of the files, made once; nullptr without it.
  std::shared_ptr<const std::vector<FileFacts>> file_facts() const;

  // --- coming and going
  void wait(Answer<void> then) { waiting_.push_back(std::move(then)); }
  /// In the order they came. When one of them lets go of the content, those behind it wait again.
  void answer_waiting(const Result<void>& outcome);
  void forget_waiting() { waiting_.clear(); }
  /// Looks at the files. `resumed` tells what is to be checked, and whether something that was had
  /// at the last save is not there any more. Fault: there is no folder to look in.
  using Resumed = std::move_only_function<void(Result<Bitfield> to_check, bool lost)>;
  Result<void> open(LoadedContent loaded, const config::Settings& settings, Resumed resumed);
  /// The store knows what is had: it can be worked with.
  void enter();
  /// Takes over what the store has, and tells the record.
  void refresh();
  /// The record's progress is what completion() says.
  void note_progress() {
    record_.progress = completion_->facts();
    record_.had_data = record_.had_data || record_.progress.have_valid > 0;
  }
  void drop();
  void on_settings(const config::Settings& settings);
  void set_wishes();
  /// News only: returns false when it was so already, or nothing is there.
  bool on_piece(PieceIndex piece, bool had);
  /// The names of what is missing are this torrent's until release_names(). Fault exists: another
  /// torrent is downloaded to one of them, or moved there. The store is there.
  Result<void> claim_names();
  void release_names();
  /// Wanted files without octets need no peer.
  void make_empty_files();

  /// Whether what stopped it is mended, as far as the disk shows; `full`: for want of room. The
  /// answer may come when this is gone.
  void look_for_room(bool full, std::move_only_function<void(bool mended)> answer) const;

  // --- places; the content is there, but for look_at
  /// At the next open() its data is there and nowhere else, under the names it has now.
  void look_at(const SafePath& root);
  /// What is to be saved from look_at() to open(): nothing is claimed of the new place.
  std::optional<storage::Progress> unread_progress() const;
  /// While another move is under way it waits for its end; of several that wait, the last is made.
  void move(const SafePath& root, Answer<void> answer);
  /// Fault exists: another torrent is downloaded to one of its names, so what has that name now is
  /// not to be moved or renamed.
  Result<void> may_leave() const;
  /// For that reason: says in trouble() that it was to be moved. `shown`: the reason is the
  /// torrent's error, and shown beside.
  void refuse_move(const SafePath& root, const Fault& why, bool shown, Answer<void> answer);
  /// Calls off the copying and whatever move waits for its turn; what cannot be called off is
  /// waited for. `then` may end this.
  void stop_moving(std::move_only_function<void()> then);
  /// Nothing moves any more for those who called stop_moving(); they may end this.
  void come_to_rest();
  /// `path` and `name` as in the RPC's torrent_rename_path.
  void rename(const std::string& path, const std::string& name, Answer<void> answer);

 private:
  Result<SafePath> first_root(const config::Settings& settings) const;
  struct Unmade {
    SafePath path;
    SafePath other;
    std::uint64_t length = 0;
  };
  /// Files that, when they are not there yet, are made with all of their room.
  std::vector<Unmade> whole_files_wanted() const;
  /// The record is to say where the data is, for when there is no store.
  void note_place();
  void on_places_known();
  void end_move(std::string before, Answer<void> answer);
  void finish_move(std::string before, Answer<void> answer);
  void on_move_ended(Result<void> outcome, Answer<void> answer);
  void fail_move(const std::string& to, const Fault& fault, Answer<void> answer);
  void end_rename(storage::PathRename rename, Answer<void> answer);
  void finish_rename(storage::PathRename rename, Answer<void> answer);
  /// On the disk, now or, of the last one, before.
  void on_renamed(const storage::PathRename& rename);
  /// Fault exists: another torrent is downloaded to one of `names`.
  Result<void> may_bring(const std::vector<SafePath>& names) const;
  Result<void> may_rename(const storage::PathRename& rename) const;
  /// The same names elsewhere, of which nobody else may have had any meanwhile.
  void claim_again();
  Sha1 key() const { return record_.hashes.short_hash(); }
  void give_names_back();
  WallTime wall() const { return clock_.wall(); }

  storage::Storage& storage_;
  const io::Clock& clock_;
  TorrentRecord& record_;
  storage::PieceStoreOwner& events_;
  ContentOwner& owner_;
  log::Logger log_;
  std::shared_ptr<const metainfo::Metainfo> metainfo_;
  std::unique_ptr<storage::PieceStore> store_;
  std::optional<storage::PlacementFacts> last_place_;  ///< of the data, before the store went
  std::optional<Completion> completion_;
  std::optional<storage::PlacementFacts> new_placement_;
  std::vector<Answer<void>> waiting_;
  std::string trouble_;
  // Moves and renames need the content to stay. The store forgets those it works at when it goes.
  int in_store_ = 0;
  int in_save_ = 0;
  bool moving_ = false;
  struct Wish {
    SafePath root;
    Answer<void> answer;
  };
  std::optional<Wish> next_move_;  ///< after the one under way
  std::vector<std::move_only_function<void()>> at_rest_;
  mutable std::shared_ptr<const std::vector<FileFacts>> file_facts_;
};

}  // namespace seed::torrent
