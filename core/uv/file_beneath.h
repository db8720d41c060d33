// Beneath: opening a path so that no symbolic link leads out of its root (design, section 10).
//
// openat2(2) with RESOLVE_BENEATH; where the system refuses that call, a walk that follows no link
// at all.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/uv/sockets.h"

namespace seed::uv {

/// A file descriptor, or an errno.
using Opened = std::expected<Descriptor, int>;

/// The root itself, for use with the calls below. Fault root_missing: there is no such folder.
Result<Descriptor> open_root(const SafePath& path);
/// `relative` is components joined by '/'; empty for the folder `root` itself.
Opened open_beneath(int root, const std::string& relative, int flags, mode_t mode = 0);
/// The same without openat2.
Opened open_by_walking(int root, std::string_view relative, int flags, mode_t mode = 0);
/// Both steps, with a Fault that says `doing` ("open") and the path.
Result<Descriptor> open_path(const SafePath& path, int flags, std::string_view doing,
                             mode_t mode = 0);
/// The path or the nearest folder above it that is there, the root at the last.
Result<Descriptor> open_nearest(const SafePath& path);
/// Makes the folders from the root down to `path`; those that are there are left alone.
Result<void> make_folders_beneath(int root, const SafePath& path);

/// "cannot <doing> <path>: ..." for an errno of one of the calls above.
Fault path_fault(int system_error, std::string_view doing, const SafePath& path);

}  // namespace seed::uv
