// PieceStore: one active torrent's data, loop side: blocks in, verified pieces out to disk, blocks
// for peers back, and what may be saved about it.
//
// All disk work is Jobs; results come back by StoreId and are dropped when the store is gone.
// A block waits in memory until its piece is whole, then one job hashes it from memory and writes
// it. When memory is short, blocks are written early and the piece's digest is taken reading them
// back. A verified and written piece is had (`have()`) at once, and durable after a sync that began
// later: only `progress()` may be saved (data before claim, design, section 10).
//
// What spans a save of the engine goes begin -> the engine saves progress() -> finish; resume()
// finishes what a crash left:
//   begin_move(root) -> answered -> save -> finish_move() -> answered -> save
//   begin_rename()   -> answered -> save -> finish_rename() -> answered
//
//   made --resume()--> open <--check()--> checking;  open --begin_move()--> moving (reads, no
//   writes)
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "config/settings_types.h"
#include "core/base/bitfield.h"
#include "core/base/block.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/metainfo/merkle.h"
#include "core/metainfo/metainfo.h"
#include "core/storage/durability.h"
#include "core/storage/incoming.h"
#include "core/storage/jobs/drop_suffixes.h"
#include "core/storage/jobs/find_files.h"
#include "core/storage/jobs/move_files.h"
#include "core/storage/jobs/paths.h"
#include "core/storage/jobs/read_blocks.h"
#include "core/storage/jobs/remove_files.h"
#include "core/storage/jobs/sync_files.h"
#include "core/storage/jobs/verify_and_write.h"
#include "core/storage/jobs/verify_range.h"
#include "core/storage/placement.h"
#include "core/storage/progress.h"
#include "core/storage/reading.h"
#include "core/storage/storage.h"

namespace seed::storage {

/// Who sent a block of a piece; the digest is the first 8 octets of the block's SHA-1.
struct BlockOrigin {
  std::uint32_t offset = 0;  ///< octets from the start of the piece
  LinkId from;
  std::uint64_t digest = 0;  ///< 0 unless the piece failed now or before
};

struct PieceOutcome {
  PieceIndex piece;
  std::vector<BlockOrigin> blocks;
};

/// Hears what became of pieces, always from a job's result or on_deadline(), but for
/// on_pieces_lost, which drop_incomplete() and begin_move() call at once. Only on_storage_fault and
/// the answers to calls may destroy the store.
class PieceStoreOwner {
 public:
  virtual ~PieceStoreOwner() = default;
  /// Hashed and written: had from now on. With digests when it had failed before, so that the
  /// guilty one shows.
  virtual void on_piece_verified(const PieceOutcome& outcome) = 0;
  /// Did not pass its hash: dropped, to be asked for again.
  virtual void on_piece_failed(const PieceOutcome& outcome) = 0;
  /// No longer to be had: could not be written (then they were never had) or could not be made
  /// durable; also blocks thrown out with an incomplete piece. To be asked for again.
  virtual void on_pieces_lost(std::span<const PieceIndex> pieces) = 0;
  /// Outcome of check(), as pieces come in. A good one is had from now on, a bad one is not.
  virtual void on_piece_checked(PieceIndex piece, bool good) = 0;
  /// All that was asked with that token and was not given at once, in the order asked.
  virtual void on_blocks_read(ReadToken token, LinkId reader,
                              Result<std::vector<ReadBlock>> blocks) = 0;
  /// All pieces of a file are had, and it has its final name: its ".part" is gone.
  virtual void on_file_completed(FileIndex file) = 0;
  /// progress() changed: save it soon.
  virtual void on_progress() = 0;
  /// Something outside failed: disk full, root missing, I/O. Said once until clear_fault().
  virtual void on_storage_fault(const Fault& fault) = 0;
  /// deadline() moved.
  virtual void on_store_deadline() = 0;
};

struct StoreOptions {
  std::shared_ptr<const metainfo::Metainfo> metainfo;
  PlacementFacts placement;
  /// The root, when none of the files is in placement.root: for a torrent that was never saved.
  std::optional<SafePath> otherwise;
  config::Preallocation preallocation = config::Preallocation::sparse;
  bool rename_partial_files = true;
  /// It is known to have had data there, whether or not any of it is claimed: so its root is not
  /// made again when it is gone.
  bool had_data = false;
};

enum class AddResult : std::uint8_t {
  taken,
  complete,   ///< taken, and the piece is being verified
  duplicate,  ///< dropped: we have it or hold it
  refused,    ///< dropped: no such block, or nothing is written now (fault, moving)
};

class PieceStore {
 public:
  /// `storage` and `owner` outlive it. Nothing on disk is touched before resume().
  PieceStore(Storage& storage, StoreOptions options, PieceStoreOwner& owner);
  ~PieceStore();
  PieceStore(const PieceStore&) = delete;
  PieceStore& operator=(const PieceStore&) = delete;

  StoreId id() const { return id_; }
  const Placement& placement() const { return placement_; }
  void set_rename_partial_files(bool on);
  config::Preallocation preallocation() const { return preallocation_; }
  void set_preallocation(config::Preallocation preallocation) { preallocation_ = preallocation; }

  // --- start
  /// Checks the root, finishes a move or rename that was cut off, looks at the files and compares
  /// them with what was saved. The answer: pieces to check (none: nothing need be read); have() and
  /// durable_have() are set by then. Fault root_missing and others.
  void resume(std::optional<Progress> saved, Answer<Bitfield> answer);
  /// Reads and hashes these pieces: through Checker, see there. Pieces not yet durable are synced.
  void check(Bitfield pieces, Answer<void> answer);
  void stop_check() { storage_.checker().stop(id_); }
  /// False while pieces are to be checked, also after a check that was stopped or failed.
  bool all_checked() const { return unchecked_.none(); }

  // --- blocks in
  /// `block` holds ref.length octets; ref on the grid of 16 KiB. Links stop reading while
  /// storage.memory().under_pressure().
  AddResult add_block(BlockRef ref, Block block, LinkId from);
  /// Whether a block lies here, in memory or written early.
  bool holds(BlockRef ref) const;
  /// Octets held of pieces that are not whole.
  std::uint64_t unverified_bytes() const { return incoming_.bytes(); }
  /// What these are.
  std::vector<BlockRef> unverified_blocks() const { return incoming_.blocks(); }
  /// Octets of blocks in memory that wait for their piece or for the disk.
  std::uint64_t memory_bytes() const { return incoming_.memory_bytes() + writing_bytes_; }
  /// True while blocks are refused.
  bool refuses_blocks() const { return fault_ || move_ != MoveState::none || !resumed_; }
  /// Drops incomplete pieces, e.g. when the torrent stops.
  void drop_incomplete();

  // --- blocks out
  struct Read {
    ReadToken token = 0;           ///< 0 when all was ready
    std::vector<ReadBlock> ready;  ///< what read-ahead had in memory
  };
  /// Reads blocks (each 1 octet to 16 KiB, within a piece that is had; others are left out) for a
  /// link. What would make up a file's last piece (BEP 52) reads as zeros. Adjacent ones are read
  /// in one run; a link that goes through a piece in order has the next run read ahead. When memory
  /// for uploads is full it just takes longer. What is handed over is no longer counted here: count
  /// it as MemoryUse::unsent until it is sent.
  Read read(LinkId reader, std::span<const BlockRef> blocks);
  /// Hashes of the tree of a file that has one, with their proof (BEP 52); `range` is within it.
  /// Fault unsupported for layers that are not served, not_found when pieces are not had. The
  /// answer never comes from within, and not at all when the store is gone.
  void give_hashes(FileIndex file, const metainfo::HashRange& range, Answer<Buffer> answer);
  /// The link is gone or choked: drop its read-ahead; results under way are dropped too.
  void forget_reader(LinkId reader);

  // --- what is there
  const Bitfield& have() const { return have_; }
  const Bitfield& durable_have() const { return durability_.durable(); }
  bool has_file(FileIndex file) const;
  /// Something that was claimed at the last save before resume() was not there any more.
  bool has_lost() const { return has_lost_; }
  /// After a check: the paths of files that were there before this torrent, under their last names,
  /// and in which nothing is of it. To write would be to write over another torrent's
  /// data, or the user's. Nothing is of the torrent in a file none of whose pieces is good, if it
  /// has another length than the torrent's, or one of these pieces was there with all its octets.
  /// Where they all lack octets of other files, which are missing, a file of the right length is
  /// taken for the torrent's: else no torrent of small files could be completed.
  /// Only what `wanted` would be written to counts.
  std::vector<std::string> strangers(const Bitfield& wanted) const;
  /// Before that: a check may find some.
  bool may_have_strangers() const;
  /// After a check: likewise those in which some of the torrent is, and not all of it: begun by
  /// another program, or another torrent's with which it has pieces in common.
  std::vector<std::string> found_in_part(const Bitfield& wanted) const;
  /// Files that are not there, and in which `wanted` will be written under their last names, are
  /// the store's from now on: the caller has claimed their names. True when that is news, which the
  /// next process knows only after progress() was saved.
  bool claim_missing(const Bitfield& wanted);
  /// What its files are called when they are complete, beneath any root; empty ones left out.
  std::vector<SafePath> names(const SafePath& root) const;
  /// The same beneath its own root, of those that are not complete.
  std::vector<SafePath> unfinished_names() const;
  /// True while files that are complete still have their ".part" on disk.
  bool naming() const { return !unnamed_.empty(); }
  Progress progress() const;
  /// One entry a file. Held: something of the torrent was in it since the last save before
  /// resume(), or the store has made it.
  std::vector<Ownership> own_files() const;
  /// One entry a file: whether it bears its ".part".
  std::vector<KnownName> known_names() const;
  /// Where the files are, or may be: what progress() says of it.
  PlacementFacts places() const;
  /// Written and not yet durable, or a sync under way; or a file is losing its ".part".
  bool is_dirty() const;
  /// Syncs now; answers when all that is written by now is durable. For a clean stop.
  void flush(Answer<void> answer);
  /// Makes those of `files` that have length 0, which no piece ever writes.
  void make_empty_files(std::span<const FileIndex> files, Answer<void> answer);

  std::optional<Instant> deadline() const;
  void on_deadline();

  // --- moving, renaming
  /// Checks that nothing is in the way; on another file system copies and syncs. Peers are served
  /// from the old place; no blocks are taken until finish_move or cancel_move, and incomplete
  /// pieces are dropped. Fault exists, disk_full, busy and others: nothing has changed. Once it is
  /// answered, progress() names the new root, and the old one as moving_from: save, then finish.
  /// Before, it names the new root as copying_to: the copies of a process that was killed are
  /// removed by the next resume().
  void begin_move(const SafePath& root, Answer<void> answer);
  /// Switches and removes the old. Nothing is lost by a fault: it is as if the move had not begun,
  /// or may_finish_move(), and this may be called again.
  void finish_move(Answer<void> answer);
  /// begin_move was answered, and finish_move was not called or stopped half way.
  bool may_finish_move() const { return move_ == MoveState::prepared; }
  /// begin_move was not answered yet.
  bool preparing_move() const { return move_ == MoveState::preparing; }
  /// Ends a move that has not begun to finish; begin_move is answered with Fault cancelled. If
  /// progress() was saved meanwhile, save it again.
  void cancel_move();
  /// 0 to 1 while a copy runs.
  std::optional<double> move_progress() const;
  /// `path` and `name` as in the RPC's torrent_rename_path. Fault not_found, malformed, exists.
  /// Once it is answered, progress() names the rename: save, then finish.
  void begin_rename(const std::string& path, const std::string& name, Answer<void> answer);
  void finish_rename(Answer<void> answer);
  /// Ends a rename that has not begun to finish. If progress() was saved meanwhile, save it again.
  void cancel_rename();

  // --- faults
  const std::optional<Fault>& fault() const { return fault_; }
  /// Takes blocks again and may report again; retry is the torrent's decision.
  void clear_fault();

 private:
  friend class Checker;
  friend class Storage;
  enum class MoveState : std::uint8_t { none, preparing, prepared, finishing };
  /// What a job is to do with files; one that looks takes what it finds under either name.
  enum class Use : std::uint8_t { read, write, look };

  // What is shared (piece_store.cpp).
  const metainfo::FileLayout& layout() const { return metainfo_->layout; }
  RootGuard guard() const;
  FileTarget target(FileIndex file, Use use) const;
  KnownName known_name(FileIndex file) const;
  /// Spans of a run of a piece; the files they are in are added to `targets`.
  std::vector<Span> spans(BlockRef run, Use use, std::vector<FileTarget>& targets) const;
  /// Submits a job; its outcome comes to `then(PieceStore&, outcome)`, or to nobody.
  template <typename Work, typename Then>
  void submit(io::Urgency urgency, Work work, Then then) {
    submit_on(storage_.lane(placement_.root()), urgency, std::move(work), std::move(then));
  }
  template <typename Work, typename Then>
  void submit_on(io::Lane lane, io::Urgency urgency, Work work, Then then) {
    io::submit(storage_.workers(), lane, urgency, std::move(work),
               [&storage = storage_, id = id_, then = std::move(then)](auto outcome) mutable {
                 if (PieceStore* store = storage.find(id)) then(*store, std::move(outcome));
               });
  }
  void keep_opened(std::span<const OpenedFile> opened);
  /// The last call of whoever makes it: the owner may destroy the store.
  void report(const Fault& fault);
  /// After every input: syncs, answers and moves that are due now; tells of the deadline. May
  /// destroy the store, so it comes last.
  void settle();
  bool is_quiet() const { return writes_ == 0 && !is_dirty(); }

  // Blocks in.
  void submit_verify(PieceIndex piece);
  void on_verified(PieceIndex piece, std::vector<LinkId> from, VerifyOutcome outcome);
  std::uint64_t buffered_bytes() const { return incoming_.memory_bytes(); }
  bool can_spill() const;
  /// Writes blocks of one incomplete piece early. False: there is nothing to write.
  bool spill();
  void on_spilled(const Incoming::Spill& spilled, WriteOutcome outcome);
  void drop(PieceIndex piece);
  void gain(PieceIndex piece, std::uint64_t bytes_written);
  void lose(PieceIndex piece);
  void finish_files(PieceIndex piece);
  bool has_unchecked(FileIndex file) const;
  bool has_any(FileIndex file) const;
  bool any_of(const Bitfield& have, FileIndex file) const;
  bool is_strange(FileIndex file) const;
  Bitfield own_names() const;
  bool is_to_move(FileIndex file) const;
  bool misses(metainfo::PieceRange pieces, const Bitfield& wanted) const;
  metainfo::PieceRange own_pieces(FileIndex file) const;
  std::set<FileIndex> files_in_work() const;
  void drop_suffixes(const std::vector<FileIndex>& files);
  /// Of files that are complete and durable. Not before: after a power cut the name might be there
  /// and what it says of the file not, and the next process would take it for a stranger's.
  void drop_left_suffixes();
  bool names_wait() const;
  bool is_durable(FileIndex file) const;
  void on_suffixes_dropped(const std::vector<FileIndex>& files, const DropOutcome& outcome);

  // Blocks out.
  void pump_reads();
  void on_read(std::uint64_t order, ReadOutcome outcome);

  void submit_sync();
  void on_synced(SyncOutcome outcome);

  // Start (piece_store_start.cpp).
  /// While files change places, what is not there says nothing: no job may begin then.
  bool may_check() const { return move_ != MoveState::finishing; }
  /// on_checked() is called with its outcome, whatever becomes of the check.
  VerifyRange check_job(const Bitfield& pieces, std::uint32_t& next, std::uint64_t bytes);
  void on_checked(const CheckResult& result);
  /// What the files were called at the last save.
  void expect_names(const Progress& saved);
  /// Of files that are not complete: those that were found under the other name, and something of
  /// the torrent in them.
  void adopt_names(const CheckResult& result);
  FindFiles find_job() const;
  void find_files(std::optional<Progress> saved, Answer<Bitfield> answer);
  /// None of the files is in the first root: looks in the other one.
  void begin_otherwise(Answer<Bitfield> answer);
  void on_found(const std::optional<Progress>& saved, const std::vector<FoundFile>& found);
  /// Those of `foreign` that are strangers unless a check finds something of the torrent in them.
  void find_strangers(const std::vector<FileIndex>& foreign, std::span<const FoundFile> found);

  // Moving (piece_store_moving.cpp).
  std::vector<MovingFile> moving_files(const SafePath& from, const SafePath& to) const;
  RenameOnDisk rename_job(const PathRename& rename) const;
  void prepare_move();
  /// What a move to that root has copied that is called off, or was cut off.
  void drop_copies(const SafePath& root);
  void on_prepared(Result<void> outcome);
  void run_finish();
  void on_moved(Result<std::vector<FoundFile>> found);

  Storage& storage_;
  PieceStoreOwner& owner_;
  std::shared_ptr<const metainfo::Metainfo> metainfo_;
  Placement placement_;
  config::Preallocation preallocation_;
  StoreId id_;
  std::shared_ptr<std::atomic<bool>> called_off_;
  std::optional<io::RootIdentity> root_identity_;
  std::optional<SafePath> otherwise_;  ///< nothing when the root is settled
  const bool had_data_;
  bool resumed_ = false;
  bool has_lost_ = false;
  std::optional<Fault> fault_;

  Bitfield have_;
  Bitfield ever_had_;         ///< also what was had at the last save, and is lost
  std::set<FileIndex> made_;  ///< files that were not there
  // One bit a file.
  Bitfield found_;               ///< there at the start, under its last name
  Bitfield claimed_;             ///< the torrent's by what was saved, or to be made by it
  std::optional<Bitfield> own_;  ///< as saved, if that is known
  /// On disk perhaps, and not read yet: a check that is cut off leaves them. Their files are saved
  /// without stamps, so that the next start reads them.
  Bitfield unchecked_;
  Incoming incoming_;
  std::set<PieceIndex> verifying_;
  std::uint64_t writing_bytes_ = 0;     ///< of pieces that are being verified and written
  std::set<PieceIndex> failed_before_;  ///< their digests are wanted also when they pass
  std::uint64_t writes_ = 0;            ///< jobs under way that write
  std::uint64_t check_jobs_ = 0;        ///< jobs under way that check
  std::vector<FileIndex> not_begun_;    ///< there before this torrent, under their last names
  std::vector<FileIndex> strangers_;    ///< in order; unless the torrent's own was found in them
  std::set<FileIndex> unnamed_;         ///< complete, and their ".part" is not dropped yet
  std::set<FileIndex> naming_;          ///< of these, those whose ".part" is being dropped
  Durability durability_;
  std::vector<Answer<void>> flushes_;
  Reading reading_;
  std::optional<Instant> deadline_told_;

  MoveState move_ = MoveState::none;
  SafePath move_to_;
  bool flushed_ = false;          ///< for the move: files keep the names that they have
  bool may_have_copies_ = false;  ///< at move_to_
  bool half_way_ = false;         ///< something may have arrived there
  Answer<void> move_answer_;      ///< of begin_move or finish_move, while it works
  std::shared_ptr<CopyControl> copy_;
  std::optional<PathRename> renaming_;  ///< begun
  bool finishing_rename_ = false;       ///< what MoveState::finishing is about
};

/// One entry a file: held when there is one of `pieces` in it, else none.
std::vector<Ownership> files_with(const metainfo::FileLayout& layout, const Bitfield& pieces);
/// One entry a file; `suffix_partial` as in Placement. Nothing is known while nothing is claimed.
std::vector<KnownName> known_names(const metainfo::FileLayout& layout, const Progress& saved,
                                   bool suffix_partial);

/// What is to be deleted of a torrent that has no store any more.
struct Removal {
  Sha1 torrent;  ///< the key of its names in Unfinished
  std::shared_ptr<const metainfo::Metainfo> metainfo;
  PlacementFacts placement;
  /// One entry a file. Of those that are not the torrent's, only what bears the ".part" of a file
  /// that is begun is.
  std::vector<Ownership> ownership;
  std::vector<KnownName> names;  ///< one a file
};
/// Removes those files, but none that another torrent is downloaded to, and folders that are empty
/// then.
void remove_files(Storage& storage, const Removal& removal, Answer<void> answer);

}  // namespace seed::storage
