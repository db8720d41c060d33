#include "core/uv/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/uv/file_beneath.h"
#include "core/uv/open_file.h"

namespace seed::uv {
namespace {

std::unexpected<Fault> fault(int system_error, std::string_view doing, const SafePath& path) {
  return std::unexpected(path_fault(system_error, doing, path));
}

io::FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return io::FileKind::regular;
  if (S_ISDIR(mode)) return io::FileKind::folder;
  if (S_ISLNK(mode)) return io::FileKind::symlink;
  return io::FileKind::other;
}

/// O_NONBLOCK: opening a pipe that somebody put there must not hang; regular files ignore it.
int flags_of(io::OpenMode mode) {
  switch (mode) {
    case io::OpenMode::read:
      return O_RDONLY | O_NONBLOCK;
    case io::OpenMode::write:
      return O_RDWR | O_NONBLOCK;
    case io::OpenMode::create:
      break;
  }
  return O_RDWR | O_CREAT | O_NONBLOCK;
}

std::unexpected<Fault> not_regular(const SafePath& path) {
  return fail(FaultCode::unsupported, fmt::format("{} is not a regular file", path.full()));
}

Result<std::shared_ptr<io::File>> regular(Descriptor file, const SafePath& path) {
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return fault(errno, "open", path);
  if (!S_ISREG(status.st_mode)) return not_regular(path);
  return std::make_shared<OpenFile>(std::move(file), path.full());
}

/// A file that the user named, by whatever links.
Result<std::shared_ptr<io::File>> open_named(const SafePath& path) {
  // Looked at first: opening some devices does something.
  struct stat status{};
  if (::stat(path.root_path().c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    return not_regular(path);
  Descriptor file(
      ::open(path.root_path().c_str(), flags_of(io::OpenMode::read) | O_NOCTTY | O_CLOEXEC));
  if (!file.ok()) return std::unexpected(fault_from_errno(errno, "cannot open " + path.full()));
  return regular(std::move(file), path);
}

/// The folder that holds a name which is about to be made or removed.
Result<Descriptor> open_parent(const SafePath& path, std::string_view doing) {
  if (path.is_root()) return fault(EBUSY, doing, path);
  return open_path(path.parent(), O_PATH | O_DIRECTORY, doing);
}

}  // namespace

Result<std::shared_ptr<io::File>> Files::open(const SafePath& path, io::OpenMode mode) {
  SEED_TRY(const Descriptor root, open_root(path));
  auto file = open_beneath(root.get(), path.relative(), flags_of(mode), 0666);
  if (!file && file.error() == ENOENT && mode == io::OpenMode::create) {
    SEED_TRY_VOID(make_folders_beneath(root.get(), path.parent()));
    file = open_beneath(root.get(), path.relative(), flags_of(mode), 0666);
  }
  if (!file) return fault(file.error(), "open", path);
  return regular(*std::move(file), path);
}

Result<io::FileStamp> Files::stamp(const SafePath& path) {
  SEED_TRY(const Descriptor file, open_path(path, O_PATH, "examine"));
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return fault(errno, "examine", path);
  return stamp_of(status);
}

Result<io::FileKind> Files::kind(const SafePath& path) {
  SEED_TRY(const Descriptor file, open_path(path, O_PATH | O_NOFOLLOW, "examine"));
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return fault(errno, "examine", path);
  return kind_of(status.st_mode);
}

Result<void> Files::make_folders(const SafePath& path, bool root_too) {
  if (root_too) {
    const std::string& root = path.root_path();
    for (std::size_t slash = root.find('/', 1); true; slash = root.find('/', slash + 1)) {
      const std::string above = root.substr(0, slash);
      // Whatever else is wrong shows when the root is opened.
      if (mkdir(above.c_str(), 0777) != 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
        return fault(errno, "make the folder", path);
      if (slash == std::string::npos) break;
    }
  }
  SEED_TRY(const Descriptor root, open_root(path));
  return make_folders_beneath(root.get(), path);
}

Result<void> Files::rename(const SafePath& from, const SafePath& to) {
  SEED_TRY(const Descriptor old_folder, open_parent(from, "move"));
  SEED_TRY_VOID(make_folders(to.parent(), false));
  SEED_TRY(const Descriptor new_folder, open_parent(to, "move to"));
  const std::string old_name(from.name());
  const std::string new_name(to.name());
  int error = 0;
  if (renameat2(old_folder.get(), old_name.c_str(), new_folder.get(), new_name.c_str(),
                RENAME_NOREPLACE) != 0)
    error = errno;
  if (error == EINVAL || error == ENOSYS) {
    // A file system without that flag: look first. Nobody else makes names in our folders.
    struct stat status{};
    if (fstatat(new_folder.get(), new_name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
      return fault(EEXIST, "move to", to);
    error = 0;
    if (renameat(old_folder.get(), old_name.c_str(), new_folder.get(), new_name.c_str()) != 0)
      error = errno;
  }
  if (error == EXDEV)
    return fail(FaultCode::unsupported,
                fmt::format("{} and {} are on different file systems", from.full(), to.full()));
  if (error == EEXIST) return fault(error, "move to", to);
  if (error != 0) return fault(error, "move", from);
  return {};
}

Result<void> Files::remove_file(const SafePath& path) {
  SEED_TRY(const Descriptor folder, open_parent(path, "remove"));
  const std::string name(path.name());
  if (unlinkat(folder.get(), name.c_str(), 0) != 0) return fault(errno, "remove", path);
  return {};
}

Result<void> Files::remove_folder(const SafePath& path) {
  SEED_TRY(const Descriptor folder, open_parent(path, "remove"));
  const std::string name(path.name());
  if (unlinkat(folder.get(), name.c_str(), AT_REMOVEDIR) == 0) return {};
  Fault out = path_fault(errno, "remove", path);
  if (out.system_error == ENOTEMPTY) out.code = FaultCode::exists;
  return std::unexpected(std::move(out));
}

Result<std::vector<io::FolderEntry>> Files::list(const SafePath& folder) {
  SEED_TRY(Descriptor descriptor, open_path(folder, O_RDONLY | O_DIRECTORY, "list"));
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(descriptor.get()), &closedir);
  if (stream == nullptr) return fault(errno, "list", folder);
  const int at = descriptor.release();
  std::vector<io::FolderEntry> out;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr && errno != 0) return fault(errno, "list", folder);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (out.size() >= folder_entries_max) return fault(EFBIG, "list", folder);
    // Not every file system fills in d_type.
    struct stat status{};
    if (entry->d_type != DT_UNKNOWN)
      status.st_mode = static_cast<mode_t>(DTTOIF(entry->d_type));
    else if (fstatat(at, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    out.push_back({std::string(name), kind_of(status.st_mode)});
  }
  // The system's order is chance.
  std::ranges::sort(out, {}, &io::FolderEntry::name);
  return out;
}

Result<void> Files::sync_folder(const SafePath& folder) {
  SEED_TRY(const Descriptor descriptor, open_path(folder, O_RDONLY | O_DIRECTORY, "sync"));
  if (fsync(descriptor.get()) != 0) return fault(errno, "sync", folder);
  return {};
}

Result<io::RootIdentity> Files::identity(const SafePath& root) {
  SEED_TRY(const Descriptor descriptor, open_root(root));
  struct stat status{};
  struct statfs system{};
  if (fstat(descriptor.get(), &status) != 0 || fstatfs(descriptor.get(), &system) != 0)
    return fault(errno, "examine", root);
  std::uint64_t file_system = 0;
  static_assert(sizeof system.f_fsid == sizeof file_system);
  std::memcpy(&file_system, &system.f_fsid, sizeof file_system);
  return io::RootIdentity{status.st_dev, file_system, status.st_ino};
}

Result<io::DiskSpace> Files::space(const SafePath& path) {
  SEED_TRY(const Descriptor nearest, open_nearest(path));
  struct statvfs system{};
  if (fstatvfs(nearest.get(), &system) != 0) return fault(errno, "examine", path);
  return io::DiskSpace{std::uint64_t{system.f_bavail} * system.f_frsize,
                       std::uint64_t{system.f_blocks} * system.f_frsize};
}

Result<Buffer> Files::load(const SafePath& path, std::size_t bytes_max) {
  SEED_TRY(const auto file, path.is_root() ? open_named(path) : open(path, io::OpenMode::read));
  SEED_TRY(const io::FileStamp stamp, file->stamp());
  if (stamp.size > bytes_max)
    return fail(FaultCode::too_large, fmt::format("{} has {} octets; at most {} are allowed",
                                                  path.full(), stamp.size, bytes_max));
  Buffer out(static_cast<std::size_t>(stamp.size));
  const MutableBytes all = out;
  SEED_TRY(const std::size_t got, file->read(0, {&all, 1}));
  out.resize(got);  // it may have shrunk meanwhile
  return out;
}

Result<void> Files::save(const SafePath& path, Bytes bytes) {
  if (path.is_root()) return fault(EISDIR, "save", path);
  SEED_TRY(const Descriptor root, open_root(path));
  SEED_TRY_VOID(make_folders_beneath(root.get(), path.parent()));
  // A name of its own that the next save uses again, so that crashes leave one file at most.
  const SafePath fresh = path.with_suffix(".new");
  auto file = open_beneath(root.get(), fresh.relative(),
                           O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, 0666);
  if (!file) return fault(file.error(), "save", path);
  const int descriptor = file->get();
  OpenFile written(*std::move(file), fresh.full());
  SEED_TRY_VOID(written.write(0, {&bytes, 1}));
  if (fsync(descriptor) != 0) return fault(errno, "save", path);
  SEED_TRY(const Descriptor folder, open_parent(path, "save"));
  const std::string old_name(fresh.name());
  const std::string new_name(path.name());
  if (renameat(folder.get(), old_name.c_str(), folder.get(), new_name.c_str()) != 0)
    return fault(errno, "save", path);
  return sync_folder(path.parent());
}

Result<std::uint64_t> Files::device(const SafePath& path) {
  SEED_TRY(const Descriptor nearest, open_nearest(path));
  struct stat status{};
  if (fstat(nearest.get(), &status) != 0) return fault(errno, "examine", path);
  return std::uint64_t{status.st_dev};
}

}  // namespace seed::uv
