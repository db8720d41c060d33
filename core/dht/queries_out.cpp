#include "core/dht/queries_out.h"

#include <algorithm>
#include <utility>

#include "core/base/stand_in.h"

namespace seed::dht {
namespace {

bool is_answer(const Endpoint& asked, const Endpoint& from) {
  return asked == from || (stands_for_name(asked.address) && asked.port == from.port);
}

}  // namespace

Buffer QueriesOut::send(const Endpoint& to, const Purpose& purpose, Instant now) {
  Key key = 0;
  do {
    key = static_cast<Key>(rng_.next());
  } while (open_.contains(key));
  const Duration slow = slow_after();
  open_.emplace(key, Open{to, purpose, now, slow});
  due_.set(key, now + slow);
  pacer_.spend(1, now);
  return ByteWriter().u32(key).take();
}

std::optional<QueriesOut::Open> QueriesOut::take(Bytes transaction, const Endpoint& from,
                                                 Instant now) {
  if (transaction.size() != transaction_bytes) return std::nullopt;
  const auto found = open_.find(ByteReader(transaction).u32());
  if (found == open_.end() || !is_answer(found->second.to, from)) return std::nullopt;
  due_.clear(found->first);
  Open out = found->second;
  open_.erase(found);
  measure(now - out.sent);
  return out;
}

std::optional<QueriesOut::Due> QueriesOut::next_due(Instant now) {
  const auto key = due_.take_due(now);
  if (!key) return std::nullopt;
  const auto found = open_.find(*key);
  Open& query = found->second;
  Due out{query.to, query.purpose, query.slow};
  if (query.slow) {
    open_.erase(found);
    return out;
  }
  query.slow = true;
  due_.set(*key, query.sent + lost_factor * query.slow_after);
  return out;
}

Duration QueriesOut::slow_after() const {
  if (!measured_) return slow_first;
  return std::clamp(mean_ + 4 * deviation_, slow_min, slow_max);
}

/// RFC 6298, 2.3.
void QueriesOut::measure(Duration took) {
  if (!std::exchange(measured_, true)) {
    mean_ = took;
    deviation_ = took / 2;
    return;
  }
  const Duration off = took > mean_ ? took - mean_ : mean_ - took;
  deviation_ += (off - deviation_) / 4;
  mean_ += (took - mean_) / 8;
}

}  // namespace seed::dht
