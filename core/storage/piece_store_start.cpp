// PieceStore: resuming, checking and what is saved; see piece_store.h.
#include <algorithm>
#include <utility>

#include "core/storage/piece_store.h"

namespace seed::storage {
namespace {

/// Octets that one job of a check reads at most to have as many pieces as are hashed abreast: not
/// half a second of a slow disk.
constexpr std::uint64_t check_abreast_bytes_max = 32u << 20;
/// Files that it opens, which stay open until its result is known; one piece may have more.
constexpr std::size_t check_files_max = 256;

/// Pieces whose octets are all there in files that bear their last names: they can be judged.
Bitfield pieces_there(const metainfo::FileLayout& layout, std::span<const FoundFile> found) {
  Bitfield out(layout.piece_count());
  for (PieceIndex piece{0}; piece.value < out.size(); ++piece.value)
    out.set(piece, std::ranges::all_of(layout.slices(piece), [&](const auto& slice) {
              const auto& file = found[slice.file.value];
              return layout.is_pad(slice.file) || (file.there && !file.suffixed &&
                                                   file.stamp.size >= slice.offset + slice.length);
            }));
  return out;
}

}  // namespace

void PieceStore::resume(std::optional<Progress> saved, Answer<Bitfield> answer) {
  if (saved && saved->have.size() == ever_had_.size()) ever_had_ = saved->have;
  if (saved && saved->own.size() == layout().file_count()) own_ = saved->own;
  if (saved) expect_names(*saved);
  // A root that should hold data is not made when it is gone and forgotten, nor to look into it.
  const bool claims = had_data_ || (saved && !saved->have.none());
  const auto use = claims || otherwise_ ? RootUse::expected : RootUse::make;
  storage_.roots().check(placement_.root(), use,
                         [&storage = storage_, id = id_, saved = std::move(saved),
                          answer = std::move(answer)](Result<KnownRoot> root) mutable {
                           auto* store = storage.find(id);
                           if (store == nullptr) return;
                           const bool never_was =
                               !root && root.error().code == FaultCode::root_missing &&
                               storage.roots().find(store->placement_.root()) == nullptr;
                           if (never_was && store->otherwise_)
                             return store->begin_otherwise(std::move(answer));
                           if (!root) return answer(std::unexpected(std::move(root).error()));
                           store->root_identity_ = root->identity;
                           store->find_files(std::move(saved), std::move(answer));
                         });
}

void PieceStore::find_files(std::optional<Progress> saved, Answer<Bitfield> answer) {
  submit(io::Urgency::transfer, find_job(),
         [saved = std::move(saved), answer = std::move(answer)](
             PieceStore& self, Result<std::vector<FoundFile>> found) mutable {
           if (!found) return answer(std::unexpected(std::move(found).error()));
           if (self.otherwise_ && std::ranges::none_of(*found, &FoundFile::there))
             return self.begin_otherwise(std::move(answer));
           self.on_found(saved, *found);
           const Bitfield to_check = self.unchecked_;
           self.settle();
           answer(to_check);
         });
}

void PieceStore::expect_names(const Progress& saved) {
  const auto names = storage::known_names(layout(), saved, placement_.suffix_partial());
  std::map<FileIndex, io::FileStamp> stamps;
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    placement_.set_suffixed(FileIndex{i}, names[i].suffixed);
    if (names[i].stamp) stamps.emplace(FileIndex{i}, *names[i].stamp);
  }
  // Until it is known which of them hold.
  durability_.restore(Bitfield(layout().piece_count()), std::move(stamps));
}

void PieceStore::begin_otherwise(Answer<Bitfield> answer) {
  placement_.set_root(*std::exchange(otherwise_, std::nullopt));
  resume(std::nullopt, std::move(answer));
}

FindFiles PieceStore::find_job() const {
  FindFiles job;
  const auto& facts = placement_.facts();
  if (facts.moving_from) job.move = FinishMove{moving_files(*facts.moving_from, facts.root)};
  if (facts.renaming && !facts.renames.empty()) job.rename = rename_job(facts.renames.back());
  for (std::uint32_t i = 0; i < layout().file_count(); ++i) {
    const FileIndex file{i};
    FileToFind one;
    if (!layout().is_pad(file))
      one = {placement_.path_of(file), placement_.other_path_of(file), placement_.is_suffixed(file),
             known_name(file).stamp};
    job.targets.push_back(std::move(one));
  }
  return job;
}

void PieceStore::on_found(const std::optional<Progress>& saved,
                          const std::vector<FoundFile>& found) {
  const bool settled = placement_.facts().moving_from || placement_.facts().renaming;
  placement_.set_settled();
  auto plan = plan_resume(layout(), saved, found);
  have_ = plan.have;
  unchecked_ = std::move(plan.to_check);
  has_lost_ = plan.lost;
  found_ = claimed_ = Bitfield(layout().file_count());
  std::map<FileIndex, io::FileStamp> stamps;
  std::vector<FileIndex> foreign;
  if (saved)
    for (const auto& [file, stamp] : saved->stamps)
      if (file.value < found.size() && found[file.value].there && found[file.value].stamp == stamp)
        stamps.emplace(file, stamp);
  for (std::uint32_t i = 0; i < found.size(); ++i) {
    const FileIndex file{i};
    if (layout().is_pad(file) || layout().length(file) == 0) continue;
    placement_.set_suffixed(
        file, found[i].there ? found[i].suffixed : placement_.suffix_partial() && !has_file(file));
    if (placement_.is_suffixed(file) && has_file(file)) unnamed_.insert(file);
    // What seedd has not completed bears the suffix, is elsewhere or was begun before: else it may
    // be anybody's.
    const bool begun_elsewhere = placement_.suffix_partial() || otherwise_ || !saved;
    const bool is_own = own_ ? own_->test({file.value}) : !begun_elsewhere;
    const bool last_name = found[i].there && !found[i].suffixed;
    found_.set({i}, last_name);
    claimed_.set({i}, last_name && is_own);
    if (is_own || !found[i].there || found[i].suffixed || found[i].stamp.size == 0) continue;
    if (!has_any(file)) foreign.push_back(file);
    if (!saved || !any_of(saved->have, file)) not_begun_.push_back(file);
  }
  find_strangers(foreign, found);
  durability_.restore(std::move(plan.have), std::move(stamps));
  resumed_ = true;
  drop_left_suffixes();
  if (settled) owner_.on_progress();
  if (const auto& copies = placement_.facts().copying_to) drop_copies(*copies);
}

void PieceStore::find_strangers(const std::vector<FileIndex>& foreign,
                                std::span<const FoundFile> found) {
  if (foreign.empty()) return;
  const Bitfield there = pieces_there(layout(), found);
  for (const auto file : foreign) {
    const auto pieces = layout().pieces_of(file);
    if (found[file.value].stamp.size != layout().length(file) ||
        there.next_set(pieces.first.value) < pieces.last.value)
      strangers_.push_back(file);
  }
}

void PieceStore::check(Bitfield pieces, Answer<void> answer) {
  for (std::uint32_t i = pieces.next_set(0); i < pieces.size(); i = pieces.next_set(i + 1))
    if (!have_.test(PieceIndex{i})) unchecked_.set(PieceIndex{i});
  // What is looked at is what has the name now, not what had it when it was opened.
  storage_.open_files().forget(id_);
  storage_.checker().start(id_, std::move(pieces), std::move(answer));
}

VerifyRange PieceStore::check_job(const Bitfield& pieces, std::uint32_t& next,
                                  std::uint64_t bytes) {
  ++check_jobs_;
  VerifyRange job;
  job.guard = guard();
  // As many as are hashed abreast, unless that would be much to read.
  bytes = std::max(
      bytes, std::min<std::uint64_t>(job.width * layout().piece_length(), check_abreast_bytes_max));
  for (std::uint64_t taken = 0; taken < bytes && job.targets.size() < check_files_max; ++next) {
    next = pieces.next_set(next);
    if (next >= pieces.size()) break;
    const PieceIndex piece{next};
    const std::uint32_t size = layout().piece_size(piece);
    job.pieces.push_back({piece, expected_piece(*metainfo_, piece),
                          spans({piece, 0, size}, Use::look, job.targets)});
    taken += size;
  }
  return job;
}

void PieceStore::adopt_names(const CheckResult& result) {
  std::set<FileIndex> right;
  for (const auto& [piece, good] : result.pieces)
    if (good)
      for (const auto& slice : layout().slices(piece)) right.insert(slice.file);
  for (const auto& file : result.opened)
    if (right.contains(file.file) && !has_file(file.file))
      placement_.set_suffixed(file.file, file.suffixed);
}

void PieceStore::on_checked(const CheckResult& result) {
  --check_jobs_;
  adopt_names(result);
  keep_opened(result.opened);
  // With a stamp of its own a file in which nothing was right is not read again at each start.
  for (const auto& file : result.opened)
    if (file.suffixed == placement_.is_suffixed(file.file))
      durability_.on_touched(file.file, storage_.now());
  for (const auto& [piece, good] : result.pieces) {
    unchecked_.set(piece, false);
    if (good && !have_.test(piece)) {
      // What was read may not be on the disk yet: it is claimed after a sync like any other.
      gain(piece, 0);
      finish_files(piece);
      owner_.on_piece_checked(piece, true);
      continue;
    }
    if (!good && have_.test(piece)) lose(piece);
    owner_.on_piece_checked(piece, good);
  }
  settle();
}

Progress PieceStore::progress() const {
  Progress out;
  out.have = durability_.durable();
  // Of a file without a stamp all is read after a crash: so what is written and not durable is
  // found again, unless the power went.
  const auto in_work = files_in_work();
  for (const auto& [file, stamp] : durability_.stamps())
    if (!has_unchecked(file) && !durability_.holds_unclaimed(file) && !in_work.contains(file))
      out.stamps.push_back({file, stamp});
  out.placement = places();
  out.own = own_names();
  return out;
}

/// Those that are there under their last names and may be written to.
Bitfield PieceStore::own_names() const {
  // Before it is known what is there, that is as it was.
  if (!resumed_) return own_.value_or(Bitfield());
  Bitfield out(layout().file_count());
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    const FileIndex file{i};
    if (placement_.is_suffixed(file)) continue;
    const bool had = claimed_.test({i}) || made_.contains(file) || any_of(ever_had_, file);
    const bool taken_on = found_.test({i}) && !has_unchecked(file) && !is_strange(file);
    out.set({i}, had || taken_on);
  }
  return out;
}

PlacementFacts PieceStore::places() const {
  PlacementFacts out = placement_.facts();
  if (move_ == MoveState::prepared || (move_ == MoveState::finishing && !finishing_rename_)) {
    out.moving_from = out.root;
    out.root = move_to_;
    out.copying_to.reset();
  }
  if (renaming_) {
    out.renames.push_back(*renaming_);
    out.renaming = true;
  }
  return out;
}

/// Files that hold, or may hold, octets of pieces that are not had yet.
std::set<FileIndex> PieceStore::files_in_work() const {
  std::set<FileIndex> files;
  const auto add = [&](PieceIndex piece) {
    for (const auto& slice : layout().slices(piece)) files.insert(slice.file);
  };
  for (const auto piece : verifying_) add(piece);
  for (const auto piece : incoming_.early()) add(piece);
  return files;
}

bool PieceStore::has_any(FileIndex file) const { return any_of(have_, file); }

bool PieceStore::any_of(const Bitfield& have, FileIndex file) const {
  const auto pieces = layout().pieces_of(file);
  return have.any(pieces.first, pieces.last);
}

bool PieceStore::claim_missing(const Bitfield& wanted) {
  bool more = false;
  for (std::uint32_t i = 0; i < layout().file_count(); ++i) {
    const FileIndex file{i};
    const bool to_make = !layout().is_pad(file) && layout().length(file) > 0 &&
                         !placement_.is_suffixed(file) && !found_.test({i});
    if (!to_make || !misses(layout().pieces_of(file), wanted)) continue;
    const bool known = own_ && own_->test({i});
    more = (claimed_.set({i}) && !known) || more;
  }
  return more;
}

std::vector<std::string> PieceStore::strangers(const Bitfield& wanted) const {
  std::vector<std::string> out;
  for (const auto file : strangers_)
    if (is_strange(file) && misses(layout().pieces_of(file), wanted))
      out.push_back(placement_.path_of(file).full());
  return out;
}

bool PieceStore::may_have_strangers() const {
  return std::ranges::any_of(strangers_, [&](FileIndex file) { return is_strange(file); });
}

/// One that was the torrent's and is damaged is no stranger.
bool PieceStore::is_strange(FileIndex file) const {
  return std::ranges::binary_search(strangers_, file) && !any_of(ever_had_, file) &&
         !made_.contains(file);
}

std::vector<std::string> PieceStore::found_in_part(const Bitfield& wanted) const {
  std::vector<std::string> out;
  for (const auto file : not_begun_)
    // A piece that it shares may be missing for want of a neighbour.
    if (has_any(file) && misses(own_pieces(file), wanted))
      out.push_back(placement_.path_of(file).full());
  return out;
}

bool PieceStore::misses(metainfo::PieceRange pieces, const Bitfield& wanted) const {
  for (auto piece = pieces.first; piece < pieces.last; ++piece.value)
    if (wanted.test(piece) && !have_.test(piece)) return true;
  return false;
}

/// Those that lie in that file alone.
metainfo::PieceRange PieceStore::own_pieces(FileIndex file) const {
  auto pieces = layout().pieces_of(file);
  const auto alone = [&](PieceIndex piece) {
    for (const auto& slice : layout().slices(piece, 0, layout().piece_size(piece)))
      if (slice.file != file && !layout().is_pad(slice.file)) return false;
    return true;
  };
  if (!pieces.empty() && !alone(pieces.first)) ++pieces.first.value;
  if (!pieces.empty() && !alone(PieceIndex{pieces.last.value - 1})) --pieces.last.value;
  return pieces;
}

std::vector<SafePath> PieceStore::names(const SafePath& root) const {
  std::vector<SafePath> out;
  for (std::uint32_t i = 0; i < layout().file_count(); ++i)
    if (const FileIndex file{i}; !layout().is_pad(file) && layout().length(file) > 0)
      out.push_back(placement_.path_in(root, file));
  return out;
}

std::vector<SafePath> PieceStore::unfinished_names() const {
  std::vector<SafePath> out;
  for (std::uint32_t i = 0; i < layout().file_count(); ++i)
    if (const FileIndex file{i}; !layout().is_pad(file) && !has_file(file))
      out.push_back(placement_.path_in(placement_.root(), file));
  return out;
}

bool PieceStore::has_unchecked(FileIndex file) const { return any_of(unchecked_, file); }

void PieceStore::make_empty_files(std::span<const FileIndex> files, Answer<void> answer) {
  std::vector<FileTarget> targets;
  for (const auto file : files)
    if (file.value < layout().file_count() && layout().length(file) == 0 &&
        !layout().is_pad(file) && !layout().attributes(file).symlink)
      targets.push_back(target(file, Use::write));
  // No move is to begin before they are there.
  ++writes_;
  submit(
      io::Urgency::background,
      [guard = guard(), targets = std::move(targets)](const io::JobTools& tools) -> Result<void> {
        FileAccess access(tools.files, guard, targets);
        for (std::uint32_t i = 0; i < targets.size(); ++i) {
          auto made = access.writing(i);
          if (!made) return std::unexpected(std::move(made).error());
        }
        return {};
      },
      [answer = std::move(answer)](PieceStore& store, Result<void> made) mutable {
        --store.writes_;
        store.settle();
        answer(std::move(made));
      });
}

}  // namespace seed::storage
