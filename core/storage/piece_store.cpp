#include "core/storage/piece_store.h"

#include <algorithm>
#include <utility>

#include "core/storage/jobs/give_hashes.h"
#include "core/storage/jobs/remove_files.h"

namespace seed::storage {

PieceStore::PieceStore(Storage& storage, StoreOptions options, PieceStoreOwner& owner)
    : storage_(storage),
      owner_(owner),
      metainfo_(std::move(options.metainfo)),
      placement_(metainfo_->layout, std::move(options.placement), options.rename_partial_files),
      preallocation_(options.preallocation),
      id_(storage.enter(this)),
      called_off_(std::make_shared<std::atomic<bool>>(false)),
      otherwise_(std::move(options.otherwise)),
      had_data_(options.had_data),
      have_(metainfo_->layout.piece_count()),
      ever_had_(metainfo_->layout.piece_count()),
      unchecked_(metainfo_->layout.piece_count()),
      durability_(metainfo_->layout.piece_count()),
      reading_(storage.memory()) {}

PieceStore::~PieceStore() {
  *called_off_ = true;
  if (copy_) copy_->stop = true;
  if (move_ == MoveState::preparing && may_have_copies_) drop_copies(move_to_);
  storage_.leave(id_);
  for (const auto piece : incoming_.pieces()) drop(piece);
}

void PieceStore::set_rename_partial_files(bool on) { placement_.set_suffix_partial(on); }

// --- what is shared ------------------------------------------------------------------------------

RootGuard PieceStore::guard() const {
  return {placement_.root(), root_identity_, preallocation_, called_off_};
}

FileTarget PieceStore::target(FileIndex file, Use use) const {
  const bool writable = use == Use::write;
  FileTarget out;
  out.file = file;
  out.size = layout().length(file);
  out.path = placement_.path_of(file);
  // What is written to is not complete and keeps its name, unless pieces of it were lost again.
  const bool one_name = writable && !naming_.contains(file);
  out.other = one_name ? out.path : placement_.other_path_of(file);
  out.suffixed = placement_.is_suffixed(file);
  out.handle = storage_.open_files().find(id_, file, writable, storage_.now());
  out.writable = writable && out.handle != nullptr;
  const auto pieces = layout().pieces_of(file);
  out.has_data = have_.next_set(pieces.first.value) < pieces.last.value;
  return out;
}

KnownName PieceStore::known_name(FileIndex file) const {
  KnownName out{placement_.is_suffixed(file), resumed_ && !naming_.contains(file), std::nullopt};
  const auto stamp = durability_.stamps().find(file);
  if (!out.certain && stamp != durability_.stamps().end()) out.stamp = stamp->second;
  return out;
}

std::vector<Span> PieceStore::spans(BlockRef run, Use use, std::vector<FileTarget>& targets) const {
  std::vector<Span> out;
  for (const auto& slice : layout().slices(run)) {
    Span span{Span::pad, slice.offset, slice.length};
    if (!layout().is_pad(slice.file)) {
      if (targets.empty() || targets.back().file != slice.file)
        targets.push_back(target(slice.file, use));
      span.target = static_cast<std::uint32_t>(targets.size() - 1);
    }
    out.push_back(span);
  }
  const std::uint32_t there = layout().piece_size(run.piece);
  if (run.offset < there && run.length > there - run.offset)
    out.push_back({Span::pad, 0, run.length - (there - run.offset)});
  return out;
}

void PieceStore::keep_opened(std::span<const OpenedFile> opened) {
  for (const auto& file : opened) {
    if (file.created) {
      durability_.on_created(file.file, storage_.now());
      made_.insert(file.file);
    }
    // While files move, what was opened is of the old place. Under the other name it may be
    // somebody else's.
    const bool ours =
        file.suffixed == placement_.is_suffixed(file.file) || naming_.contains(file.file);
    if (ours && move_ != MoveState::finishing)
      storage_.open_files().keep(id_, file.file, file.writable, file.handle, storage_.now());
  }
}

void PieceStore::report(const Fault& fault) {
  if (fault_ || fault.code == FaultCode::cancelled) return;
  fault_ = fault;
  owner_.on_storage_fault(fault);
}

void PieceStore::clear_fault() {
  fault_.reset();
  drop_left_suffixes();
}

void PieceStore::drop_left_suffixes() {
  std::vector<FileIndex> ready;
  for (const auto file : unnamed_)
    if (placement_.is_suffixed(file) && is_durable(file) && !naming_.contains(file))
      ready.push_back(file);
  drop_suffixes(ready);
}

/// Files that are complete wait for a sync, and nothing comes that it could take along.
bool PieceStore::names_wait() const {
  return naming_.size() < unnamed_.size() && !refuses_blocks() && all_checked() &&
         incoming_.bytes() == 0;
}

void PieceStore::settle() {
  const bool hurry = !flushes_.empty() || move_ == MoveState::preparing ||
                     move_ == MoveState::finishing || names_wait();
  if (hurry && writes_ == 0 && durability_.waiting() && !durability_.syncing()) submit_sync();
  if (deadline() != deadline_told_) {
    deadline_told_ = deadline();
    owner_.on_store_deadline();
  }
  if (!is_quiet()) return;
  if (move_ == MoveState::finishing && check_jobs_ == 0 && reading_.orders_under_way() == 0)
    run_finish();
  auto& storage = storage_;
  const StoreId id = id_;
  for (auto& answer : std::exchange(flushes_, {})) {
    answer({});
    if (storage.find(id) == nullptr) return;
  }
}

bool PieceStore::is_dirty() const {
  return durability_.waiting() || durability_.syncing() || !naming_.empty();
}

void PieceStore::flush(Answer<void> answer) {
  flushes_.push_back(std::move(answer));
  settle();
}

std::optional<Instant> PieceStore::deadline() const {
  const auto sync = durability_.deadline();
  const auto read = reading_.deadline();
  if (!sync || !read) return sync ? sync : read;
  return std::min(*sync, *read);
}

void PieceStore::on_deadline() {
  const Instant now = storage_.now();
  if (const auto due = durability_.deadline(); due && *due <= now) submit_sync();
  reading_.on_deadline(now);
  pump_reads();
  settle();
}

// --- blocks in -----------------------------------------------------------------------------------

AddResult PieceStore::add_block(BlockRef ref, Block block, LinkId from) {
  const std::uint32_t size = layout().piece_size(ref.piece);
  if (refuses_blocks() || ref.length == 0 || block.size() != ref.length ||
      ref.length != Incoming::block_length(size, ref.offset) || incoming_.blocked(ref.piece))
    return AddResult::refused;
  if (have_.test(ref.piece) || verifying_.contains(ref.piece)) return AddResult::duplicate;
  if (!incoming_.add(ref, size, std::move(block), from)) return AddResult::duplicate;
  storage_.memory().take(MemoryUse::incoming, ref.length);
  storage_.buffered_bytes_ += ref.length;
  if (!incoming_.find(ref.piece)->whole()) {
    storage_.spill_if_due();
    return AddResult::taken;
  }
  submit_verify(ref.piece);
  return AddResult::complete;
}

bool PieceStore::holds(BlockRef ref) const {
  return incoming_.holds(ref) || verifying_.contains(ref.piece);
}

void PieceStore::submit_verify(PieceIndex piece) {
  // Early writes under way first: their blocks are read back.
  if (const auto* whole = incoming_.find(piece); whole->spills > 0) return;
  auto whole = *incoming_.take(piece);
  storage_.buffered_bytes_ -= whole.memory_bytes;
  verifying_.insert(piece);
  ++writes_;
  VerifyAndWrite job;
  job.guard = guard();
  job.spans = spans({piece, 0, whole.size}, Use::write, job.targets);
  job.blocks = std::move(whole.blocks);
  job.written = std::move(whole.written);
  job.piece_size = whole.size;
  job.expected = expected_piece(*metainfo_, piece);
  if (metainfo_->has_v1() && std::holds_alternative<PieceTree>(job.expected))
    job.expected_v1 = metainfo_->piece_hash(piece);
  job.digests_wanted = failed_before_.contains(piece);
  writing_bytes_ += whole.memory_bytes;
  io::submit(storage_.workers(), storage_.lane(placement_.root()), io::Urgency::transfer,
             std::move(job),
             [&storage = storage_, id = id_, piece, bytes = whole.memory_bytes,
              from = std::move(whole.from)](VerifyOutcome outcome) mutable {
               storage.memory().give_back(MemoryUse::incoming, bytes);
               if (auto* store = storage.find(id)) {
                 store->writing_bytes_ -= bytes;
                 store->on_verified(piece, std::move(from), std::move(outcome));
               }
             });
}

void PieceStore::on_verified(PieceIndex piece, std::vector<LinkId> from, VerifyOutcome outcome) {
  --writes_;
  verifying_.erase(piece);
  keep_opened(outcome.opened);
  if (outcome.fault) {
    for (const auto& opened : outcome.opened) durability_.on_touched(opened.file, storage_.now());
    owner_.on_pieces_lost({&piece, 1});
    settle();
    return report(*outcome.fault);
  }
  PieceOutcome told{piece, {}};
  for (std::size_t i = 0; i < from.size(); ++i)
    told.blocks.push_back({static_cast<std::uint32_t>(i * block_size), from[i],
                           i < outcome.digests.size() ? outcome.digests[i] : 0});
  if (outcome.passed) {
    failed_before_.erase(piece);
    gain(piece, layout().piece_size(piece));
    finish_files(piece);
    owner_.on_piece_verified(told);
  } else {
    failed_before_.insert(piece);
    owner_.on_piece_failed(told);
  }
  settle();
}

bool PieceStore::can_spill() const { return incoming_.memory_bytes() > 0 && !refuses_blocks(); }

bool PieceStore::spill() {
  auto spilled = incoming_.spill();
  if (!spilled) return false;
  storage_.buffered_bytes_ -= spilled->bytes;
  ++writes_;
  const std::uint32_t size = layout().piece_size(spilled->piece);
  WriteBlocks job;
  job.guard = guard();
  job.spans = spans({spilled->piece, 0, size}, Use::write, job.targets);
  job.offsets = spilled->offsets;
  job.blocks = std::move(spilled->blocks);
  io::submit(
      storage_.workers(), storage_.lane(placement_.root()), io::Urgency::transfer, std::move(job),
      [&storage = storage_, id = id_, spilled = std::move(*spilled)](WriteOutcome outcome) mutable {
        storage.memory().give_back(MemoryUse::incoming, spilled.bytes);
        if (auto* store = storage.find(id)) store->on_spilled(spilled, std::move(outcome));
      });
  return true;
}

void PieceStore::on_spilled(const Incoming::Spill& spilled, WriteOutcome outcome) {
  --writes_;
  keep_opened(outcome.opened);
  for (const auto& slice : layout().slices(spilled.piece))
    if (!layout().is_pad(slice.file)) durability_.on_touched(slice.file, storage_.now());
  incoming_.on_spilled(spilled.piece, spilled.offsets, outcome.digests);
  if (outcome.fault) {
    if (incoming_.find(spilled.piece) != nullptr) {
      drop(spilled.piece);
      owner_.on_pieces_lost({&spilled.piece, 1});
    }
    settle();
    return report(*outcome.fault);
  }
  if (const auto* piece = incoming_.find(spilled.piece); piece != nullptr && piece->whole())
    submit_verify(spilled.piece);
  settle();
}

void PieceStore::drop(PieceIndex piece) {
  const auto dropped = incoming_.take(piece);
  if (!dropped) return;
  storage_.buffered_bytes_ -= dropped->memory_bytes;
  storage_.memory().give_back(MemoryUse::incoming, dropped->memory_bytes);
}

void PieceStore::drop_incomplete() {
  const auto pieces = incoming_.pieces();
  for (const auto piece : pieces) drop(piece);
  if (!pieces.empty()) owner_.on_pieces_lost(pieces);
}

void PieceStore::gain(PieceIndex piece, std::uint64_t bytes_written) {
  std::vector<FileIndex> files;
  for (const auto& slice : layout().slices(piece))
    if (!layout().is_pad(slice.file)) files.push_back(slice.file);
  durability_.on_written(piece, files, bytes_written, storage_.now());
  have_.set(piece);
  ever_had_.set(piece);
  unchecked_.set(piece, false);
  drop(piece);
}

void PieceStore::lose(PieceIndex piece) {
  have_.set(piece, false);
  durability_.forget(piece);
  for (const auto& slice : layout().slices(piece)) unnamed_.erase(slice.file);
}

bool PieceStore::has_file(FileIndex file) const {
  const auto pieces = layout().pieces_of(file);
  return have_.next_clear(pieces.first.value) >= pieces.last.value;
}

bool PieceStore::is_durable(FileIndex file) const {
  const auto pieces = layout().pieces_of(file);
  return durability_.durable().next_clear(pieces.first.value) >= pieces.last.value;
}

void PieceStore::finish_files(PieceIndex piece) {
  for (const auto& slice : layout().slices(piece)) {
    if (layout().is_pad(slice.file) || !has_file(slice.file)) continue;
    if (placement_.is_suffixed(slice.file))
      unnamed_.insert(slice.file);
    else
      owner_.on_file_completed(slice.file);
  }
}

void PieceStore::drop_suffixes(const std::vector<FileIndex>& files) {
  // What was copied has the names of then.
  const bool may_name = move_ == MoveState::none || (move_ == MoveState::preparing && !flushed_);
  if (files.empty() || !may_name) return;
  DropSuffixes job;
  for (const auto file : files) {
    naming_.insert(file);
    job.files.push_back({placement_.path_of(file), placement_.path_in(placement_.root(), file)});
  }
  ++writes_;
  submit(io::Urgency::transfer, std::move(job),
         [files](PieceStore& store, const DropOutcome& outcome) {
           store.on_suffixes_dropped(files, outcome);
         });
}

void PieceStore::on_suffixes_dropped(const std::vector<FileIndex>& files,
                                     const DropOutcome& outcome) {
  --writes_;
  std::vector<FileIndex> named;
  for (std::size_t i = 0; i < files.size(); ++i) {
    naming_.erase(files[i]);
    if (!outcome.dropped[i]) continue;
    unnamed_.erase(files[i]);
    placement_.set_suffixed(files[i], false);
    durability_.on_created(files[i], storage_.now());
    named.push_back(files[i]);
  }
  for (const auto file : named) owner_.on_file_completed(file);
  settle();
  if (outcome.fault) report(*outcome.fault);
}

// --- blocks out ----------------------------------------------------------------------------------

PieceStore::Read PieceStore::read(LinkId reader, std::span<const BlockRef> blocks) {
  std::vector<BlockRef> wanted;
  std::vector<std::uint32_t> sizes;
  for (const auto ref : blocks) {
    const std::uint32_t size = layout().piece_size(ref.piece);
    // What would make up the last piece of a file reads as zeros, for those who ask for it.
    const bool made_up = layout().alignment() == metainfo::Alignment::per_file;
    const std::uint32_t end = made_up ? layout().piece_length() : size;
    if (!have_.test(ref.piece) || ref.length == 0 || ref.length > block_size ||
        ref.offset >= size || end - ref.offset < ref.length)
      continue;
    wanted.push_back(ref);
    sizes.push_back(size);
  }
  Read out;
  if (wanted.empty()) return out;
  out.token = reading_.ask(reader, wanted, sizes, storage_.now(), out.ready);
  pump_reads();
  return out;
}

void PieceStore::forget_reader(LinkId reader) { reading_.forget(reader); }

void PieceStore::give_hashes(FileIndex file, const metainfo::HashRange& range,
                             Answer<Buffer> answer) {
  GiveHashes job{metainfo_, file, range, {}};
  auto pieces = pieces_to_read(*metainfo_, file, range);
  if (pieces && !pieces->empty() &&
      (move_ == MoveState::finishing || have_.next_clear(pieces->first.value) < pieces->last.value))
    pieces = fail(FaultCode::not_found, "these pieces are not there");
  if (pieces) {
    job.leaves.guard = guard();
    for (PieceIndex piece = pieces->first; piece < pieces->last; ++piece.value) {
      auto whole = spans({piece, 0, layout().piece_size(piece)}, Use::read, job.leaves.targets);
      std::erase_if(whole, [](const Span& span) { return span.target == Span::pad; });
      job.leaves.pieces.push_back(std::move(whole));
    }
  }
  submit(
      io::Urgency::transfer,
      [job = std::move(job), why = pieces ? std::nullopt : std::optional(pieces.error())](
          const io::JobTools& tools) mutable -> GiveHashes::Outcome {
        if (why) return {std::unexpected(*std::move(why)), {}};
        return job(tools);
      },
      [answer = std::move(answer)](PieceStore& store, GiveHashes::Outcome outcome) mutable {
        store.keep_opened(outcome.opened);
        answer(std::move(outcome.hashes));
      });
}

void PieceStore::pump_reads() {
  if (move_ == MoveState::finishing) return;
  while (const auto order = reading_.next_order()) {
    ReadBlocks job;
    job.guard = guard();
    for (std::size_t i = 0; i < order->blocks.size();) {
      BlockRef run = order->blocks[i];
      ReadBlocks::Run one;
      one.lengths.push_back(run.length);
      for (++i; i < order->blocks.size(); ++i) {
        const auto& next = order->blocks[i];
        if (next.piece != run.piece || next.offset != run.offset + run.length) break;
        run.length += next.length;
        one.lengths.push_back(next.length);
      }
      one.spans = spans(run, Use::read, job.targets);
      job.runs.push_back(std::move(one));
    }
    std::uint32_t bytes = 0;
    for (const auto& ref : order->blocks) bytes += ref.length;
    io::submit(storage_.workers(), storage_.lane(placement_.root()), io::Urgency::transfer,
               std::move(job),
               [&storage = storage_, id = id_, number = order->number,
                bytes](ReadOutcome outcome) mutable {
                 if (auto* store = storage.find(id)) {
                   store->on_read(number, std::move(outcome));
                 } else {
                   storage.memory().give_back(MemoryUse::reading, bytes);
                 }
               });
  }
  storage_.set_thirsty(id_, reading_.waiting());
}

void PieceStore::on_read(std::uint64_t order, ReadOutcome outcome) {
  keep_opened(outcome.opened);
  std::optional<Fault> fault;
  if (!outcome.blocks) fault = outcome.blocks.error();
  for (auto& told : reading_.on_result(order, std::move(outcome.blocks)))
    owner_.on_blocks_read(told.token, told.reader, std::move(told.blocks));
  pump_reads();
  settle();
  if (fault) report(*fault);
}

// --- syncing -------------------------------------------------------------------------------------

void PieceStore::submit_sync() {
  const auto& group = durability_.begin();
  SyncFiles job;
  job.guard = guard();
  for (const auto file : group.files) {
    job.targets.push_back(target(file, Use::read));
    job.created.push_back(group.created.contains(file));
  }
  submit(io::Urgency::transfer, std::move(job),
         [](PieceStore& store, SyncOutcome outcome) { store.on_synced(std::move(outcome)); });
}

void PieceStore::on_synced(SyncOutcome outcome) {
  for (const auto file : outcome.unsuffixed) {
    if (outcome.fault || !placement_.is_suffixed(file) || naming_.contains(file)) continue;
    // The torrent's is gone, and what was synced is the user's.
    outcome.fault = {FaultCode::not_found, 0, placement_.path_of(file).full() + " is not there"};
  }
  if (!outcome.fault) {
    durability_.on_synced(outcome.stamps);
    if (!fault_) drop_left_suffixes();
    owner_.on_progress();
    return settle();
  }
  if (outcome.fault->code == FaultCode::out_of_resources && !outcome.tried) {
    // No descriptor was to be had: what was written is as it was.
    durability_.on_postponed(storage_.now());
  } else {
    const auto lost = durability_.on_failed();
    for (const auto piece : lost) lose(piece);
    if (!lost.empty()) owner_.on_pieces_lost(lost);
  }
  owner_.on_progress();
  const Fault fault = *outcome.fault;
  auto& storage = storage_;
  const StoreId id = id_;
  for (auto& answer : std::exchange(flushes_, {})) {
    answer(std::unexpected(fault));
    if (storage.find(id) == nullptr) return;
  }
  if (move_ == MoveState::preparing && move_answer_) on_prepared(std::unexpected(fault));
  if (storage.find(id) == nullptr) return;
  // Known first: else settle() would try again at once for the names that wait.
  const bool news = !fault_ && fault.code != FaultCode::cancelled;
  if (news) fault_ = fault;
  settle();
  if (news && storage.find(id) != nullptr) owner_.on_storage_fault(fault);
}

std::vector<Ownership> files_with(const metainfo::FileLayout& layout, const Bitfield& pieces) {
  std::vector<Ownership> out(layout.file_count(), Ownership::none);
  if (pieces.size() != layout.piece_count()) return out;
  for (std::uint32_t i = 0; i < layout.file_count(); ++i) {
    const auto range = layout.pieces_of(FileIndex{i});
    if (pieces.next_set(range.first.value) < range.last.value) out[i] = Ownership::held;
  }
  return out;
}

std::vector<KnownName> known_names(const metainfo::FileLayout& layout, const Progress& saved,
                                   bool suffix_partial) {
  std::vector<KnownName> out(layout.file_count());
  const Placement placement(layout, saved.placement, suffix_partial);
  const bool known =
      saved.have.size() == layout.piece_count() && (!saved.have.none() || !saved.stamps.empty());
  for (std::uint32_t i = 0; known && i < out.size(); ++i) {
    const auto pieces = layout.pieces_of(FileIndex{i});
    out[i].suffixed = placement.may_suffix(FileIndex{i}) &&
                      saved.have.next_clear(pieces.first.value) < pieces.last.value;
  }
  for (const auto& [file, stamp] : saved.stamps)
    if (file.value < out.size()) out[file.value].stamp = stamp;
  return out;
}

std::vector<KnownName> PieceStore::known_names() const {
  std::vector<KnownName> out;
  for (std::uint32_t i = 0; i < layout().file_count(); ++i) out.push_back(known_name(FileIndex{i}));
  return out;
}

std::vector<Ownership> PieceStore::own_files() const {
  auto out = files_with(layout(), ever_had_);
  for (const auto file : made_) out[file.value] = Ownership::held;
  for (std::uint32_t i = 0; i < out.size(); ++i)
    if (out[i] == Ownership::none && (!resumed_ || has_unchecked(FileIndex{i})))
      out[i] = Ownership::unchecked;
  return out;
}

void remove_files(Storage& storage, const Removal& removal, Answer<void> answer) {
  RemoveFiles job;
  const auto& layout = removal.metainfo->layout;
  const auto& placement = removal.placement;
  const auto add = [&](const PlacementFacts& facts) {
    const Placement where(layout, facts, false);
    for (std::uint32_t i = 0; i < layout.file_count(); ++i) {
      const FileIndex file{i};
      if (layout.is_pad(file)) continue;
      const auto add_in = [&](const SafePath& root) {
        job.files.push_back({where.path_in(root, file), removal.ownership[i], layout.length(file),
                             removal.names[i]});
      };
      add_in(placement.root);
      if (placement.moving_from) add_in(*placement.moving_from);
    }
  };
  add(placement);
  if (placement.renaming && !placement.renames.empty()) {
    // The last one may not be carried out yet.
    PlacementFacts before = placement;
    before.renames.pop_back();
    add(before);
  }
  if (placement.copying_to) {
    const Placement where(layout, placement, false);
    for (std::uint32_t i = 0; i < layout.file_count(); ++i)
      if (!layout.is_pad(FileIndex{i}))
        job.copies.files.push_back({where.path_in(placement.root, FileIndex{i}),
                                    where.path_in(*placement.copying_to, FileIndex{i})});
  }
  std::erase_if(job.files, [&](const FileToRemove& file) {
    return file.path.is_root() || storage.unfinished().is_anothers(removal.torrent, file.path);
  });
  io::submit(
      storage.workers(), storage.lane(placement.root), io::Urgency::transfer, std::move(job),
      [answer = std::move(answer)](Result<void> outcome) mutable { answer(std::move(outcome)); });
}

}  // namespace seed::storage
