// Files: the file system, by blocking system calls; only inside a Job. Keeps no state, so it is
// safe from any thread.
#pragma once

#include "core/io/files.h"

namespace seed::uv {

/// Entries of one folder that list() takes. Beyond: Fault too_large.
inline constexpr std::size_t folder_entries_max = 1'000'000;

class Files final : public io::Files {
 public:
  Result<std::shared_ptr<io::File>> open(const SafePath& path, io::OpenMode mode) override;
  Result<io::FileStamp> stamp(const SafePath& path) override;
  Result<io::FileKind> kind(const SafePath& path) override;
  Result<void> make_folders(const SafePath& path, bool root_too) override;
  Result<void> rename(const SafePath& from, const SafePath& to) override;
  Result<void> remove_file(const SafePath& path) override;
  Result<void> remove_folder(const SafePath& path) override;
  Result<std::vector<io::FolderEntry>> list(const SafePath& folder) override;
  Result<void> sync_folder(const SafePath& folder) override;
  Result<io::RootIdentity> identity(const SafePath& root) override;
  Result<io::DiskSpace> space(const SafePath& path) override;
  Result<Buffer> load(const SafePath& path, std::size_t bytes_max) override;
  Result<void> save(const SafePath& path, Bytes bytes) override;
  Result<std::uint64_t> device(const SafePath& path) override;
};

}  // namespace seed::uv
