#include "core/uv/open_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace seed::uv {
namespace {

/// Runs of octets given to the system at once: IOV_MAX of Linux.
constexpr std::size_t runs_max = 1024;

iovec to_iovec(Bytes run) { return {const_cast<std::uint8_t*>(run.data()), run.size()}; }

/// Walks over runs of octets as the system takes them piece by piece.
template <typename Run>
class Progress {
 public:
  explicit Progress(std::span<const Run> runs) : runs_(runs) { skip_empty(); }
  bool done() const { return runs_.empty(); }
  /// Fills in what is next; returns how many entries.
  int next(std::span<iovec> out) const {
    std::size_t count = 0;
    for (; count < out.size() && count < runs_.size(); ++count)
      out[count] = to_iovec(count == 0 ? runs_[0].subspan(begin_) : runs_[count]);
    return static_cast<int>(count);
  }
  void advance(std::size_t count) {
    while (count > 0) {
      const std::size_t rest = runs_[0].size() - begin_;
      if (count < rest) {
        begin_ += count;
        return;
      }
      count -= rest;
      begin_ = 0;
      runs_ = runs_.subspan(1);
    }
    skip_empty();
  }

 private:
  void skip_empty() {
    while (!runs_.empty() && runs_[0].size() == begin_) {
      begin_ = 0;
      runs_ = runs_.subspan(1);
    }
  }
  std::span<const Run> runs_;
  std::size_t begin_ = 0;
};

}  // namespace

std::unexpected<Fault> OpenFile::fault(int system_error, std::string_view doing) const {
  Fault out = fault_from_errno(system_error, fmt::format("cannot {} {}", doing, name_));
  if (system_error == EFBIG) out.code = FaultCode::too_large;
  return std::unexpected(std::move(out));
}

Result<std::size_t> OpenFile::read(std::uint64_t offset, std::span<const MutableBytes> out) {
  std::array<iovec, runs_max> vectors;
  std::size_t total = 0;
  for (Progress progress(out); !progress.done();) {
    const int count = progress.next(vectors);
    const ssize_t got =
        preadv(descriptor_.get(), vectors.data(), count, static_cast<off_t>(offset + total));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fault(errno, "read");
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
    progress.advance(static_cast<std::size_t>(got));
  }
  return total;
}

Result<void> OpenFile::write(std::uint64_t offset, std::span<const Bytes> bytes) {
  std::array<iovec, runs_max> vectors;
  for (Progress progress(bytes); !progress.done();) {
    const int count = progress.next(vectors);
    const ssize_t put =
        pwritev(descriptor_.get(), vectors.data(), count, static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fault(errno, "write");
    if (put == 0) return fault(EIO, "write");
    offset += static_cast<std::uint64_t>(put);
    progress.advance(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> OpenFile::sync() {
  if (fdatasync(descriptor_.get()) != 0) return fault(errno, "sync");
  return {};
}

Result<void> OpenFile::resize(std::uint64_t size) {
  while (ftruncate(descriptor_.get(), static_cast<off_t>(size)) != 0)
    if (errno != EINTR) return fault(errno, "resize");
  return {};
}

Result<void> OpenFile::reserve(std::uint64_t size) {
  if (size == 0) return {};
  // Not posix_fallocate: where the file system cannot, it writes to every block instead.
  while (fallocate(descriptor_.get(), 0, 0, static_cast<off_t>(size)) != 0) {
    if (errno == EOPNOTSUPP || errno == ENOSYS) return {};
    if (errno != EINTR) return fault(errno, "reserve space for");
  }
  return {};
}

void OpenFile::will_need(std::uint64_t offset, std::uint64_t length) {
  posix_fadvise(descriptor_.get(), static_cast<off_t>(offset), static_cast<off_t>(length),
                POSIX_FADV_WILLNEED);
}

void OpenFile::not_needed(std::uint64_t offset, std::uint64_t length) {
  posix_fadvise(descriptor_.get(), static_cast<off_t>(offset), static_cast<off_t>(length),
                POSIX_FADV_DONTNEED);
}

Result<io::FileStamp> OpenFile::stamp() {
  struct stat status{};
  if (fstat(descriptor_.get(), &status) != 0) return fault(errno, "examine");
  return stamp_of(status);
}

Result<void> OpenFile::set_modified(std::int64_t modified_ns) {
  constexpr std::int64_t second = 1'000'000'000;
  // Rounded down, also before 1970.
  const std::int64_t seconds = modified_ns / second - (modified_ns % second < 0 ? 1 : 0);
  const timespec times[2] = {{0, UTIME_OMIT}, {seconds, modified_ns - seconds * second}};
  if (futimens(descriptor_.get(), times) != 0) return fault(errno, "set the time of");
  return {};
}

io::FileStamp stamp_of(const struct stat& status) {
  return {static_cast<std::uint64_t>(status.st_size),
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

}  // namespace seed::uv
