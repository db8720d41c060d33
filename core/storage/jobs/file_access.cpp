#include "core/storage/jobs/file_access.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/check.h"

namespace seed::storage {
namespace {

/// Runs `each(run, buffers)` for every span with the views of `views` that it covers, cut at the
/// span's borders.
template <typename View, typename Each>
Result<void> over_spans(std::span<const Span> spans, std::span<const View> views, Each each) {
  std::vector<View> pieces;
  std::size_t view = 0;
  std::size_t used = 0;  // octets of views[view] already covered
  for (const auto& run : spans) {
    pieces.clear();
    for (std::size_t left = run.length; left > 0;) {
      SEED_CHECK(view < views.size());
      const std::size_t take = std::min(left, views[view].size() - used);
      if (take > 0) pieces.push_back(views[view].subspan(used, take));
      used += take;
      left -= take;
      if (used == views[view].size()) ++view, used = 0;
    }
    SEED_TRY_VOID(each(run, std::span<const View>(pieces)));
  }
  return {};
}

std::unexpected<Fault> no_room(const FileTarget& target) {
  return fail(FaultCode::disk_full, fmt::format("there is no room for {}, which needs {} octets",
                                                target.path.full(), target.size));
}

}  // namespace

FileAccess::FileAccess(io::Files& files, RootGuard guard, std::vector<FileTarget> targets)
    : files_(files), guard_(std::move(guard)), targets_(std::move(targets)) {}

Result<io::File*> FileAccess::reading(std::uint32_t target) {
  auto& file = targets_[target];
  if (file.handle) return file.handle.get();
  SEED_TRY(auto found, find(file, io::OpenMode::read));
  if (found) return keep(target, std::move(found), false, false);
  SEED_TRY_VOID(check_root());
  return fail(FaultCode::not_found, fmt::format("{} is not there", file.path.full()));
}

Result<std::shared_ptr<io::File>> FileAccess::find(FileTarget& file, io::OpenMode mode) {
  auto handle = files_.open(file.path, mode);
  if (!handle && handle.error().code == FaultCode::not_found && file.path != file.other) {
    handle = files_.open(file.other, mode);
    if (handle) {
      std::swap(file.path, file.other);
      file.suffixed = !file.suffixed;
    }
  }
  if (!handle && handle.error().code == FaultCode::not_found) return nullptr;
  return handle;
}

void FileAccess::let_go(std::uint32_t target) {
  auto& file = targets_[target];
  if (!opened_.empty() && opened_.back().file == file.file) opened_.pop_back();
  file.handle.reset();
}

Result<io::File*> FileAccess::writing(std::uint32_t target) {
  auto& file = targets_[target];
  if (guard_.called_off && *guard_.called_off)
    return fail(FaultCode::cancelled, "the torrent was closed");
  if (file.handle && file.writable) return file.handle.get();
  SEED_TRY(auto found, find(file, io::OpenMode::write));
  if (found) {
    // What lies behind it is of whoever had the name before. Of an empty file all would.
    SEED_TRY(const auto stamp, found->stamp());
    if (file.size > 0 && stamp.size > file.size) SEED_TRY_VOID(found->resize(file.size));
    return keep(target, std::move(found), true, false);
  }
  SEED_TRY_VOID(check_root());
  if (file.has_data)
    return fail(FaultCode::not_found, fmt::format("{} is not there any more", file.path.full()));
  SEED_TRY(auto made, make(file));
  return keep(target, std::move(made), true, true);
}

Result<std::shared_ptr<io::File>> FileAccess::make(const FileTarget& target) {
  if (guard_.preallocation == config::Preallocation::full && target.size > 0)
    return make_in_full(target);
  SEED_TRY(auto handle, files_.open(target.path, io::OpenMode::create));
  if (guard_.preallocation == config::Preallocation::sparse)
    SEED_TRY_VOID(handle->resize(target.size));
  return handle;
}

/// What does not fit is not there afterwards: the rest of the disk is not this file's alone. Until
/// it has its room it is under a name that nobody writes to, so that it can go again.
Result<std::shared_ptr<io::File>> FileAccess::make_in_full(const FileTarget& target) {
  const auto space = files_.space(guard_.root);
  // A file system that counts nothing says 0 of 0.
  if (space && space->total_bytes > 0 && space->free_bytes < target.size) return no_room(target);
  const SafePath making = target.path.with_suffix(making_suffix);
  SEED_TRY(auto handle, files_.open(making, io::OpenMode::create));
  auto reserved = handle->reserve(target.size);
  handle.reset();
  if (!reserved) {
    (void)files_.remove_file(making);
    return std::unexpected(std::move(reserved).error());
  }
  const auto named = files_.rename(making, target.path);
  // Another job was there first, and has it made, or found no room.
  if (!named && named.error().code == FaultCode::exists) (void)files_.remove_file(making);
  auto made = files_.open(target.path, io::OpenMode::write);
  if (!made && made.error().code == FaultCode::not_found) return no_room(target);
  return made;
}

Result<void> FileAccess::check_root() {
  auto identity = files_.identity(guard_.root);
  if (!identity && identity.error().code != FaultCode::not_found)
    return std::unexpected(std::move(identity).error());
  if (!identity)
    return fail(FaultCode::root_missing,
                fmt::format("the disk of {} is not there", guard_.root.full()));
  if (guard_.identity && *identity != *guard_.identity)
    return fail(FaultCode::root_missing,
                fmt::format("the disk of {} is not there (another folder is in its place)",
                            guard_.root.full()));
  return {};
}

Result<io::File*> FileAccess::keep(std::uint32_t target, std::shared_ptr<io::File> handle,
                                   bool writable, bool created) {
  auto& file = targets_[target];
  file.handle = handle;
  file.writable = writable;
  opened_.push_back({file.file, std::move(handle), writable, created, file.suffixed});
  return file.handle.get();
}

Result<void> FileAccess::read(std::span<const Span> spans, std::span<const MutableBytes> out) {
  return over_spans(
      spans, out, [&](const Span& run, std::span<const MutableBytes> views) -> Result<void> {
        if (run.target == Span::pad) {
          for (const auto view : views) std::memset(view.data(), 0, view.size());
          return {};
        }
        SEED_TRY(auto* file, reading(run.target));
        SEED_TRY(const auto count, file->read(run.offset, views));
        if (count < run.length)
          return fail(FaultCode::io,
                      fmt::format("{} is shorter than it was", targets_[run.target].path.full()));
        return {};
      });
}

Result<void> FileAccess::write(std::span<const Span> spans, std::span<const Bytes> in) {
  return over_spans(spans, in, [&](const Span& run, std::span<const Bytes> views) -> Result<void> {
    if (run.target == Span::pad) return {};
    SEED_TRY(auto* file, writing(run.target));
    return file->write(run.offset, views);
  });
}

}  // namespace seed::storage
