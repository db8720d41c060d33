// HttpWorkers: threads that answer requests, in the order in which they were put. A thread is made
// when one is needed and none is free, and stays.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "rpc/http_link.h"

namespace seed::rpc {

class HttpWorkers {
 public:
  using Serve = std::function<void(HttpLink&)>;

  /// At least one thread.
  HttpWorkers(std::size_t threads_max, Serve serve);
  ~HttpWorkers() { end(); }
  HttpWorkers(const HttpWorkers&) = delete;
  HttpWorkers& operator=(const HttpWorkers&) = delete;

  /// From any thread.
  void put(HttpLink& link);
  /// Links that have no thread.
  std::size_t waiting() const { return waiting_; }
  /// Ends the threads when they have done what they are doing; what waits is served by nobody, and
  /// given back. May be called twice.
  std::deque<HttpLink*> end();

 private:
  void run();
  /// Under the mutex.
  void add_thread();

  const std::size_t threads_max_;
  const Serve serve_;
  std::atomic<std::size_t> waiting_ = 0;
  std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  std::deque<HttpLink*> links_;
  std::vector<std::thread> threads_;
  std::size_t free_ = 0;
  bool ended_ = false;
};

}  // namespace seed::rpc
