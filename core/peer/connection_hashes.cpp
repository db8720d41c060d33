// Of Connection: the hashes of files' trees, BEP 52.
#include <algorithm>

#include "core/peer/connection.h"

namespace seed::peer {

// --- messages in --------------------------------------------------------------------------------

void Connection::on(const wire::HashRequest& message) {
  if (v2_)
    tell(HashesRequested{message.range});
  else
    ++unknown_messages_;
}

void Connection::on(const wire::Hashes& message) {
  if (std::erase(our_hash_requests_, message.range) != 0)
    tell(HashesReceived{message.range, to_buffer(message.hashes)});
  else
    ++unknown_messages_;
}

void Connection::on(const wire::HashReject& message) {
  if (std::erase(our_hash_requests_, message.range) != 0)
    tell(HashesRejected{message.range});
  else
    ++unknown_messages_;
}

// --- orders -------------------------------------------------------------------------------------

bool Connection::request_hashes(const wire::HashRange& range, Instant now) {
  at(now);
  if (!open() || !v2_ || our_hash_requests_.size() >= our_hash_requests_max) return false;
  if (std::ranges::find(our_hash_requests_, range) != our_hash_requests_.end()) return false;
  our_hash_requests_.push_back(range);
  emit(wire::HashRequest{range});
  return true;
}

void Connection::send_hashes(const wire::HashRange& range, Bytes hashes, Instant now) {
  at(now);
  if (open()) emit(wire::Hashes{range, hashes});
}

void Connection::reject_hashes(const wire::HashRange& range, Instant now) {
  at(now);
  if (open()) emit(wire::HashReject{range});
}

}  // namespace seed::peer
