#include "tests/sim/engine/sim_workers.h"

#include <algorithm>
#include <utility>

namespace seed::sim {

SimWorkers::SimWorkers(SimHost& host, test::FakeFiles& files, io::Store& store, std::size_t threads,
                       std::function<void()> killed)
    : host_(host),
      files_(files),
      tools_{files, store},
      threads_(threads),
      killed_(std::move(killed)) {}

void SimWorkers::submit(std::unique_ptr<io::Job> job, io::Lane lane, io::Urgency urgency) {
  pending_most_ = std::max(pending_most_, ++pending_);
  Waiting waiting{std::move(job), lane, urgency};
  if (lane != io::Lane::none) {
    const auto [entry, fresh] = lanes_.try_emplace(lane);
    if (!fresh) {
      entry->second.push_back(std::move(waiting));
      return;
    }
  }
  make_ready(std::move(waiting));
  // A job never begins within the call: the engine is in the middle of something.
  host_.post_after(0ns, [this, alive = alive_] {
    if (*alive) start_some();
  });
}

void SimWorkers::make_ready(Waiting waiting) {
  ready_[static_cast<std::size_t>(waiting.urgency)].push_back(std::move(waiting));
}

void SimWorkers::start_some() {
  auto& transfer = ready_[static_cast<std::size_t>(io::Urgency::transfer)];
  auto& background = ready_[static_cast<std::size_t>(io::Urgency::background)];
  const std::size_t background_max = std::max<std::size_t>(threads_ - 1, 1);
  while (*alive_ && running_ < threads_) {
    const bool background_may = !background.empty() && running_background_ < background_max;
    const bool background_must = transfers_in_a_row_ >= 8;
    std::deque<Waiting>* queue = nullptr;
    if (!transfer.empty() && !(background_may && background_must)) {
      ++transfers_in_a_row_;
      queue = &transfer;
    } else if (background_may) {
      transfers_in_a_row_ = 0;
      queue = &background;
    }
    if (queue == nullptr) return;
    Waiting next = std::move(queue->front());
    queue->pop_front();
    start(std::move(next));
  }
}

/// Most jobs are quick; some are held up by the system.
Duration SimWorkers::draw_rest() {
  Rng& dice = host_.dice();
  if (dice.below(200) == 0) return dice.between(5ms, 50ms);
  return dice.between(20us, 400us);
}

void SimWorkers::start(Waiting waiting) {
  ++running_;
  if (waiting.urgency == io::Urgency::background) ++running_background_;
  static_cast<void>(files_.take_elapsed());
  const bool was_killed = files_.killed();
  waiting.job->run(tools_);
  if (files_.killed()) {
    if (!was_killed) host_.events().after(0ns, killed_);
    return;
  }
  const Duration took = files_.take_elapsed() + draw_rest();
  host_.post_after(took, [this, alive = alive_, waiting = std::move(waiting)]() mutable {
    if (!*alive) return;
    host_.digest().note("job", host_.now(), host_.config().number);
    finish(waiting);
    waiting.job->deliver();
  });
}

void SimWorkers::finish(Waiting& done) {
  --pending_;
  --running_;
  if (done.urgency == io::Urgency::background) --running_background_;
  if (done.lane != io::Lane::none) {
    const auto lane = lanes_.find(done.lane);
    if (lane->second.empty()) {
      lanes_.erase(lane);
    } else {
      Waiting next = std::move(lane->second.front());
      lane->second.pop_front();
      make_ready(std::move(next));
    }
  }
  start_some();
}

}  // namespace seed::sim
