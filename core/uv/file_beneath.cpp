#include "core/uv/file_beneath.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#ifdef __SANITIZE_THREAD__
// Of the sanitizer's linux_syscall_hooks.h, which g++ does not install.
extern "C" void __sanitizer_syscall_pre_impl_close(long);  // NOLINT(*-reserved-identifier)
#endif

namespace seed::uv {
namespace {

/// Tries of an openat2 that was disturbed by a rename elsewhere (EAGAIN, see openat2(2)).
constexpr int tries_max = 16;

/// See tests/tsan.supp.
void forget_who_had_it([[maybe_unused]] long descriptor) {
#ifdef __SANITIZE_THREAD__
  __sanitizer_syscall_pre_impl_close(descriptor);
#endif
}

Opened opened(long descriptor) {
  if (descriptor < 0) return std::unexpected(errno);
  forget_who_had_it(descriptor);
  return Descriptor(static_cast<int>(descriptor));
}

}  // namespace

Result<Descriptor> open_root(const SafePath& path) {
  // The administrator chose the root, so links in it are followed.
  auto root = opened(::open(path.root_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (root) return *std::move(root);
  Fault fault = fault_from_errno(root.error(), fmt::format("cannot use {}", path.root_path()));
  if (root.error() == ENOENT || root.error() == ENOTDIR) fault.code = FaultCode::root_missing;
  return std::unexpected(std::move(fault));
}

Opened open_beneath(int root, const std::string& relative, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const char* name = relative.empty() ? "." : relative.c_str();
  for (int i = 0; i < tries_max; ++i) {
    auto file = opened(syscall(SYS_openat2, root, name, &how, sizeof how));
    if (file) return file;
    if (file.error() == EAGAIN || file.error() == EINTR) continue;
    // Old kernels say ENOSYS, the filters of old containers EPERM.
    if (file.error() == ENOSYS || file.error() == EPERM)
      return open_by_walking(root, relative, flags, mode);
    return file;
  }
  return std::unexpected(EAGAIN);
}

Opened open_by_walking(int root, std::string_view relative, int flags, mode_t mode) {
  if (relative.empty()) return opened(::openat(root, ".", flags | O_CLOEXEC, mode));
  Descriptor folder;
  while (true) {
    const int at = folder.ok() ? folder.get() : root;
    const std::size_t slash = relative.find('/');
    const std::string name(relative.substr(0, slash));
    if (slash == std::string_view::npos)
      return opened(::openat(at, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode));
    auto next = opened(::openat(at, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return next;
    folder = *std::move(next);
    relative.remove_prefix(slash + 1);
  }
}

Result<Descriptor> open_path(const SafePath& path, int flags, std::string_view doing, mode_t mode) {
  SEED_TRY(const Descriptor root, open_root(path));
  auto file = open_beneath(root.get(), path.relative(), flags, mode);
  if (!file) return std::unexpected(path_fault(file.error(), doing, path));
  return *std::move(file);
}

Result<Descriptor> open_nearest(const SafePath& path) {
  SEED_TRY(Descriptor root, open_root(path));
  for (SafePath at = path; !at.is_root(); at = at.parent())
    if (auto found = open_beneath(root.get(), at.relative(), O_PATH)) return *std::move(found);
  return root;
}

Result<void> make_folders_beneath(int root, const SafePath& path) {
  if (path.is_root()) return {};
  auto there = open_beneath(root, path.relative(), O_PATH | O_DIRECTORY);
  if (there) return {};
  if (there.error() != ENOENT)
    return std::unexpected(path_fault(there.error(), "make the folder", path));
  SEED_TRY_VOID(make_folders_beneath(root, path.parent()));
  auto above = open_beneath(root, path.parent().relative(), O_PATH | O_DIRECTORY);
  if (!above) return std::unexpected(path_fault(above.error(), "make the folder", path));
  const std::string name(path.name());
  if (mkdirat(above->get(), name.c_str(), 0777) != 0 && errno != EEXIST)
    return std::unexpected(path_fault(errno, "make the folder", path));
  return {};
}

Fault path_fault(int system_error, std::string_view doing, const SafePath& path) {
  const std::string what = fmt::format("cannot {} {}", doing, path.full());
  if (system_error == EXDEV || system_error == ELOOP)
    return {FaultCode::permission, system_error,
            what + ": a symbolic link leads out of its folder"};
  Fault fault = fault_from_errno(system_error, what);
  if (system_error == EFBIG) fault.code = FaultCode::too_large;
  return fault;
}

}  // namespace seed::uv
