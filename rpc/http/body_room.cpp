#include "rpc/http/body_room.h"

#include <algorithm>
#include <vector>

namespace seed::rpc {

BodyRoom::Share BodyRoom::begin(std::uint64_t bytes_most) {
  const std::lock_guard lock(mutex_);
  return {this,
          parts_.insert(parts_.end(), Part{0, std::min(bytes_most, bytes_max_), false, false})};
}

bool BodyRoom::grow(Part& part, std::uint64_t bytes) {
  std::unique_lock lock(mutex_);
  if (bytes <= part.held) return true;
  if (closed_ || bytes > part.most) return false;
  const std::uint64_t by = bytes - part.held;
  if (!may_grow(part, by)) {
    if (waiting_ >= limits::http_bodies_waiting_max) return false;
    ++waiting_;
    const bool found =
        changed_.wait_for(lock, wait_max_, [&] { return closed_ || may_grow(part, by); });
    --waiting_;
    if (closed_ || !found) return false;
  }
  part.held += by;
  left_ -= by;
  return true;
}

bool BodyRoom::try_grow(Part& part, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes <= part.held) return true;
  const std::uint64_t by = bytes - part.held;
  part.refused = part.refused || closed_ || bytes > part.most;
  if (part.refused) return false;
  const bool grows = may_grow(part, by);
  if (grows) {
    part.held += by;
    left_ -= by;
  } else if (!part.waits && waiting_ >= limits::http_bodies_waiting_max) {
    part.refused = true;
    return false;
  }
  if (part.waits == grows) {
    part.waits = !grows;
    waiting_ = grows ? waiting_ - 1 : waiting_ + 1;
  }
  return grows;
}

bool BodyRoom::is_refused(const Part& part) const {
  const std::lock_guard lock(mutex_);
  return part.refused;
}

/// Whether all could get the most they said even then, one after the other: first who lacks least.
bool BodyRoom::may_grow(const Part& part, std::uint64_t by) const {
  if (by > left_) return false;
  std::vector<Part> parts;
  parts.reserve(parts_.size());
  for (const Part& other : parts_) {
    parts.push_back(other);
    if (&other == &part) parts.back().held += by;
  }
  std::ranges::sort(parts, {}, [](const Part& one) { return one.most - one.held; });
  std::uint64_t left = left_ - by;
  for (const Part& one : parts) {
    if (one.most - one.held > left) return false;
    left += one.held;
  }
  return true;
}

void BodyRoom::end(std::list<Part>::iterator part) {
  const std::lock_guard lock(mutex_);
  left_ += part->held;
  waiting_ -= part->waits ? 1 : 0;
  parts_.erase(part);
  changed_.notify_all();
}

std::size_t BodyRoom::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

void BodyRoom::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

}  // namespace seed::rpc
