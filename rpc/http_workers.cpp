#include "rpc/http_workers.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace seed::rpc {

HttpWorkers::HttpWorkers(std::size_t threads_max, Serve serve)
    : threads_max_(threads_max), serve_(std::move(serve)) {
  const std::lock_guard lock(mutex_);
  add_thread();
}

void HttpWorkers::add_thread() {
  try {
    threads_.emplace_back([this] { run(); });
  } catch (const std::system_error&) {
    // With one there are enough, though slow.
    if (threads_.empty()) throw;
  }
}

void HttpWorkers::put(HttpLink& link) {
  const std::lock_guard lock(mutex_);
  links_.push_back(&link);
  ++waiting_;
  if (free_ < links_.size() && threads_.size() < threads_max_ && !ended_)
    add_thread();
  else
    changed_.notify_one();
}

void HttpWorkers::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++free_;
    changed_.wait(lock, [this] { return ended_ || !links_.empty(); });
    --free_;
    if (ended_) return;
    HttpLink* link = links_.front();
    links_.pop_front();
    --waiting_;
    lock.unlock();
    serve_(*link);
    lock.lock();
  }
}

std::deque<HttpLink*> HttpWorkers::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  waiting_ = 0;
  return std::exchange(links_, {});
}

}  // namespace seed::rpc
