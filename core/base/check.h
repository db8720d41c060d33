// Checks of our own logic: SEED_CHECK in every build, SEED_DCHECK where it costs; SEED_MARK for
// rare branches that a test must have reached.
//
// Nothing from outside may trip a check (design, section 4): bytes are refused, not asserted on.
#pragma once

#ifdef SEED_MARKS
#include <cstddef>
#include <cstdint>
#endif

namespace seed {

/// Prints what failed and where, with a stack trace, and aborts. systemd restarts us and the state
/// on disk is crash-safe.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

#ifdef SEED_MARKS
/// Counts that a marked branch was reached; see tests/support/marks.h.
void mark_reached(const char* name);
/// How often the mark was reached in this process.
std::uint64_t mark_count(const char* name);
/// The name in row 0, 1, ... of the marks reached so far; null beyond the last.
const char* mark_name(std::size_t row);
#endif

}  // namespace seed

#define SEED_CHECK(condition) \
  (static_cast<bool>(condition) ? void(0) : ::seed::check_failed(#condition, __FILE__, __LINE__))

#ifdef SEED_EXPENSIVE_CHECKS
#define SEED_DCHECK(condition) SEED_CHECK(condition)
#else
#define SEED_DCHECK(condition) static_cast<void>(0)
#endif

#ifdef SEED_MARKS
#define SEED_MARK(name) ::seed::mark_reached(#name)
#else
#define SEED_MARK(name) static_cast<void>(0)
#endif
