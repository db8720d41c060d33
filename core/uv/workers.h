// Workers: Jobs on libuv's thread pool, at most so many at once, their results on the loop thread.
//
//   submit -> lane's queue -> ready (transfer before background) -> pool -> deliver
//
// Jobs are kept here, not in the pool, until a thread is free for them: so that what is urgent can
// go first, and so that name lookups, which share the pool, always find a thread.
#pragma once

#include <array>
#include <deque>
#include <unordered_map>
#include <vector>

#include "core/base/duration_counts.h"
#include "core/io/workers.h"
#include "core/uv/loop.h"

namespace seed::uv {

/// Threads of the pool beyond those for jobs: libuv gives name lookups at most half of the pool.
inline constexpr std::size_t lookup_threads = 2;
/// One more for calls to the router (Gateway), which wait for seconds.
inline constexpr std::size_t gateway_threads = 1;
/// A waiting background job goes after so many transfer jobs, so that it is never starved.
inline constexpr int transfers_before_background = 16;

/// Sizes libuv's pool for so many jobs at once (UV_THREADPOOL_SIZE). To be called by main before
/// any thread is started: the environment is not safe to change afterwards.
void size_thread_pool(std::size_t job_threads);

class Workers final : public io::Workers {
 public:
  /// `threads` jobs at once, at least 1. One is kept for Lane::store, so that disks that hang never
  /// keep an answer from being durable; of the rest background jobs leave one.
  Workers(Loop& loop, std::size_t threads, io::Files& files, io::Store& store);
  /// Waits for the jobs that run; those that wait, and the results not yet delivered, are dropped.
  ~Workers() override;

  void submit(std::unique_ptr<io::Job> job, io::Lane lane, io::Urgency urgency) override;
  std::size_t pending() const override { return pending_; }
  std::size_t threads() const override { return threads_; }
  /// How long jobs waited for a thread or their turn, and how long they ran; by what they are for.
  struct Times {
    DurationCounts waited;
    DurationCounts ran;
  };
  enum class Kind : std::uint8_t { transfer, background, store };
  const Times& times(Kind kind) const { return times_[static_cast<std::size_t>(kind)]; }
  /// The end: jobs that wait and all results are dropped, and nothing is taken any more. Waits for
  /// the jobs that run, while the loop stands still; false when some still do after `at_most`.
  bool end(Duration at_most);
  /// After that: a job of Lane::store still runs.
  bool store_runs() const;

 private:
  struct Waiting {
    std::unique_ptr<io::Job> job;
    io::Lane lane = io::Lane::none;
    io::Urgency urgency = io::Urgency::transfer;
    Instant submitted{};
  };
  struct Running;

  static void on_work(uv_work_t* work) noexcept;
  static void on_done(uv_work_t* work, int status) noexcept;
  void make_ready(Waiting waiting);
  std::deque<Waiting>* next_queue();
  void start_some();
  void start(Waiting waiting);
  void finish(Running& running);

  static Kind kind_of(const Waiting& waiting);

  Loop& loop_;
  const std::size_t threads_;
  io::JobTools tools_;
  std::array<std::deque<Waiting>, 2> ready_;  ///< by urgency
  std::deque<Waiting> ready_store_;           ///< of Lane::store: one at most, by its nature
  /// What waits behind a lane's job that is ready or runs. Never iterated.
  std::unordered_map<io::Lane, std::deque<Waiting>> lanes_;
  std::vector<Running*> running_;
  std::size_t running_background_ = 0;
  bool running_store_ = false;
  std::array<Times, 3> times_;  ///< by Kind
  std::size_t pending_ = 0;
  bool ending_ = false;
  int transfers_in_a_row_ = 0;
};

}  // namespace seed::uv
