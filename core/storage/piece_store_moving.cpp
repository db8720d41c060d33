// PieceStore: moving to another root and renaming; see piece_store.h and jobs/move_files.h.
#include <utility>

#include "core/storage/piece_store.h"

namespace seed::storage {

/// All but what is known to be somebody else's; of a move that was cut off, by what was saved.
bool PieceStore::is_to_move(FileIndex file) const {
  if (layout().is_pad(file)) return false;
  if (resumed_) return !is_strange(file);
  const bool unknown = !own_ || placement_.is_suffixed(file) || layout().length(file) == 0;
  return unknown || own_->test({file.value}) || any_of(ever_had_, file);
}

std::vector<MovingFile> PieceStore::moving_files(const SafePath& from, const SafePath& to) const {
  std::vector<MovingFile> out;
  for (std::uint32_t i = 0; i < layout().file_count(); ++i) {
    const FileIndex file{i};
    if (!is_to_move(file)) continue;
    MovingFile one{placement_.path_in(from, file), placement_.path_in(to, file), known_name(file)};
    if (!one.from.is_root() && !one.to.is_root()) out.push_back(std::move(one));
  }
  return out;
}

RenameOnDisk PieceStore::rename_job(const PathRename& rename) const {
  const SafePath& root = placement_.root();
  RenameOnDisk job;
  job.from = root.descend(rename.path).value_or(root);
  job.to = job.from.is_root() ? root : job.from.parent().child(rename.name).value_or(root);
  // At a start the placement has it done already.
  for (std::uint32_t i = 0; i < layout().file_count(); ++i)
    if (const auto path = placement_.path_in(root, FileIndex{i});
        path == job.from || path == job.to)
      job.known = known_name(FileIndex{i});
  return job;
}

// --- move ----------------------------------------------------------------------------------------

void PieceStore::begin_move(const SafePath& root, Answer<void> answer) {
  if (move_ != MoveState::none || renaming_ || !resumed_)
    return answer(fail(FaultCode::busy, "the torrent's files are being opened, moved or renamed"));
  if (root == placement_.root()) return answer({});
  move_ = MoveState::preparing;
  move_to_ = root;
  move_answer_ = std::move(answer);
  copy_ = std::make_shared<CopyControl>();
  flushed_ = false;
  may_have_copies_ = false;
  half_way_ = false;
  drop_incomplete();
  // What is written is made durable first: then nothing is, until the move ends.
  flush([&storage = storage_, id = id_](Result<void> flushed) {
    if (auto* store = storage.find(id); store != nullptr && flushed) store->prepare_move();
  });
}

void PieceStore::prepare_move() {
  if (move_ != MoveState::preparing) return;
  flushed_ = true;
  storage_.roots().check(
      move_to_, RootUse::make, [&storage = storage_, id = id_](Result<KnownRoot> root) {
        auto* store = storage.find(id);
        if (store == nullptr || store->move_ != MoveState::preparing) return;
        if (!root) return store->on_prepared(std::unexpected(std::move(root).error()));
        auto files = store->moving_files(store->placement_.root(), store->move_to_);
        if (auto taken = storage.arrivals().take(id, files); !taken)
          return store->on_prepared(std::move(taken));
        store->may_have_copies_ = true;
        store->placement_.set_copying_to(store->move_to_);
        store->owner_.on_progress();
        store->submit_on(storage.roots().copy_lane(store->placement_.root()),
                         io::Urgency::background, PrepareMove{std::move(files), store->copy_},
                         [control = store->copy_](PieceStore& self, Result<void> outcome) {
                           if (self.copy_ == control) self.on_prepared(std::move(outcome));
                         });
      });
}

void PieceStore::on_prepared(Result<void> outcome) {
  move_ = outcome ? MoveState::prepared : MoveState::none;
  copy_.reset();
  if (!outcome) {
    if (may_have_copies_) drop_copies(move_to_);
    storage_.arrivals().give_back(id_);
    drop_left_suffixes();
  }
  std::exchange(move_answer_, nullptr)(std::move(outcome));
}

void PieceStore::cancel_move() {
  if (move_ == MoveState::preparing) {
    copy_->stop = true;
    on_prepared(fail(FaultCode::cancelled, "the move was stopped"));
  } else if (move_ == MoveState::prepared) {
    move_ = MoveState::none;
    drop_copies(move_to_);
    storage_.arrivals().give_back(id_);
    drop_left_suffixes();
  }
}

/// After the job that makes them, which may be past the point where it looks whether to stop.
void PieceStore::drop_copies(const SafePath& root) {
  // Another torrent's copies may have the same names by now.
  if (!storage_.arrivals().check(id_, names(root))) return;
  // Of all: which were strangers when they were made may not be known any more.
  DropCopies job;
  for (std::uint32_t i = 0; i < layout().file_count(); ++i)
    if (auto to = placement_.path_in(root, FileIndex{i}); !to.is_root())
      job.files.push_back({placement_.path_in(placement_.root(), FileIndex{i}), std::move(to)});
  submit_on(storage_.roots().copy_lane(placement_.root()), io::Urgency::background, std::move(job),
            [](PieceStore& self, const Result<void>& dropped) {
              // By now there may be those of the next move.
              if (!dropped || self.move_ != MoveState::none) return;
              self.placement_.set_copying_to(std::nullopt);
              self.owner_.on_progress();
            });
}

std::optional<double> PieceStore::move_progress() const {
  if (!copy_) return std::nullopt;
  const auto total = copy_->bytes_total.load();
  return total == 0 ? 0.0
                    : static_cast<double>(copy_->bytes_done.load()) / static_cast<double>(total);
}

void PieceStore::finish_move(Answer<void> answer) {
  if (move_ == MoveState::none) return answer({});
  if (move_ != MoveState::prepared) return answer(fail(FaultCode::busy, "the move is under way"));
  move_ = MoveState::finishing;
  move_answer_ = std::move(answer);
  settle();
}

/// Nothing is written and nothing read: the files may change places.
void PieceStore::run_finish() {
  if (!move_answer_ || copy_) return;
  // Marks that it runs: copy_ is not otherwise used while finishing.
  copy_ = std::make_shared<CopyControl>();
  storage_.open_files().forget(id_);
  if (finishing_rename_) {
    submit(io::Urgency::transfer, rename_job(*renaming_), [](PieceStore& self, Result<void> done) {
      self.copy_.reset();
      self.finishing_rename_ = false;
      self.move_ = MoveState::none;
      const auto rename = std::exchange(self.renaming_, std::nullopt);
      if (done) self.placement_.rename(*rename);
      self.drop_left_suffixes();
      self.owner_.on_progress();
      self.pump_reads();
      self.storage_.checker().go_on();
      std::exchange(self.move_answer_, nullptr)(std::move(done));
    });
    return;
  }
  const SafePath from = placement_.root();
  placement_.set_root(move_to_);
  FindFiles job = find_job();
  placement_.set_root(from);
  job.move = FinishMove{moving_files(from, move_to_), half_way_ ? nullptr : copy_};
  job.rename.reset();
  submit(io::Urgency::transfer, std::move(job),
         [](PieceStore& self, Result<std::vector<FoundFile>> found) {
           self.on_moved(std::move(found));
         });
}

void PieceStore::on_moved(Result<std::vector<FoundFile>> found) {
  const auto control = std::exchange(copy_, nullptr);
  if (!found) {
    if (control->taken_back) {
      move_ = MoveState::none;
      drop_copies(move_to_);
      storage_.arrivals().give_back(id_);
      drop_left_suffixes();
    } else {
      // The saved state names both places, and what is not moved yet can be at any time.
      move_ = MoveState::prepared;
      half_way_ = true;
    }
    pump_reads();
    storage_.checker().go_on();
    return std::exchange(move_answer_, nullptr)(std::unexpected(std::move(found).error()));
  }
  move_ = MoveState::none;
  storage_.arrivals().give_back(id_);
  placement_.set_root(move_to_);
  placement_.set_moving_from(std::nullopt);
  placement_.set_copying_to(std::nullopt);
  const auto* known = storage_.roots().find(move_to_);
  root_identity_ = known == nullptr ? std::nullopt : std::optional(known->identity);
  for (std::uint32_t i = 0; i < found->size(); ++i) {
    const auto& file = (*found)[i];
    const auto stamp = durability_.stamps().find(FileIndex{i});
    // A copy has another time; a file of another size is not what was copied.
    if (file.there && stamp != durability_.stamps().end() && stamp->second.size == file.stamp.size)
      durability_.restamp(FileIndex{i}, file.stamp);
  }
  drop_left_suffixes();
  owner_.on_progress();
  pump_reads();
  storage_.checker().go_on();
  std::exchange(move_answer_, nullptr)({});
}

// --- rename --------------------------------------------------------------------------------------

void PieceStore::begin_rename(const std::string& path, const std::string& name,
                              Answer<void> answer) {
  if (move_ != MoveState::none || renaming_ || !resumed_)
    return answer(fail(FaultCode::busy, "the torrent's files are being opened, moved or renamed"));
  if (auto allowed = placement_.may_rename(path, name); !allowed) return answer(std::move(allowed));
  PathRename rename{path, name};
  auto job = rename_job(rename);
  job.check_only = true;
  submit(io::Urgency::transfer, std::move(job),
         [rename = std::move(rename), answer = std::move(answer)](PieceStore& self,
                                                                  Result<void> free) mutable {
           if (free && (self.move_ != MoveState::none || self.renaming_))
             free = fail(FaultCode::busy, "the torrent's files are being moved or renamed");
           if (free) self.renaming_ = std::move(rename);
           answer(std::move(free));
         });
}

void PieceStore::finish_rename(Answer<void> answer) {
  if (!renaming_ || move_ != MoveState::none)
    return answer(fail(FaultCode::busy, "no rename was begun"));
  move_ = MoveState::finishing;
  finishing_rename_ = true;
  move_answer_ = std::move(answer);
  settle();
}

void PieceStore::cancel_rename() {
  if (!finishing_rename_) renaming_.reset();
}

}  // namespace seed::storage
