#include "core/torrent/content.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/torrent/downloading.h"
#include "core/torrent/shapes.h"

namespace seed::torrent {

namespace {

/// Octets that must be free for a full disk to count as mended: a few seconds of a fast download.
constexpr std::uint64_t room_min = 64u << 20;

}  // namespace

Content::Content(storage::Storage& storage, const io::Clock& clock, TorrentRecord& record,
                 storage::PieceStoreOwner& events, ContentOwner& owner, log::Logger log)
    : storage_(storage),
      clock_(clock),
      record_(record),
      events_(events),
      owner_(owner),
      log_(std::move(log)) {
  // Who is done lost its names with the last save, unless that was cut off.
  if (record_.progress.left_until_done == 0 && !record_.wants_a_look()) record_.unfinished.clear();
  storage_.unfinished().restore(key(), record_.name, record_.unfinished);
}

// --- facts ---------------------------------------------------------------------------------------

std::string Content::data_root() const {
  if (store_) return store_->placement().root().full();
  return record_.elsewhere.empty() ? record_.download_dir : record_.elsewhere;
}

double Content::move_progress() const {
  if (!moving_ || !store_) return 0;
  // What is copied is as good as there.
  return store_->preparing_move() ? store_->move_progress().value_or(0) : 1;
}

std::optional<SafePath> Content::misplaced() const {
  auto target = SafePath::root(record_.download_dir);
  if (!target || !store_ || store_->placement().root() == *target) return std::nullopt;
  return *std::move(target);
}

peer::TorrentSide Content::torrent_side(const PeerId& ours, bool done) const {
  peer::TorrentSide side;
  side.info_hash = record_.hashes.short_hash();
  side.info_hash_v2 = record_.hashes.short_v2();
  side.peer_id = ours;
  side.shape = link_shape(metainfo_);
  side.metadata_size = static_cast<std::uint32_t>(metainfo_->info.size());
  side.upload_only = done;
  return side;
}

std::shared_ptr<const std::vector<FileFacts>> Content::file_facts() const {
  if (file_facts_ || !metainfo_) return file_facts_;
  const auto& layout = metainfo_->layout;
  auto facts = std::make_shared<std::vector<FileFacts>>();
  facts->reserve(layout.file_count());
  for (std::uint32_t i = 0; i < layout.file_count(); ++i) {
    const FileIndex file{i};
    const auto pieces = layout.pieces_of(file);
    facts->push_back({.name = store_ ? store_->placement().name_of(file) : layout.path(file),
                      .length = layout.length(file),
                      .begin_piece = pieces.first.value,
                      .end_piece = pieces.last.value,
                      .pad = layout.is_pad(file)});
  }
  file_facts_ = std::move(facts);
  return file_facts_;
}

// --- coming and going ----------------------------------------------------------------------------

void Content::answer_waiting(const Result<void>& outcome) {
  auto waiting = std::exchange(waiting_, {});
  const bool there = completion_.has_value();
  for (auto next = waiting.begin(); next != waiting.end(); ++next) {
    // One of them has let go of the content: it is loaded again for those behind it.
    if (there && !completion_) {
      waiting_.insert(waiting_.begin(), std::make_move_iterator(next),
                      std::make_move_iterator(waiting.end()));
      return;
    }
    (*next)(outcome);
  }
}

Result<void> Content::open(LoadedContent loaded, const config::Settings& settings,
                           Resumed resumed) {
  std::optional<storage::Progress> saved = std::move(loaded.progress);
  storage::StoreOptions options;
  options.metainfo = loaded.metainfo;
  options.preallocation = settings.preallocation;
  options.rename_partial_files = settings.rename_partial_files;
  SEED_TRY(options.placement, place(saved, settings));
  // It may be there already, complete or begun: only what begins anew does so elsewhere.
  if (auto belongs = SafePath::root(record_.download_dir);
      belongs && !saved && !new_placement_ && *belongs != options.placement.root)
    options.otherwise = std::exchange(options.placement.root, *belongs);
  // The data is looked for elsewhere: what was known of the old place says nothing.
  const bool elsewhere = std::exchange(new_placement_, std::nullopt).has_value();
  if (elsewhere || record_.in_doubt) saved.reset();
  // What was found good a moment ago may not be claimed, and its disk may be gone since.
  options.had_data = !elsewhere && record_.had_data;
  metainfo_ = std::move(loaded.metainfo);
  if (!loaded.damage.empty()) {
    log_.warn("what was saved of the torrent's pieces is damaged; its files are checked",
              {{"torrent", record_.name}, {"error", loaded.damage}});
  }
  // What was had is not known then. When no file is there, that is not taken for a new torrent.
  const bool had_some = !loaded.damage.empty() && record_.progress.have_valid > 0;
  const bool is_settled = !options.otherwise;
  store_ = std::make_unique<storage::PieceStore>(storage_, std::move(options), events_);
  if (is_settled) note_place();
  store_->resume(std::move(saved), [this, resumed = std::move(resumed),
                                    had_some](Result<Bitfield> to_check) mutable {
    if (to_check) on_places_known();
    const bool lost = to_check && (store_->has_lost() || (had_some && to_check->none()));
    resumed(std::move(to_check), lost);
  });
  return {};
}

/// What was begun there is ended by now.
void Content::on_places_known() {
  note_place();
  if (!std::exchange(record_.unsettled, false)) return;
  const auto& renames = store_->placement().facts().renames;
  if (!renames.empty()) on_renamed(renames.back());
  owner_.want_content_saved();
}

void Content::note_place() {
  std::string root = store_->placement().root().full();
  if (root == record_.download_dir) root.clear();
  if (record_.elsewhere == root) return;
  record_.elsewhere = std::move(root);
  owner_.want_content_saved();
}

Result<storage::PlacementFacts> Content::place(const std::optional<storage::Progress>& saved,
                                               const config::Settings& settings) const {
  if (new_placement_) return *new_placement_;
  if (saved) return saved->placement;
  storage::PlacementFacts first;
  SEED_TRY(first.root, first_root(settings));
  return first;
}

/// Where a torrent that was never saved begins, if none of it is where it belongs.
Result<SafePath> Content::first_root(const config::Settings& settings) const {
  const bool incomplete = settings.incomplete_dir_enabled && !settings.incomplete_dir.empty() &&
                          record_.done == no_time;
  return SafePath::root(incomplete ? settings.incomplete_dir : record_.download_dir);
}

void Content::enter() { completion_.emplace(metainfo_->layout, record_.wishes, store_->have()); }

void Content::refresh() {
  completion_->reset_have(store_->have());
  note_progress();
}

void Content::drop() {
  in_store_ = 0;
  if (in_save_ == 0) moving_ = false;
  if (auto next = std::exchange(next_move_, std::nullopt))
    next->answer(seed::fail(FaultCode::cancelled, "the folder went away"));
  completion_.reset();
  if (store_) last_place_ = store_->placement().facts();
  store_.reset();
  metainfo_.reset();
  file_facts_.reset();
  if (!moving_) come_to_rest();
}

void Content::on_settings(const config::Settings& settings) {
  if (!store_) return;
  store_->set_rename_partial_files(settings.rename_partial_files);
  store_->set_preallocation(settings.preallocation);
}

void Content::set_wishes() { completion_->set_wishes(record_.wishes); }

bool Content::on_piece(PieceIndex piece, bool had) {
  return completion_ && completion_->on_piece(piece, had);
}

Result<void> Content::claim_names() {
  const auto names = store_->unfinished_names();
  SEED_TRY_VOID(storage_.arrivals().check(store_->id(), names));
  if (auto taken = storage_.unfinished().take(key(), record_.name, names); !taken) {
    if (const auto* other = storage_.unfinished().title_of_other(key(), names))
      log_.warn("another torrent is being downloaded to the same file",
                {{"torrent", record_.name}, {"other", *other}});
    return taken;
  }
  auto prints = storage_.unfinished().prints(key());
  if (record_.unfinished != prints) owner_.want_content_saved();
  record_.unfinished = std::move(prints);
  return {};
}

void Content::claim_again() {
  if (record_.unfinished.empty()) return;
  release_names();
  (void)claim_names();
}

/// Not what the same torrent has that was added again while this one goes.
void Content::give_names_back() {
  if (!record_.unfinished.empty()) storage_.unfinished().give_back(key());
}

void Content::release_names() {
  give_names_back();
  // Else they would be its own again after a restart.
  if (!std::exchange(record_.unfinished, {}).empty()) owner_.want_content_saved();
}

Result<void> Content::may_leave() const {
  return storage_.unfinished().check(key(), store_->unfinished_names());
}

Result<void> Content::may_bring(const std::vector<SafePath>& names) const {
  return storage_.unfinished().check(key(), names);
}

Result<void> Content::may_rename(const storage::PathRename& rename) const {
  storage::Placement after = store_->placement();
  SEED_TRY_VOID(after.may_rename(rename.path, rename.name));
  after.rename(rename);
  std::vector<SafePath> names;
  for (std::uint32_t i = 0; i < metainfo_->layout.file_count(); ++i)
    if (!metainfo_->layout.is_pad(FileIndex{i}))
      names.push_back(after.path_in(after.root(), FileIndex{i}));
  return may_bring(names);
}

void Content::make_empty_files() {
  if (!store_) return;
  const auto& layout = metainfo_->layout;
  std::vector<FileIndex> empty;
  for (std::uint32_t i = 0; i < layout.file_count(); ++i) {
    const bool wanted = i >= record_.wishes.size() || record_.wishes[i] != FileWish::unwanted;
    if (layout.length(FileIndex{i}) == 0 && wanted) empty.push_back(FileIndex{i});
  }
  if (!empty.empty()) store_->make_empty_files(empty, [](const Result<void>&) {});
}

std::vector<Content::Unmade> Content::whole_files_wanted() const {
  std::vector<Unmade> out;
  if (!store_ || store_->preallocation() != config::Preallocation::full) return out;
  const auto& layout = metainfo_->layout;
  const auto& place = store_->placement();
  for (std::uint32_t i = 0; i < layout.file_count(); ++i) {
    const FileIndex file{i};
    const bool wanted = i >= record_.wishes.size() || record_.wishes[i] != FileWish::unwanted;
    if (wanted && !layout.is_pad(file))
      out.push_back({place.path_of(file), place.other_path_of(file), layout.length(file)});
  }
  return out;
}

void Content::look_for_room(bool full, std::move_only_function<void(bool mended)> answer) const {
  const auto root = SafePath::root(data_root()).value_or(SafePath());
  if (root.root_path().empty()) return;
  // Room for all that is missing, or enough to go on for a while: not one write and full again.
  const std::uint64_t needed =
      std::min<std::uint64_t>(record_.progress.left_until_done,
                              std::max(8 * std::uint64_t{record_.content.piece_size}, room_min));
  io::submit(
      storage_.workers(), storage_.lane(root), io::Urgency::background,
      [root, full, needed, whole = whole_files_wanted()](const io::JobTools& tools) {
        if (!full) return true;
        const auto space = tools.files.space(root);
        if (!space || space->free_bytes < needed) return false;
        return std::ranges::all_of(whole, [&](const Unmade& file) {
          return file.length <= space->free_bytes || tools.files.kind(file.path) ||
                 tools.files.kind(file.other);
        });
      },
      std::move(answer));
}

// --- places --------------------------------------------------------------------------------------

void Content::look_at(const SafePath& root) {
  // Its old place may be gone, and the store with it: the renames hold all the same.
  auto placement = store_        ? store_->placement().facts()
                   : last_place_ ? *last_place_
                                 : storage::PlacementFacts();
  placement.root = root;
  placement.moving_from.reset();
  last_place_ = placement;
  new_placement_ = std::move(placement);
  release_names();
  record_.download_dir = root.full();
  record_.elsewhere.clear();
  record_.edited = wall();
  record_.unsettled = false;
  const std::uint64_t wanted = record_.progress.size_when_done;
  record_.progress = {.size_when_done = wanted, .left_until_done = wanted};
  record_.had_data = false;
  trouble_.clear();
}

std::optional<storage::Progress> Content::unread_progress() const {
  if (!new_placement_) return std::nullopt;
  storage::Progress out;
  out.have = Bitfield(record_.content.piece_count);
  out.placement = *new_placement_;
  return out;
}

void Content::move(const SafePath& root, Answer<void> answer) {
  if (!at_rest_.empty()) return answer(seed::fail(FaultCode::cancelled, "the torrent is removed"));
  if (moving_) {
    // The last wish counts, when this one has come to its end.
    if (next_move_)
      next_move_->answer(seed::fail(FaultCode::cancelled, "another move was wanted instead"));
    next_move_ = Wish{root, std::move(answer)};
    return;
  }
  if (auto free = may_bring(store_->names(root)); !free) {
    moving_ = true;
    return fail_move(root.full(), free.error(), std::move(answer));
  }
  moving_ = true;
  if (store_->may_finish_move() && root.full() == record_.download_dir)
    return finish_move(record_.download_dir, std::move(answer));
  ++in_store_;
  // The next start removes the copies if this is cut off.
  const bool unsettled = std::exchange(record_.unsettled, true);
  store_->begin_move(
      root, [this, root, unsettled, answer = std::move(answer)](Result<void> begun) mutable {
        --in_store_;
        record_.unsettled = unsettled;
        if (!begun) return fail_move(root.full(), begun.error(), std::move(answer));
        // Who began to download there while it was copied has the names.
        if (auto free = may_bring(store_->names(root)); !free) {
          store_->cancel_move();
          return fail_move(root.full(), free.error(), std::move(answer));
        }
        trouble_.clear();
        record_.unsettled = true;
        std::string before = std::exchange(record_.download_dir, root.full());
        record_.edited = wall();
        owner_.on_content_changed();
        end_move(std::move(before), std::move(answer));
      });
}

/// Data before claim: the store knows the new place before the old one goes.
void Content::end_move(std::string before, Answer<void> answer) {
  ++in_save_;
  owner_.save_content(
      [this, before = std::move(before), answer = std::move(answer)](Result<void> saved) mutable {
        --in_save_;
        if (saved && store_) return finish_move(std::move(before), std::move(answer));
        if (!store_) {
          moving_ = false;
          answer(seed::fail(FaultCode::cancelled, "the folder went away"));
          return come_to_rest();
        }
        store_->cancel_move();
        record_.unsettled = false;
        const std::string to = std::exchange(record_.download_dir, std::move(before));
        owner_.want_content_saved();
        fail_move(to, saved.error(), std::move(answer));
      });
}

void Content::finish_move(std::string before, Answer<void> answer) {
  ++in_store_;
  store_->finish_move([this, before = std::move(before),
                       answer = std::move(answer)](Result<void> finished) mutable {
    --in_store_;
    // What stopped half way is ended by the next try, or the next start.
    record_.unsettled = store_->may_finish_move();
    owner_.want_content_saved();
    if (!finished) {
      const std::string to = record_.download_dir;
      if (!record_.unsettled) record_.download_dir = std::move(before);
      return fail_move(to, finished.error(), std::move(answer));
    }
    note_place();
    claim_again();
    trouble_.clear();
    on_move_ended({}, std::move(answer));
  });
}

void Content::refuse_move(const SafePath& root, const Fault& why, bool shown, Answer<void> answer) {
  trouble_ = "could not be moved to " + root.full() +
             (shown ? ", for it stood in an error" : ": " + why.text);
  log_.error("the data could not be moved",
             {{"torrent", record_.name}, {"to", root.full()}, {"error", why.text}});
  owner_.on_content_changed();
  answer(std::unexpected(why));
}

void Content::fail_move(const std::string& to, const Fault& fault, Answer<void> answer) {
  trouble_ = "could not be moved to " + to + ": " + fault.text;
  log_.error("the data could not be moved",
             {{"torrent", record_.name}, {"to", to}, {"error", fault.text}});
  on_move_ended(std::unexpected(fault), std::move(answer));
}

void Content::on_move_ended(Result<void> outcome, Answer<void> answer) {
  moving_ = false;
  owner_.on_content_changed();
  if (auto next = std::exchange(next_move_, std::nullopt))
    move(next->root, std::move(next->answer));
  else
    owner_.on_content_released();
  answer(std::move(outcome));
  if (!moving_) come_to_rest();
}

void Content::stop_moving(std::move_only_function<void()> then) {
  if (!moving_) return then();
  if (auto next = std::exchange(next_move_, std::nullopt))
    next->answer(seed::fail(FaultCode::cancelled, "the torrent is removed"));
  at_rest_.push_back(std::move(then));
  if (store_ && store_->preparing_move()) store_->cancel_move();
}

void Content::come_to_rest() {
  for (auto& then : std::exchange(at_rest_, {})) then();
}

void Content::rename(const std::string& path, const std::string& name, Answer<void> answer) {
  if (auto others = may_leave(); !others) return answer(std::move(others));
  if (path.substr(path.rfind('/') + 1) == name)
    return answer(store_->placement().may_rename(path, name));
  if (auto free = may_rename({path, name}); !free) return answer(std::move(free));
  ++in_store_;
  store_->begin_rename(path, name,
                       [this, rename = storage::PathRename{path, name},
                        answer = std::move(answer)](Result<void> begun) mutable {
                         --in_store_;
                         if (!begun) return answer(std::move(begun));
                         record_.unsettled = true;
                         end_rename(std::move(rename), std::move(answer));
                       });
}

void Content::end_rename(storage::PathRename rename, Answer<void> answer) {
  ++in_save_;
  owner_.save_content(
      [this, rename = std::move(rename), answer = std::move(answer)](Result<void> saved) mutable {
        --in_save_;
        if (saved && store_) return finish_rename(std::move(rename), std::move(answer));
        if (store_) {
          store_->cancel_rename();
          record_.unsettled = false;
          owner_.want_content_saved();
          owner_.on_content_released();
        }
        answer(std::move(saved));
      });
}

void Content::finish_rename(storage::PathRename rename, Answer<void> answer) {
  ++in_store_;
  store_->finish_rename(
      [this, rename = std::move(rename), answer = std::move(answer)](Result<void> renamed) mutable {
        --in_store_;
        record_.unsettled = false;
        if (renamed) on_renamed(rename);
        claim_again();
        owner_.want_content_saved();
        owner_.on_content_released();
        answer(std::move(renamed));
      });
}

void Content::on_renamed(const storage::PathRename& rename) {
  if (rename.path == record_.name) record_.name = rename.name;
  record_.edited = wall();
  file_facts_.reset();
  owner_.on_content_changed();
}

}  // namespace seed::torrent
