// Files: blocking file work, used only inside a Job. Takes only SafePath; symbolic links are not
// followed out of a path's root.
//
// Faults carry errno and a text that names the path.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/safe_path.h"

namespace seed::io {

/// What tells whether a file changed since we last looked.
struct FileStamp {
  std::uint64_t size = 0;        ///< octets
  std::int64_t modified_ns = 0;  ///< nanoseconds since the Unix epoch
  bool operator==(const FileStamp&) const = default;
};

enum class FileKind : std::uint8_t { regular, folder, symlink, other };

struct FolderEntry {
  std::string name;
  FileKind kind = FileKind::other;
};

/// Tells one file system and mount from another, so that a missing disk is not taken for an empty
/// one.
struct RootIdentity {
  std::uint64_t device = 0;       ///< st_dev; changes over a reboot, so it is only a hint
  std::uint64_t file_system = 0;  ///< statfs f_fsid
  std::uint64_t inode = 0;        ///< of the root folder itself
  bool operator==(const RootIdentity&) const = default;
};

struct DiskSpace {
  std::uint64_t free_bytes = 0;  ///< for an ordinary user
  std::uint64_t total_bytes = 0;
};

/// An open regular file. Shared by running jobs and the engine's table of open files; closes with
/// its last holder. All calls are safe from several threads at once.
class File {
 public:
  virtual ~File() = default;
  /// Reads until `out` is full or the file ends; returns the octets read.
  virtual Result<std::size_t> read(std::uint64_t offset, std::span<const MutableBytes> out) = 0;
  /// Writes all of `bytes`, one after the other, from `offset` on.
  virtual Result<void> write(std::uint64_t offset, std::span<const Bytes> bytes) = 0;
  /// fdatasync.
  virtual Result<void> sync() = 0;
  virtual Result<void> resize(std::uint64_t size) = 0;
  /// Reserves space for `size` octets; falls back to nothing where the file system cannot.
  virtual Result<void> reserve(std::uint64_t size) = 0;
  /// Tells the system that [offset, offset + length) will be read soon, or is not needed again.
  virtual void will_need(std::uint64_t offset, std::uint64_t length) = 0;
  virtual void not_needed(std::uint64_t offset, std::uint64_t length) = 0;
  virtual Result<FileStamp> stamp() = 0;
  /// Sets when it was last changed, so that a copy has the stamp of its original.
  virtual Result<void> set_modified(std::int64_t modified_ns) = 0;
};

enum class OpenMode : std::uint8_t {
  read,    ///< must exist
  write,   ///< read and write, must exist
  create,  ///< read and write, made with its folders beneath the root when missing
};

class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::shared_ptr<File>> open(const SafePath& path, OpenMode mode) = 0;
  virtual Result<FileStamp> stamp(const SafePath& path) = 0;
  virtual Result<FileKind> kind(const SafePath& path) = 0;
  /// Makes `path` and the folders above it beneath the root; with `root_too` the root as well.
  virtual Result<void> make_folders(const SafePath& path, bool root_too) = 0;
  /// Renames within one file system, over nothing: Fault exists when `to` is there; Fault
  /// unsupported when the two are on different file systems. Makes the folders above `to`.
  virtual Result<void> rename(const SafePath& from, const SafePath& to) = 0;
  virtual Result<void> remove_file(const SafePath& path) = 0;
  /// Removes an empty folder; Fault exists when it is not empty. Not the root.
  virtual Result<void> remove_folder(const SafePath& path) = 0;
  virtual Result<std::vector<FolderEntry>> list(const SafePath& folder) = 0;
  /// fsync of a folder, so that names in it survive a power cut.
  virtual Result<void> sync_folder(const SafePath& folder) = 0;
  virtual Result<RootIdentity> identity(const SafePath& root) = 0;
  virtual Result<DiskSpace> space(const SafePath& path) = 0;
  /// A whole small file, if it is a root by whatever links; Fault too_large above `bytes_max`.
  virtual Result<Buffer> load(const SafePath& path, std::size_t bytes_max) = 0;
  /// Writes a whole small file so that it is there either as before or as `bytes`, and durable.
  virtual Result<void> save(const SafePath& path, Bytes bytes) = 0;
  /// A number that is the same for paths on one device, for lanes of verifying.
  virtual Result<std::uint64_t> device(const SafePath& path) = 0;
};

}  // namespace seed::io
