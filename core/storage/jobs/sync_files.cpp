#include "core/storage/jobs/sync_files.h"

#include "core/storage/jobs/paths.h"

namespace seed::storage {
namespace {

Result<io::FileStamp> sync_one(FileAccess& access, std::uint32_t target, bool& tried) {
  SEED_TRY(auto* file, access.reading(target));
  auto synced = file->sync();
  tried = !synced;
  if (!synced) return std::unexpected(std::move(synced).error());
  return file->stamp();
}

}  // namespace

SyncOutcome SyncFiles::operator()(const io::JobTools& tools) {
  SyncOutcome out;
  FileAccess access(tools.files, std::move(guard), std::move(targets));
  std::vector<SafePath> made;
  for (std::uint32_t i = 0; i < access.targets().size(); ++i) {
    const bool suffixed = access.targets()[i].suffixed;
    auto stamp = sync_one(access, i, out.tried);
    if (!stamp) {
      out.fault = std::move(stamp).error();
      return out;
    }
    // One at a time: a check may have left thousands to be synced.
    access.let_go(i);
    const auto& target = access.targets()[i];
    out.stamps.emplace_back(target.file, *stamp);
    if (suffixed && !target.suffixed) out.unsuffixed.push_back(target.file);
    if (created[i]) made.push_back(target.path);
  }
  if (auto synced = sync_folders_of(tools.files, made); !synced)
    out.fault = std::move(synced).error();
  return out;
}

}  // namespace seed::storage
