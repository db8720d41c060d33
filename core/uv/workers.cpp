#include "core/uv/workers.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <semaphore>
#include <string>

#include "core/base/check.h"

namespace seed::uv {

void size_thread_pool(std::size_t job_threads) {
  const std::size_t threads = job_threads + lookup_threads + gateway_threads;
  setenv("UV_THREADPOOL_SIZE", std::to_string(threads).c_str(), 1);
}

/// What libuv looks at; freed by on_done, which it calls even when the Workers have gone.
struct Workers::Running {
  uv_work_t work{};
  Workers* owner = nullptr;
  io::JobTools tools;
  Waiting what;
  std::size_t place = 0;  ///< in running_
  Instant began{};
  Instant ended{};
  std::binary_semaphore finished{0};

  Running(Workers& workers, Waiting waiting)
      : owner(&workers), tools(workers.tools_), what(std::move(waiting)) {}
};

Workers::Workers(Loop& loop, std::size_t threads, io::Files& files, io::Store& store)
    : loop_(loop), threads_(std::max<std::size_t>(threads, 1)), tools_{files, store} {}

Workers::~Workers() {
  for (auto* running : running_) {
    running->owner = nullptr;
    if (uv_cancel(reinterpret_cast<uv_req_t*>(&running->work)) != 0) running->finished.acquire();
  }
}

bool Workers::end(Duration at_most) {
  ending_ = true;
  for (auto& ready : ready_) ready.clear();
  ready_store_.clear();
  lanes_.clear();
  const auto until = std::chrono::steady_clock::now() + at_most;
  std::erase_if(running_, [&](Running* running) {
    running->owner = nullptr;
    return uv_cancel(reinterpret_cast<uv_req_t*>(&running->work)) == 0 ||
           running->finished.try_acquire_until(until);
  });
  return running_.empty();
}

bool Workers::store_runs() const {
  return std::ranges::any_of(
      running_, [](const Running* running) { return running->what.lane == io::Lane::store; });
}

void Workers::submit(std::unique_ptr<io::Job> job, io::Lane lane, io::Urgency urgency) {
  if (ending_) return;
  ++pending_;
  Waiting waiting{std::move(job), lane, urgency, Loop::now()};
  if (lane != io::Lane::none) {
    const auto [entry, fresh] = lanes_.try_emplace(lane);
    if (!fresh) {
      entry->second.push_back(std::move(waiting));
      return;
    }
  }
  make_ready(std::move(waiting));
  start_some();
}

void Workers::make_ready(Waiting waiting) {
  if (waiting.lane == io::Lane::store) {
    ready_store_.push_back(std::move(waiting));
    return;
  }
  ready_[static_cast<std::size_t>(waiting.urgency)].push_back(std::move(waiting));
}

std::deque<Workers::Waiting>* Workers::next_queue() {
  if (!ready_store_.empty()) return &ready_store_;
  const std::size_t others = running_.size() - (running_store_ ? 1 : 0);
  const std::size_t others_max = std::max<std::size_t>(threads_ - 1, 1);
  if (others >= others_max) return nullptr;
  auto& transfer = ready_[static_cast<std::size_t>(io::Urgency::transfer)];
  auto& background = ready_[static_cast<std::size_t>(io::Urgency::background)];
  const std::size_t background_max = std::max<std::size_t>(others_max - 1, 1);
  const bool background_may = !background.empty() && running_background_ < background_max;
  const bool background_must = transfers_in_a_row_ >= transfers_before_background;
  if (!transfer.empty() && !(background_may && background_must)) {
    ++transfers_in_a_row_;
    return &transfer;
  }
  if (!background_may) return nullptr;
  transfers_in_a_row_ = 0;
  return &background;
}

void Workers::start_some() {
  while (running_.size() < threads_) {
    auto* queue = next_queue();
    if (queue == nullptr) return;
    Waiting waiting = std::move(queue->front());
    queue->pop_front();
    start(std::move(waiting));
  }
}

void Workers::start(Waiting waiting) {
  if (waiting.lane == io::Lane::store)
    running_store_ = true;
  else if (waiting.urgency == io::Urgency::background)
    ++running_background_;
  auto running = std::make_unique<Running>(*this, std::move(waiting));
  running->work.data = running.get();
  running->place = running_.size();
  SEED_CHECK(uv_queue_work(loop_.uv(), &running->work, &on_work, &on_done) == 0);
  running_.push_back(running.release());
}

void Workers::on_work(uv_work_t* work) noexcept {
  auto& running = *static_cast<Running*>(work->data);
  running.began = Loop::now();
  running.what.job->run(running.tools);
  running.ended = Loop::now();
  running.finished.release();
}

void Workers::on_done(uv_work_t* work, int) noexcept {
  const std::unique_ptr<Running> running(static_cast<Running*>(work->data));
  Workers* self = running->owner;
  if (self == nullptr) return;
  const Loop::Entry entry(self->loop_, Work::job);
  self->finish(*running);
  // Last, because it may do anything. The threads have their next jobs by now.
  running->what.job->deliver();
}

Workers::Kind Workers::kind_of(const Waiting& waiting) {
  if (waiting.lane == io::Lane::store) return Kind::store;
  return waiting.urgency == io::Urgency::transfer ? Kind::transfer : Kind::background;
}

void Workers::finish(Running& running) {
  --pending_;
  Times& times = times_[static_cast<std::size_t>(kind_of(running.what))];
  times.waited.add(running.began - running.what.submitted);
  times.ran.add(running.ended - running.began);
  running_[running.place] = running_.back();
  running_[running.place]->place = running.place;
  running_.pop_back();
  if (running.what.lane == io::Lane::store)
    running_store_ = false;
  else if (running.what.urgency == io::Urgency::background)
    --running_background_;
  if (running.what.lane != io::Lane::none) {
    const auto lane = lanes_.find(running.what.lane);
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

}  // namespace seed::uv
