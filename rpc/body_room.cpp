#include "rpc/body_room.h"

#include <algorithm>

namespace seed::rpc {

namespace {

/// JSON's tree takes up to 25 times its text, but no more than limits::json_values_max allow: what
/// a body is counted as.
std::uint64_t weight_of(std::uint64_t body_bytes) {
  constexpr std::uint64_t growth = 16;
  constexpr std::uint64_t tree_bytes_max = limits::http_bodies_bytes_max / 4;
  if (body_bytes > limits::http_body_bytes_max) return limits::http_body_bytes_max;
  return std::max(body_bytes, std::min(growth * body_bytes, tree_bytes_max));
}

}  // namespace

std::optional<BodyRoom::Share> BodyRoom::take(std::uint64_t body_bytes) {
  if (body_bytes <= limits::http_small_body_bytes_max) return Share();
  const std::uint64_t bytes = weight_of(body_bytes);
  std::unique_lock lock(mutex_);
  if (left_ < bytes && waiting_ < limits::http_bodies_waiting_max) {
    ++waiting_;
    changed_.wait_for(lock, wait_max_, [&] { return closed_ || left_ >= bytes; });
    --waiting_;
  }
  if (closed_ || left_ < bytes) return std::nullopt;
  left_ -= bytes;
  return Share(this, bytes);
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

void BodyRoom::give_back(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  left_ += bytes;
  changed_.notify_all();
}

}  // namespace seed::rpc
