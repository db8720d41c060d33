#include "rpc/http/workers.h"

#include <pthread.h>
#include <sched.h>

#include <exception>
#include <system_error>
#include <utility>

namespace seed::rpc {

namespace {

/// Who is woken by the loop's answer must not take the loop's core from it, to write megabytes of
/// JSON there: a thread that is of a batch waits until the other sleeps, or is moved. Linux lets
/// everybody ask for that; where it does not, all is as it was.
void never_preempt() {
  const sched_param none{};
  static_cast<void>(pthread_setschedparam(pthread_self(), SCHED_BATCH, &none));
}

}  // namespace

HttpWorkers::HttpWorkers(std::size_t threads_max, Serve serve)
    : threads_max_(threads_max), serve_(std::move(serve)) {
  threads_.reserve(threads_max);
  const std::lock_guard lock(mutex_);
  if (!add_thread())
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
}

HttpWorkers::~HttpWorkers() {
  end(std::chrono::steady_clock::now());
  for (std::thread& thread : threads_) thread.join();
}

bool HttpWorkers::add_thread() noexcept {
  try {
    threads_.emplace_back([this] { run(); });
    ++at_work_;
    return true;
  } catch (const std::exception&) {
    // With one there are enough, though slow.
    return false;
  }
}

bool HttpWorkers::put(HttpLink& link) {
  const std::lock_guard lock(mutex_);
  if (ended_) return false;
  links_.push_back(&link);
  ++waiting_;
  if (free_ >= links_.size() || threads_.size() >= threads_max_ || !add_thread())
    changed_.notify_one();
  return true;
}

void HttpWorkers::run() {
  never_preempt();
  serve_until_ended();
  const std::lock_guard lock(mutex_);
  --at_work_;
  changed_.notify_all();
}

void HttpWorkers::serve_until_ended() {
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

std::deque<HttpLink*> HttpWorkers::end(std::chrono::steady_clock::time_point at_latest) {
  std::unique_lock lock(mutex_);
  ended_ = true;
  changed_.notify_all();
  changed_.wait_until(lock, at_latest, [this] { return at_work_ == 0; });
  waiting_ = 0;
  return std::exchange(links_, {});
}

bool HttpWorkers::ended() const {
  const std::lock_guard lock(mutex_);
  return at_work_ == 0;
}

}  // namespace seed::rpc
