// Torrent's files: where they are, and which of those that are there it may take for its own, move,
// rename and write over.
#include <fmt/format.h>

#include <utility>

#include "core/torrent/torrent.h"

namespace seed::torrent {

namespace {

/// Whatever is there may be somebody else's.
std::vector<storage::Ownership> none_of(const metainfo::FileLayout& layout) {
  return std::vector(layout.file_count(), storage::Ownership::none);
}

}  // namespace

std::optional<Torrent::FilesOnDisk> Torrent::files_on_disk() const {
  const auto* store = content_.store();
  if (store == nullptr) return std::nullopt;
  auto ownership = record_.in_doubt ? none_of(content_.metainfo()->layout) : store->own_files();
  return FilesOnDisk{hashes().short_hash(), content_.metainfo(), store->places(),
                     std::move(ownership), store->known_names()};
}

Result<Torrent::FilesOnDisk> Torrent::files_on_disk(const LoadedContent& stored) const {
  SEED_TRY(auto placement, content_.place(stored.progress, environment_.settings));
  const auto& layout = stored.metainfo->layout;
  // When it is not known what was had, it may have been anything; of a new place nothing is known.
  const bool known = stored.progress && stored.progress->have.size() > 0;
  const bool any = !stored.progress && record_.progress.have_valid > 0;
  auto ownership = record_.in_doubt ? none_of(layout)
                   : known          ? storage::files_with(layout, stored.progress->have)
                           : std::vector(layout.file_count(), any ? storage::Ownership::held
                                                                  : storage::Ownership::unchecked);
  auto names = stored.progress ? storage::known_names(layout, *stored.progress,
                                                      environment_.settings.rename_partial_files)
                               : std::vector<storage::KnownName>(layout.file_count());
  return FilesOnDisk{hashes().short_hash(), stored.metainfo, std::move(placement),
                     std::move(ownership), std::move(names)};
}

// --- other places and names ----------------------------------------------------------------------

void Torrent::relocate(const SafePath& root, Answer<void> answer) {
  with_content([this, root, answer = std::move(answer)](const Result<void>&) mutable {
    content_.look_at(root);
    record_.in_doubt = true;
    record_.may_overwrite = false;
    drop_content();
    // What is saved of the old place must not be found there by the next start.
    environment_.host.save(id(), {.record = true, .progress = true}, std::move(answer));
    if (!without_metadata()) lifecycle_.relocate();
    changed();
    settle();
  });
}

void Torrent::move_data(const SafePath& root, Answer<void> answer) {
  // Opened again, the other's files would be taken along before they are looked into.
  if (lifecycle_.told_of_stranger())
    return move_unopened(root, *lifecycle_.error(), std::move(answer));
  when_looked_into([this, root, answer = std::move(answer)](const Result<void>& looked) mutable {
    if (!looked) return move_unopened(root, looked.error(), std::move(answer));
    if (auto others = content_.may_leave(); !others)
      return move_unopened(root, others.error(), std::move(answer));
    content_.move(root, std::move(answer));
  });
}

/// What has nothing there just begins elsewhere.
void Torrent::move_unopened(const SafePath& root, const Fault& why, Answer<void> answer) {
  // What it once had may be there still, as long as nobody could look; as after a check that was
  // stopped.
  const bool had_some = record_.done != no_time || record_.totals.downloaded > 0;
  const bool unknown = why.code == FaultCode::cancelled || (record_.in_doubt && had_some);
  if (record_.progress.have_valid == 0 && !unknown) return relocate(root, std::move(answer));
  const auto& error = lifecycle_.error();
  content_.refuse_move(root, why, error && error->text == why.text, std::move(answer));
}

/// Calls back when it is known whose all is that is at its place, or why that cannot be known.
void Torrent::when_looked_into(Answer<void> then) {
  with_content([this, then = std::move(then)](Result<void> there) mutable {
    if (!there) return then(std::move(there));
    const auto& store = *content_.store();
    if (!record_.in_doubt && !store.may_have_strangers()) return then({});
    if (lifecycle_.phase() == Phase::ready) {
      // Nobody would answer: a check that has failed begins anew when the error is gone.
      if (!store.all_checked())
        return then(std::unexpected(lifecycle_.error().value_or(
            Fault{FaultCode::busy, 0, "not all of its files could be checked"})));
      if (!record_.in_doubt || !content_.may_leave()) return then({});
      // Another torrent's when they were looked into, and nobody's since.
      put_content_away();
    }
    content_.wait([this, then = std::move(then)](Result<void> looked) mutable {
      if (!looked) return then(std::move(looked));
      when_looked_into(std::move(then));
    });
    settle();
  });
}

void Torrent::rename(const std::string& path, const std::string& name, Answer<void> answer) {
  if (lifecycle_.told_of_stranger()) return answer(std::unexpected(*lifecycle_.error()));
  when_looked_into([this, path, name, answer = std::move(answer)](Result<void> looked) mutable {
    if (!looked) return answer(std::move(looked));
    content_.rename(path, name, [this, answer = std::move(answer)](Result<void> renamed) mutable {
      answer(std::move(renamed));
      // What ended meanwhile had to wait, or its old name was what stood in its way.
      if (done() && lifecycle_.phase() == Phase::ready) leave_incomplete_folder();
    });
  });
}

// --- writing -------------------------------------------------------------------------------------

/// Why it may not write over files that are there, if there are any.
std::optional<std::string> Torrent::in_the_way() {
  const auto& wanted = content_.completion()->wanted();
  const auto tell = [](const std::vector<std::string>& paths) {
    if (paths.size() == 1) return paths.front() + " is there already";
    return fmt::format("{} is there already (and {} more)", paths.front(), paths.size() - 1);
  };
  std::string why;
  if (const auto strangers = content_.store()->strangers(wanted); !strangers.empty())
    why = tell(strangers) + " and holds something else";
  const auto parts = content_.store()->found_in_part(wanted);
  if (const auto owner = parts.empty()
                             ? std::nullopt
                             : environment_.host.complete_at(id(), data_root(), record_.name))
    why += (why.empty() ? "" : "; ") + tell(parts) + " and may be a file of \"" + *owner + "\"";
  return why.empty() ? std::nullopt : std::optional(why);
}

bool Torrent::stopped_by_strangers() {
  if (record_.may_overwrite) return false;
  const auto why = in_the_way();
  if (!why) return false;
  drop_unless_moving();
  // Leave is given by who was told.
  if (!lifecycle_.error()) lifecycle_.on_stranger();
  fail({FaultCode::exists, 0,
        *why + "; move one of them away, or start the torrent to write over what is there"});
  return true;
}

/// Before it writes. False: the names are another's, and it has failed; or were when its files were
/// looked into, and it looks anew; or the claim is being saved, for after a power cut a file would
/// else be a stranger's.
bool Torrent::claim_names() {
  if (const auto claimed = content_.claim_names(); !claimed) {
    fail(claimed.error());
    return false;
  }
  if (record_.in_doubt) {
    put_content_away();
    settle();
    return false;
  }
  if (content_.store()->claim_missing(content_.completion()->wanted())) {
    saving_claim_ = true;
    save_content([this](const Result<void>&) {
      saving_claim_ = false;
      settle();
    });
  }
  return !saving_claim_;
}

}  // namespace seed::torrent
