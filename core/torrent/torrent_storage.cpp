// Torrent and its storage: how its content comes and goes, and what becomes of pieces.
#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/torrent/torrent.h"

namespace seed::torrent {

// --- content -------------------------------------------------------------------------------------

void Torrent::on_content(Result<LoadedContent> content) {
  if (phase_ != Phase::loading || leaving_) return;
  if (!content) {
    phase_ = Phase::resting;
    return fail(content.error());
  }
  metainfo_ = std::move(content->metainfo);
  std::optional<storage::Progress> saved = std::move(content->progress);
  storage::StoreOptions options;
  options.metainfo = metainfo_;
  options.preallocation = environment_.settings.preallocation;
  options.rename_partial_files = environment_.settings.rename_partial_files;
  if (new_placement_) {
    // The data is looked for elsewhere: what was known of the old place says nothing.
    options.placement = *std::exchange(new_placement_, std::nullopt);
    saved.reset();
  } else if (saved) {
    options.placement = saved->placement;
  } else {
    auto root = first_root();
    if (!root) {
      phase_ = Phase::resting;
      metainfo_.reset();
      return fail(root.error());
    }
    options.placement.root = *root;
  }
  const std::uint32_t claimed = saved ? saved->have.count() : 0;
  phase_ = Phase::resuming;
  storage::PieceStoreOwner& owner = *this;
  store_ = std::make_unique<storage::PieceStore>(environment_.storage, std::move(options), owner);
  store_->resume(std::move(saved), [this, claimed](Result<Bitfield> to_check) {
    on_resumed(std::move(to_check), claimed);
  });
  arm();
}

/// Where a torrent that was never saved begins.
Result<SafePath> Torrent::first_root() const {
  const auto& settings = environment_.settings;
  const bool incomplete = settings.incomplete_dir_enabled && !settings.incomplete_dir.empty() &&
                          record_.done == no_time;
  return SafePath::root(incomplete ? settings.incomplete_dir : record_.download_dir);
}

void Torrent::on_resumed(Result<Bitfield> to_check, std::uint32_t claimed) {
  if (phase_ != Phase::resuming) return;
  if (!to_check) {
    const Fault fault = to_check.error();
    drop_content();
    return fail(fault);
  }
  const std::uint32_t found = store_->have().count() + to_check->count();
  if (claimed > found && !lost_data_accepted_) {
    const std::string where = store_->placement().root().full();
    drop_content();
    return fail({FaultCode::not_found, 0,
                 "files of this torrent that were complete are gone from " + where +
                     "; start it to download them again, or bring them back and verify"});
  }
  lost_data_accepted_ = false;
  completion_.emplace(metainfo_->layout, record_.wishes, store_->have());
  uploading_ = std::make_unique<Uploading>(*store_, links_, rng_.fork());
  if (check_wanted_ || !to_check->none()) {
    if (check_wanted_) to_check->fill(true);
    return begin_check(*std::move(to_check));
  }
  content_ready();
}

void Torrent::begin_check(Bitfield pieces) {
  check_wanted_ = false;
  phase_ = Phase::checking;
  end_links("the torrent is verified");
  if (downloading_) end_downloading();
  store_->check(std::move(pieces), [this](Result<void> outcome) { on_checked(outcome); });
  // Those who only want to look at the content need not wait for the check.
  if (completion_) answer_waiting({});
  settle();
}

void Torrent::on_checked(const Result<void>& outcome) {
  if (phase_ != Phase::checking) return;
  if (!outcome && outcome.error().code != FaultCode::cancelled) {
    const Fault fault = outcome.error();
    phase_ = Phase::ready;
    completion_->reset_have(store_->have());
    pieces_changed();
    return fail(fault);
  }
  if (!outcome && !store_->all_checked()) return leave_check();
  log_.info("verified", {{"torrent", record_.name},
                         {"pieces", store_->have().count()},
                         {"of", record_.content.piece_count}});
  content_ready();
}

/// A check was stopped half way: what it did not come to is looked at when the torrent next runs,
/// not taken for missing.
void Torrent::leave_check() {
  if (leaving_) {
    phase_ = Phase::ready;
    return;
  }
  completion_->reset_have(store_->have());
  pieces_changed();
  environment_.host.save(id_, {.record = true, .progress = true}, [](const Result<void>&) {});
  drop_content();
  settle();
}

void Torrent::content_ready() {
  phase_ = Phase::ready;
  needed_at_ = now();
  completion_->reset_have(store_->have());
  pieces_changed();
  if (done() && record_.done == no_time) record_.done = wall();
  candidates_.set_seeding(done());
  environment_.host.want_save(id_, {.record = true, .progress = true});
  answer_waiting({});
  make_empty_files();
  settle();
  if (done()) leave_incomplete_folder();
}

void Torrent::make_empty_files() {
  if (!active() && !done()) return;
  std::vector<FileIndex> empty;
  for (std::uint32_t i = 0; i < metainfo_->layout.file_count(); ++i) {
    const bool wanted = i >= record_.wishes.size() || record_.wishes[i] != FileWish::unwanted;
    if (metainfo_->layout.length(FileIndex{i}) == 0 && wanted) empty.push_back(FileIndex{i});
  }
  if (!empty.empty()) store_->make_empty_files(empty, [](Result<void>) {});
}

void Torrent::drop_content() {
  if (phase_ == Phase::resting) return;
  end_links("the torrent rests");
  reap(now());
  downloading_.reset();
  uploading_.reset();
  completion_.reset();
  store_.reset();
  metainfo_.reset();
  file_facts_.reset();
  phase_ = Phase::resting;
  arm();
}

// --- PieceStoreOwner -----------------------------------------------------------------------------

void Torrent::on_piece_verified(const storage::PieceOutcome& outcome) {
  const Instant at = now();
  if (!completion_ || !completion_->on_piece(outcome.piece, true)) return;
  if (downloading_) ban(downloading_->on_verified(outcome, at));
  links_.each([&](PeerLink& link) {
    if (!link.connection().open()) return;
    link.connection().have(outcome.piece, at);
    on_link_dirty(link);
  });
  record_.activity = wall();
  resume_reading();
  pieces_changed();
  if (completion_->done() && downloading_) download_done();
}

void Torrent::on_piece_failed(const storage::PieceOutcome& outcome) {
  const std::uint64_t size = metainfo_->layout.piece_size(outcome.piece);
  record_.totals.corrupt += size;
  record_.totals.downloaded -= std::min(size, record_.totals.downloaded);
  log_.warn("a piece did not pass its hash",
            {{"torrent", record_.name}, {"piece", outcome.piece.value}});
  if (downloading_) ban(downloading_->on_failed(outcome));
  resume_reading();
  wake_links();
  changed();
}

void Torrent::on_pieces_lost(std::span<const PieceIndex> pieces) {
  if (!completion_) return;
  for (const PieceIndex piece : pieces) completion_->on_piece(piece, false);
  if (downloading_) downloading_->on_lost(pieces);
  resume_reading();
  pieces_changed();
  wake_links();
}

void Torrent::on_piece_checked(PieceIndex piece, bool good) {
  if (!completion_ || !completion_->on_piece(piece, good)) return;
  record_.progress = completion_->facts();
}

void Torrent::on_blocks_read(storage::ReadToken, LinkId reader,
                             Result<std::vector<storage::ReadBlock>> blocks) {
  if (!uploading_) return;
  if (!blocks) return uploading_->on_read_failed(reader);
  uploading_->on_blocks_read(reader, *blocks, now());
  if (PeerLink* link = links_.find(reader)) on_link_dirty(*link);
}

void Torrent::on_file_completed(FileIndex) { changed(); }

void Torrent::on_progress() {
  environment_.host.want_save(id_, {.record = true, .progress = true});
}

void Torrent::on_storage_fault(const Fault& fault) { fail(fault); }

void Torrent::on_store_deadline() { arm(); }

void Torrent::pieces_changed() {
  record_.progress = completion_->facts();
  changed();
}

void Torrent::wake_links() {
  links_.each([&](PeerLink& link) { on_link_dirty(link); });
}

void Torrent::download_done() {
  record_.done = wall();
  log_.info("download complete", {{"torrent", record_.name}});
  if (completion_->facts().complete) announcing_.completed(now());
  candidates_.set_seeding(true);
  end_downloading();
  links_.each([&](PeerLink& link) {
    link.connection().set_upload_only(true, now());
    end_if_useless(link);
    on_link_dirty(link);
  });
  if (uploading_) uploading_->on_change();
  environment_.host.want_save(id_, {.record = true, .progress = true});
  environment_.host.on_torrent_completed(id_);
  settle();
  leave_incomplete_folder();
}

// --- folders -------------------------------------------------------------------------------------

std::string Torrent::data_root() const {
  return store_ ? store_->placement().root().full() : record_.download_dir;
}

void Torrent::leave_incomplete_folder() {
  auto target = SafePath::root(record_.download_dir);
  if (!target || !store_ || store_->placement().root() == *target) return;
  move_data(*target, [](Result<void>) {});
}

void Torrent::relocate(const SafePath& root, Answer<void> answer) {
  with_content([this, root, answer = std::move(answer)](Result<void> there) mutable {
    // Without its content the torrent has nowhere to be but the new folder.
    storage::PlacementFacts placement;
    if (there && store_) placement = store_->placement().facts();
    placement.root = root;
    placement.moving_from.reset();
    drop_content();
    new_placement_ = placement;
    lost_data_accepted_ = true;
    record_.download_dir = root.full();
    record_.edited = wall();
    error_.reset();
    check_wanted_ = true;
    changed();
    settle();
    environment_.host.save(id_, {}, std::move(answer));
  });
}

void Torrent::move_data(const SafePath& root, Answer<void> answer) {
  with_content([this, root, answer = std::move(answer)](Result<void> there) mutable {
    if (!there) return answer(std::move(there));
    ++holders_;
    store_->begin_move(root, [this, root, answer = std::move(answer)](Result<void> begun) mutable {
      if (!begun) {
        --holders_;
        log_.error("the data could not be moved",
                   {{"torrent", record_.name}, {"to", root.full()}, {"error", begun.error().text}});
        settle();
        return answer(std::move(begun));
      }
      record_.download_dir = root.full();
      record_.edited = wall();
      changed();
      end_move(std::move(answer));
    });
  });
}

/// Data before claim: the store knows the new place before the old one goes.
void Torrent::end_move(Answer<void> answer) {
  environment_.host.save(
      id_, {.record = true, .progress = true},
      [this, answer = std::move(answer)](Result<void> saved) mutable {
        --holders_;
        if (!store_) return answer(seed::fail(FaultCode::cancelled, "the folder went away"));
        if (!saved) {
          store_->cancel_move();
          return answer(std::move(saved));
        }
        store_->finish_move([this, answer = std::move(answer)](Result<void> finished) mutable {
          environment_.host.want_save(id_, {.record = true, .progress = true});
          changed();
          settle();
          answer(std::move(finished));
        });
      });
}

void Torrent::rename(const std::string& path, const std::string& name, Answer<void> answer) {
  with_content([this, path, name, answer = std::move(answer)](Result<void> there) mutable {
    if (!there) return answer(std::move(there));
    ++holders_;
    store_->begin_rename(
        path, name, [this, path, name, answer = std::move(answer)](Result<void> begun) mutable {
          --holders_;
          if (!begun) return answer(std::move(begun));
          if (path == record_.name) record_.name = name;
          record_.edited = wall();
          file_facts_.reset();
          changed();
          ++holders_;
          environment_.host.save(
              id_, {.record = true, .progress = true},
              [this, answer = std::move(answer)](Result<void> saved) mutable {
                --holders_;
                if (!saved || !store_) return answer(std::move(saved));
                store_->finish_rename(
                    [this, answer = std::move(answer)](Result<void> done) mutable {
                      environment_.host.want_save(id_, {.record = true, .progress = true});
                      answer(std::move(done));
                    });
              });
        });
  });
}

}  // namespace seed::torrent
