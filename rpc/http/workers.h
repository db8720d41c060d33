// HttpWorkers: threads that answer requests, in the order in which they were put. A thread is made
// when one is needed and none is free, and stays.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "rpc/http/link.h"

namespace seed::rpc {

class HttpWorkers {
 public:
  using Serve = std::function<void(HttpLink&)>;

  /// At least one thread.
  HttpWorkers(std::size_t threads_max, Serve serve);
  /// Waits for what the threads are doing, however long it takes.
  ~HttpWorkers();
  HttpWorkers(const HttpWorkers&) = delete;
  HttpWorkers& operator=(const HttpWorkers&) = delete;

  /// From any thread. False when the threads have been ended; throws when there is no memory: then
  /// the link was not taken.
  bool put(HttpLink& link);
  /// Links that have no thread.
  std::size_t waiting() const { return waiting_; }
  /// Ends the threads when they have done what they are doing, which is waited for until then. What
  /// waits is served by nobody, and given back. May be called twice.
  std::deque<HttpLink*> end(std::chrono::steady_clock::time_point at_latest);
  /// No thread does anything any more.
  bool ended() const;

 private:
  void run();
  void serve_until_ended();
  /// Under the mutex. False when the system has none.
  bool add_thread() noexcept;

  const std::size_t threads_max_;
  const Serve serve_;
  std::atomic<std::size_t> waiting_ = 0;
  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  std::deque<HttpLink*> links_;
  std::vector<std::thread> threads_;
  std::size_t free_ = 0;
  std::size_t at_work_ = 0;  ///< threads that have not ended
  bool ended_ = false;
};

}  // namespace seed::rpc
