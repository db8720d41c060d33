#include "core/storage/jobs/find_files.h"

namespace seed::storage {
namespace {

Result<FoundFile> find(io::Files& files, const FileToFind& target) {
  FoundFile out;
  if (target.path.is_root()) return out;
  for (const auto* path : {&target.path, &target.other}) {
    auto stamp = files.stamp(*path);
    const bool as_saved = stamp && *stamp == target.stamp;
    if (stamp && (!out.there || as_saved))
      out = {true, path == &target.path ? target.suffixed : !target.suffixed, *stamp};
    if (out.there && (as_saved || !target.stamp)) return out;
    if (!stamp && !out.there && stamp.error().code != FaultCode::not_found)
      return std::unexpected(std::move(stamp).error());
    if (target.path == target.other) break;
  }
  return out;
}

}  // namespace

Result<std::vector<FoundFile>> FindFiles::operator()(const io::JobTools& tools) {
  if (move) SEED_TRY_VOID((*move)(tools));
  if (rename) {
    // Something at the new name says that it was done, and that the old name is another's by now.
    auto renamed = (*rename)(tools);
    if (!renamed && renamed.error().code != FaultCode::exists)
      return std::unexpected(std::move(renamed).error());
  }
  std::vector<FoundFile> out;
  out.reserve(targets.size());
  for (const auto& target : targets) {
    SEED_TRY(auto found, find(tools.files, target));
    out.push_back(found);
  }
  return out;
}

}  // namespace seed::storage
