#include "core/uv/state_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace seed::uv {
namespace {

/// The first digits of the file; "another process" when there are none yet.
std::string holder_of(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t got = pread(descriptor, text.data(), text.size(), 0);
  std::string digits;
  for (ssize_t i = 0; i < got && text[static_cast<std::size_t>(i)] >= '0' &&
                      text[static_cast<std::size_t>(i)] <= '9';
       ++i)
    digits += text[static_cast<std::size_t>(i)];
  return digits.empty() ? "another process" : "process " + digits;
}

}  // namespace

Result<StateLock> StateLock::take(const std::string& folder) {
  const std::string name = folder + "/seedd.lock";
  Descriptor file(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file.ok())
    return std::unexpected(fault_from_errno(errno, fmt::format("cannot open {}", name)));
  while (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK)
      return std::unexpected(fault_from_errno(errno, fmt::format("cannot lock {}", name)));
    return fail(FaultCode::exists,
                fmt::format("{} is in use by {}", folder, holder_of(file.get())));
  }
  const std::string id = fmt::format("{}\n", getpid());
  if (ftruncate(file.get(), 0) != 0 ||
      pwrite(file.get(), id.data(), id.size(), 0) != static_cast<ssize_t>(id.size()))
    return std::unexpected(fault_from_errno(errno, fmt::format("cannot write {}", name)));
  return StateLock(std::move(file));
}

}  // namespace seed::uv
