#include "core/storage/jobs/move_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "core/storage/placement.h"

namespace seed::storage {
namespace {

/// Octets copied at a time: large enough for a disk to stream, small enough to stop soon.
constexpr std::size_t copy_step_bytes = 1u << 20;

SafePath copy_of(const SafePath& path) { return path.with_suffix(moving_suffix); }
SafePath partial(const SafePath& path) { return path.with_suffix(partial_suffix); }

/// Copies a file with its time and syncs it. Zeros are left out, so that holes stay holes.
Result<void> copy_file(io::Files& files, const SafePath& from, const SafePath& to,
                       CopyControl* control) {
  SEED_TRY(auto source, files.open(from, io::OpenMode::read));
  SEED_TRY(auto target, files.open(to, io::OpenMode::create));
  SEED_TRY(const auto stamp, source->stamp());
  SEED_TRY_VOID(target->resize(0));
  SEED_TRY_VOID(target->resize(stamp.size));
  Buffer buffer(std::min<std::uint64_t>(copy_step_bytes, stamp.size));
  for (std::uint64_t at = 0; at < stamp.size;) {
    if (control != nullptr && control->stop)
      return fail(FaultCode::cancelled, "the move was stopped");
    const MutableBytes view(buffer.data(),
                            std::min<std::uint64_t>(copy_step_bytes, stamp.size - at));
    SEED_TRY(const auto count, source->read(at, {&view, 1}));
    if (count < view.size())
      return fail(FaultCode::io, fmt::format("{} became shorter while it was copied", from.full()));
    const Bytes bytes = view;
    if (std::ranges::any_of(bytes, [](std::uint8_t octet) { return octet != 0; }))
      SEED_TRY_VOID(target->write(at, {&bytes, 1}));
    at += count;
    if (control != nullptr) control->bytes_done += count;
  }
  // Some file systems refuse; then the copy is checked once if a crash comes before the end.
  (void)target->set_modified(stamp.modified_ns);
  return target->sync();
}

std::unexpected<Fault> refuse(const SafePath& there) {
  return fail(FaultCode::exists, fmt::format("{} is there already", there.full()));
}

Result<void> refuse_if_in_the_way(io::Files& files, const SafePath& to) {
  SEED_TRY(const auto found, find_variant(files, to, {}));
  if (found) return refuse(*found);
  return {};
}

/// Read through: only then may one of them be removed.
Result<bool> same_content(io::Files& files, const SafePath& left, const SafePath& right) {
  SEED_TRY(auto one, files.open(left, io::OpenMode::read));
  SEED_TRY(auto other, files.open(right, io::OpenMode::read));
  SEED_TRY(const auto stamp, one->stamp());
  SEED_TRY(const auto other_stamp, other->stamp());
  if (stamp.size != other_stamp.size) return false;
  Buffer buffer(std::min<std::uint64_t>(copy_step_bytes, stamp.size));
  Buffer other_buffer(buffer.size());
  for (std::uint64_t at = 0; at < stamp.size;) {
    const std::size_t take = std::min<std::uint64_t>(copy_step_bytes, stamp.size - at);
    const MutableBytes view(buffer.data(), take);
    const MutableBytes other_view(other_buffer.data(), take);
    SEED_TRY(const auto count, one->read(at, {&view, 1}));
    SEED_TRY(const auto other_count, other->read(at, {&other_view, 1}));
    if (count < take || other_count < take || !std::ranges::equal(view, other_view)) return false;
    at += take;
  }
  return true;
}

/// What is to be done for one file.
struct Step {
  SafePath from;
  SafePath to;
  std::optional<SafePath> copy;  ///< a whole copy, to be renamed to `to`
  bool arrived = false;          ///< `to` is there, and holds what is left at `from`
  bool brought = false;          ///< by this job
};

/// As find_variant, but a disk that was taken away holds nothing.
Result<std::optional<SafePath>> find_old(io::Files& files, const MovingFile& file) {
  auto found = find_variant(files, file.from, file.known);
  if (!found && found.error().code == FaultCode::root_missing) return std::nullopt;
  return found;
}

/// Where one file is. Fault exists when another one has its new name: what came there after
/// PrepareMove looked is not ours, and taking it for ours would lose the file at the old place.
Result<std::optional<Step>> plan(io::Files& files, const MovingFile& file) {
  SEED_TRY(const auto old, find_old(files, file));
  for (const bool suffixed : {file.known.suffixed, !file.known.suffixed}) {
    const SafePath to = suffixed ? partial(file.to) : file.to;
    SEED_TRY(const bool there, exists(files, to));
    SEED_TRY(const bool copied, exists(files, copy_of(to)));
    if (!old && !there && !copied) continue;
    const bool ours = old ? (*old == file.from) != suffixed
                          : !file.known.certain || suffixed == file.known.suffixed;
    if (there && (!ours || copied)) return refuse(to);
    if (!ours) continue;
    if (there && old) {
      SEED_TRY(const bool same, same_content(files, *old, to));
      if (!same) return refuse(to);
    }
    return Step{suffixed ? partial(file.from) : file.from, to,
                copied ? std::optional(copy_of(to)) : std::nullopt, there, false};
  }
  return std::nullopt;
}

/// Brings one file to its new name, which nothing has.
Result<void> bring(io::Files& files, const Step& step) {
  if (step.arrived) return {};
  if (step.copy) return files.rename(*step.copy, step.to);
  auto renamed = files.rename(step.from, step.to);
  if (renamed || renamed.error().code != FaultCode::unsupported) return renamed;
  // One device, and yet no rename: two mounts of one file system, for instance. A copy that a crash
  // cut off must not be taken for whole, hence the other name.
  const SafePath unfinished = copy_of(copy_of(step.to));
  auto copied = copy_file(files, step.from, unfinished, nullptr);
  if (copied) return files.rename(unfinished, step.to);
  (void)files.remove_file(unfinished);
  return copied;
}

/// All arrived, and the disk it came from was taken away: then nothing is left to be tidied.
bool is_root_gone(io::Files& files, const SafePath& path) {
  const auto kind = files.kind(path);
  return !kind && kind.error().code == FaultCode::root_missing;
}

Result<void> copy_all(io::Files& files, const std::vector<MovingFile>& moving,
                      CopyControl* control) {
  std::vector<MovingFile> found;
  std::uint64_t total = 0;
  for (const auto& file : moving) {
    SEED_TRY(const auto from, find_variant(files, file.from, file.known));
    if (!from) continue;
    SEED_TRY(const auto stamp, files.stamp(*from));
    total += stamp.size;
    found.push_back({*from, copy_of(*from == file.from ? file.to : partial(file.to))});
  }
  if (control != nullptr) control->bytes_total = total;
  std::vector<SafePath> copies;
  for (const auto& file : found) {
    SEED_TRY_VOID(copy_file(files, file.from, file.to, control));
    copies.push_back(file.to);
  }
  return sync_folders_of(files, copies);
}

/// What an earlier try left, which may be cut off: it must be gone, for good, before the engine may
/// save that copies are whole.
Result<void> remove_copies(io::Files& files, const std::vector<MovingFile>& moving) {
  std::vector<SafePath> removed;
  for (const auto& file : moving) {
    for (const auto& name : {copy_of(file.to), copy_of(partial(file.to)), copy_of(copy_of(file.to)),
                             copy_of(copy_of(partial(file.to)))}) {
      SEED_TRY(const bool there, exists(files, name));
      if (!there) continue;
      SEED_TRY_VOID(files.remove_file(name));
      removed.push_back(name);
    }
  }
  return sync_folders_of(files, removed);
}

/// `steps` says afterwards what was brought.
Result<void> bring_all(io::Files& files, const std::vector<MovingFile>& moving,
                       std::vector<Step>& steps) {
  // All are looked at before the first is moved.
  for (const auto& file : moving) {
    SEED_TRY(auto step, plan(files, file));
    if (step) steps.push_back(std::move(*step));
  }
  std::vector<SafePath> arrived;
  std::vector<SafePath> leaving;
  for (auto& step : steps) {
    SEED_TRY_VOID(bring(files, step));
    step.brought = !step.arrived;
    arrived.push_back(step.to);
    leaving.push_back(step.from);
  }
  // The new names are durable before the old ones go.
  SEED_TRY_VOID(sync_folders_of(files, arrived));
  for (const auto& path : arrived) SEED_TRY_VOID(remove_if_there(files, copy_of(copy_of(path))));
  if (!leaving.empty() && is_root_gone(files, leaving.front())) return {};
  for (const auto& path : leaving) SEED_TRY_VOID(remove_if_there(files, path));
  // Then the engine forgets the old place, so nothing may come back there.
  SEED_TRY_VOID(sync_folders_of(files, leaving));
  remove_empty_folders(files, leaving);
  if (!leaving.empty()) {
    SafePath root = leaving.front();
    while (!root.is_root()) root = root.parent();
    (void)files.sync_folder(root);
  }
  return {};
}

/// What was brought goes back; the last one first.
Result<void> take_back(io::Files& files, const std::vector<Step>& steps) {
  std::vector<SafePath> back;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (!step->brought) continue;
    SEED_TRY(const bool there, exists(files, step->from));
    // What has come as a copy is whole at its old place too. Else a file there is somebody else's.
    if (there && !step->copy) return refuse(step->from);
    if (there)
      SEED_TRY_VOID(files.remove_file(step->to));
    else
      SEED_TRY_VOID(files.rename(step->to, step->from));
    back.push_back(step->from);
  }
  return sync_folders_of(files, back);
}

}  // namespace

Result<void> PrepareMove::operator()(const io::JobTools& tools) {
  if (files.empty()) return {};
  for (const auto& file : files) SEED_TRY_VOID(refuse_if_in_the_way(tools.files, file.to));
  SEED_TRY_VOID(remove_copies(tools.files, files));
  SEED_TRY(const auto root_from, SafePath::root(files.front().from.root_path()));
  SEED_TRY(const auto root_to, SafePath::root(files.front().to.root_path()));
  SEED_TRY(const auto device_from, tools.files.device(root_from));
  SEED_TRY(const auto device_to, tools.files.device(root_to));
  if (device_from == device_to) return {};
  auto copied = copy_all(tools.files, files, control.get());
  if (!copied) (void)DropCopies{files}(tools);
  return copied;
}

Result<void> DropCopies::operator()(const io::JobTools& tools) {
  auto removed = remove_copies(tools.files, files);
  std::vector<SafePath> targets;
  targets.reserve(files.size());
  for (const auto& file : files) targets.push_back(file.to);
  remove_empty_folders(tools.files, targets);
  return removed;
}

Result<void> FinishMove::operator()(const io::JobTools& tools) {
  std::vector<Step> steps;
  auto moved = bring_all(tools.files, files, steps);
  const bool alone = control && !control->stop;
  if (!moved && alone && take_back(tools.files, steps)) control->taken_back = true;
  return moved;
}

Result<void> RenameOnDisk::operator()(const io::JobTools& tools) {
  SEED_TRY(const auto old, find_variant(tools.files, from, known));
  if (!old) return {};
  SEED_TRY_VOID(refuse_if_in_the_way(tools.files, to));
  if (check_only) return {};
  const SafePath target = *old == from ? to : partial(to);
  SEED_TRY_VOID(tools.files.rename(*old, target));
  return sync_folders_of(tools.files, {*old, target});
}

}  // namespace seed::storage
