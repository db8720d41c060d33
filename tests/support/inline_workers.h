// InlineWorkers: io::Workers on the test's own thread: jobs wait until the test runs them, in order
// or in an order that dice choose; running and delivering are apart, so that results cross.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "core/base/check.h"
#include "core/base/rng.h"
#include "core/io/workers.h"

namespace seed::test {

/// For jobs that have no business with the Store.
class NoStore final : public io::Store {
 public:
  Result<io::StoreContent> load() override { return fail(FaultCode::unsupported, "no store"); }
  Result<void> commit(const std::vector<io::StoreChange>&) override {
    return fail(FaultCode::unsupported, "no store");
  }
  Result<std::optional<Buffer>> metainfo(io::StoreKey) override {
    return fail(FaultCode::unsupported, "no store");
  }
  Result<std::optional<Buffer>> progress(io::StoreKey) override {
    return fail(FaultCode::unsupported, "no store");
  }
};

class InlineWorkers final : public io::Workers {
 public:
  InlineWorkers(io::Files& files, io::Store& store, std::size_t threads = 2)
      : tools_{files, store}, threads_(threads) {}

  void submit(std::unique_ptr<io::Job> job, io::Lane lane, io::Urgency urgency) override {
    waiting_.push_back({std::move(job), lane, urgency});
  }
  std::size_t pending() const override { return waiting_.size() + done_.size(); }
  std::size_t threads() const override { return threads_; }

  /// With dice, any waiting job may run next, and any that ran may be delivered next; without,
  /// transfers go before background, else first in, first out. Jobs in one lane keep their order.
  void set_dice(Rng* dice) { dice_ = dice; }
  /// Runs one job; false when none waits.
  bool run_next() {
    if (waiting_.empty()) return false;
    const std::size_t at = choose();
    auto entry = std::move(waiting_[at]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(at));
    entry.job->run(tools_);
    done_.push_back(std::move(entry));
    return true;
  }
  /// Runs the job that was submitted last and delivers its result, as if all others hung.
  void run_last() {
    auto entry = std::move(waiting_.back());
    waiting_.pop_back();
    entry.job->run(tools_);
    entry.job->deliver();
  }
  /// Delivers one result; false when there is none.
  bool deliver_next() {
    if (done_.empty()) return false;
    std::size_t at = dice_ == nullptr ? 0 : static_cast<std::size_t>(dice_->below(done_.size()));
    while (behind_in_lane(done_, at)) --at;
    auto entry = std::move(done_[at]);
    done_.erase(done_.begin() + static_cast<std::ptrdiff_t>(at));
    entry.job->deliver();
    return true;
  }
  /// Until nothing waits, what deliveries submit included.
  void run_all() {
    while (run_next() || deliver_next()) {
    }
  }
  /// Forgets all jobs: the process is gone.
  void clear() {
    waiting_.clear();
    done_.clear();
  }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Entry {
    std::unique_ptr<io::Job> job;
    io::Lane lane;
    io::Urgency urgency;
  };

  static bool behind_in_lane(const std::deque<Entry>& entries, std::size_t at) {
    if (entries[at].lane == io::Lane::none) return false;
    for (std::size_t i = 0; i < at; ++i)
      if (entries[i].lane == entries[at].lane) return true;
    return false;
  }
  std::size_t choose() {
    std::size_t at = 0;
    if (dice_ != nullptr) {
      at = static_cast<std::size_t>(dice_->below(waiting_.size()));
    } else {
      while (at + 1 < waiting_.size() && waiting_[at].urgency == io::Urgency::background) ++at;
      if (waiting_[at].urgency == io::Urgency::background) at = 0;
    }
    while (behind_in_lane(waiting_, at)) --at;
    return at;
  }

  io::JobTools tools_;
  std::size_t threads_;
  Rng* dice_ = nullptr;
  std::deque<Entry> waiting_;
  std::deque<Entry> done_;
};

}  // namespace seed::test
