#include "core/base/check.h"

#include <execinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace seed {

void check_failed(const char* condition, const char* file, int line) {
  // Into one buffer and out by write(): the heap and stdio may be what is broken.
  std::array<char, 1024> text{};
  const int length = std::snprintf(text.data(), text.size(), "seedd: check failed: %s at %s:%d\n",
                                   condition, file, line);
  if (length > 0) {
    const auto count = std::min(static_cast<std::size_t>(length), text.size() - 1);
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), count);
  }
  std::array<void*, 64> frames{};
  const int depth = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  ::backtrace_symbols_fd(frames.data(), depth, STDERR_FILENO);
  std::abort();
}

#ifdef SEED_MARKS
namespace {

struct Mark {
  std::atomic<const char*> name{nullptr};
  std::atomic<std::uint64_t> count{0};
};

/// More marks than the sources will ever have; the one piece of state that outlives a session, in
/// test builds only.
std::array<Mark, 1024> marks;

/// The row of `name`, made when it is not there yet; null when the table is full.
Mark* row_of(const char* name) {
  for (auto& mark : marks) {
    const char* there = mark.name.load();
    if (there == nullptr && mark.name.compare_exchange_strong(there, name)) return &mark;
    if (std::strcmp(there, name) == 0) return &mark;
  }
  return nullptr;
}

}  // namespace

void mark_reached(const char* name) {
  Mark* row = row_of(name);
  SEED_CHECK(row != nullptr);
  row->count.fetch_add(1);
}

std::uint64_t mark_count(const char* name) {
  for (const auto& mark : marks) {
    const char* there = mark.name.load();
    if (there == nullptr) return 0;
    if (std::strcmp(there, name) == 0) return mark.count.load();
  }
  return 0;
}

const char* mark_name(std::size_t row) {
  return row < marks.size() ? marks[row].name.load() : nullptr;
}
#endif

}  // namespace seed
