// Commits: brings changes into the store, many in one go.
//
// While a commit is under way, what comes meanwhile is gathered and goes out with the next one: ten
// thousand additions cost a few dozen syncs, not ten thousand. Commits are in order.
//
// Bounds: none of its own; what waits is what was ordered since the last commit began.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/base/instant.h"
#include "core/base/result.h"
#include "core/io/clock.h"
#include "core/io/workers.h"

namespace seed::session {

class Commits {
 public:
  Commits(io::Workers& workers, const io::Clock& clock)
      : workers_(&workers), clock_(&clock), wrote_at_(clock.now()) {}

  /// Makes the changes durable, all or none; the answer comes when they are. This object outlives
  /// its commits, or the workers are gone first.
  void commit(std::vector<io::StoreChange> changes, Answer<void> answer);
  /// What came of the last one that had something to write.
  const Result<void>& last() const { return last_; }
  /// When that was; at first when this was made.
  Instant wrote_at() const { return wrote_at_; }
  /// Since when one is under way; nothing while none is.
  std::optional<Instant> under_way_since() const { return under_way_since_; }
  bool idle() const { return !under_way() && changes_.empty() && answers_.empty(); }
  /// Called once when nothing is under way any more.
  void when_idle(std::move_only_function<void()> then);

 private:
  bool under_way() const { return under_way_since_.has_value(); }
  void begin();
  void on_committed(const Result<void>& outcome, bool wrote);

  io::Workers* workers_;
  const io::Clock* clock_;
  std::vector<io::StoreChange> changes_;
  std::vector<Answer<void>> answers_;
  std::vector<Answer<void>> committing_;
  std::vector<std::move_only_function<void()>> idle_waiters_;
  Result<void> last_;
  Instant wrote_at_;
  std::optional<Instant> under_way_since_;
};

}  // namespace seed::session
