#include "core/session/commits.h"

#include <iterator>
#include <utility>

namespace seed::session {

void Commits::commit(std::vector<io::StoreChange> changes, Answer<void> answer) {
  changes_.insert(changes_.end(), std::make_move_iterator(changes.begin()),
                  std::make_move_iterator(changes.end()));
  answers_.push_back(std::move(answer));
  if (!under_way()) begin();
}

void Commits::when_idle(std::move_only_function<void()> then) {
  if (idle()) return then();
  idle_waiters_.push_back(std::move(then));
}

void Commits::begin() {
  under_way_since_ = clock_->now();
  committing_ = std::exchange(answers_, {});
  const bool writes = !changes_.empty();
  io::submit(
      *workers_, io::Lane::store, io::Urgency::transfer,
      [changes = std::exchange(changes_, {})](const io::JobTools& tools) -> Result<void> {
        return changes.empty() ? Result<void>() : tools.store.commit(changes);
      },
      [this, writes](const Result<void>& outcome) { on_committed(outcome, writes); });
}

void Commits::on_committed(const Result<void>& outcome, bool wrote) {
  under_way_since_.reset();
  if (wrote) {
    last_ = outcome;
    wrote_at_ = clock_->now();
  }
  for (auto& answer : std::exchange(committing_, {})) answer(outcome);
  if (!under_way() && (!changes_.empty() || !answers_.empty())) begin();
  if (idle())
    for (auto& waiter : std::exchange(idle_waiters_, {})) waiter();
}

}  // namespace seed::session
