#include "core/storage/reading.h"

#include <algorithm>
#include <utility>

namespace seed::storage {
namespace {

/// Octets read ahead at first, for a link that seems to go through a piece; it doubles while that
/// proves right, up to a whole job.
constexpr std::uint32_t window_first = 256 * 1024;

}  // namespace

Reading::~Reading() {
  for (auto& [reader, stream] : streams_)
    for (const auto& block : stream.ahead) memory_.give_back(MemoryUse::reading, block.ref.length);
}

ReadToken Reading::ask(LinkId reader, std::span<const BlockRef> blocks,
                       std::span<const std::uint32_t> piece_sizes, Instant now,
                       std::vector<ReadBlock>& ready) {
  auto& stream = streams_[reader];
  stream.used = now;
  const ReadToken token = ++last_token_;
  Pending pending{reader, {}, 0};
  for (const auto ref : blocks) {
    follow(stream, ref);
    if (take_ahead(stream, ref, ready)) continue;
    const std::size_t slot = pending.blocks.size();
    pending.blocks.push_back({ref, Block()});
    ++pending.missing;
    if (!claim_under_way(stream, ref, token, slot)) queue_.push_back({ref, token, slot, reader});
  }
  if (!blocks.empty()) extend(reader, stream, piece_sizes.back());
  if (pending.missing == 0) return 0;
  pending_.emplace(token, std::move(pending));
  return token;
}

void Reading::follow(Stream& stream, BlockRef ref) {
  const bool sequel =
      ref.piece == stream.last.piece && ref.offset == stream.last.offset + stream.last.length;
  if (sequel) {
    stream.window = std::clamp(stream.window * 2, window_first, read_job_bytes);
  } else {
    // Who asks for the beginning of a piece will ask for the rest of it.
    stream.window = ref.offset == 0 ? window_first : 0;
    drop_ahead(stream);
  }
  stream.last = ref;
  stream.ahead_end = std::max(stream.ahead_end, ref.offset + ref.length);
}

bool Reading::take_ahead(Stream& stream, BlockRef ref, std::vector<ReadBlock>& ready) {
  const auto found = std::ranges::find(stream.ahead, ref, &ReadBlock::ref);
  if (found == stream.ahead.end()) return false;
  memory_.give_back(MemoryUse::reading, ref.length);
  stream.ahead_bytes -= ref.length;
  ready.push_back(std::move(*found));
  stream.ahead.erase(found);
  return true;
}

bool Reading::claim_under_way(Stream& stream, BlockRef ref, ReadToken token, std::size_t slot) {
  for (const auto number : stream.orders) {
    const auto order = orders_.find(number);
    if (order == orders_.end()) continue;
    for (auto& wanted : order->second) {
      if (wanted.token != 0 || wanted.ref != ref) continue;
      wanted.token = token;
      wanted.slot = slot;
      stream.ahead_bytes -= ref.length;
      return true;
    }
  }
  return false;
}

void Reading::extend(LinkId reader, Stream& stream, std::uint32_t piece_size) {
  if (stream.window == 0 || stream.ahead_bytes > stream.window / 2) return;
  while (stream.ahead_bytes < stream.window && stream.ahead_end < piece_size) {
    const BlockRef next{stream.last.piece, stream.ahead_end,
                        std::min(block_size, piece_size - stream.ahead_end)};
    // What is queued already is not counted as held yet.
    if (!memory_.may_read_ahead(stream.ahead_bytes + next.length)) return;
    queue_.push_back({next, 0, 0, reader});
    stream.ahead_bytes += next.length;
    stream.ahead_end += next.length;
  }
}

std::optional<Reading::Order> Reading::next_order() {
  Order order{last_order_ + 1, {}};
  std::vector<Wanted> taken;
  std::uint32_t bytes = 0;
  while (!queue_.empty()) {
    const auto& next = queue_.front();
    if (bytes + next.ref.length > read_job_bytes || !memory_.may_read(next.ref.length)) break;
    bytes += next.ref.length;
    memory_.take(MemoryUse::reading, next.ref.length);
    order.blocks.push_back(next.ref);
    if (next.token == 0) {
      auto& orders = streams_[next.reader].orders;
      if (orders.empty() || orders.back() != order.number) orders.push_back(order.number);
    }
    taken.push_back(next);
    queue_.pop_front();
  }
  if (taken.empty()) return std::nullopt;
  ++last_order_;
  orders_.emplace(order.number, std::move(taken));
  return order;
}

std::vector<Reading::Outcome> Reading::on_result(std::uint64_t number,
                                                 Result<std::vector<Block>> blocks) {
  std::vector<Outcome> out;
  const auto order = orders_.extract(number);
  if (order.empty()) return out;
  for (std::size_t i = 0; i < order.mapped().size(); ++i) {
    const auto& wanted = order.mapped()[i];
    const auto stream = streams_.find(wanted.reader);
    if (stream != streams_.end()) std::erase(stream->second.orders, number);
    const bool of_use = stream != streams_.end() && stream->second.last.piece == wanted.ref.piece;
    if (wanted.token == 0 && of_use && blocks) {
      if (stream->second.ahead.empty() && !idle_check_)
        idle_check_ = stream->second.used + ahead_idle_max;
      stream->second.ahead.push_back({wanted.ref, std::move((*blocks)[i])});
      continue;
    }
    memory_.give_back(MemoryUse::reading, wanted.ref.length);
    if (wanted.token == 0 && stream != streams_.end())
      stream->second.ahead_bytes -= wanted.ref.length;
    const auto pending = pending_.find(wanted.token);
    if (pending == pending_.end()) continue;
    const ReadToken token = wanted.token;
    if (!blocks) {
      out.push_back({token, pending->second.reader, std::unexpected(blocks.error())});
      pending_.erase(pending);
      std::erase_if(queue_, [&](const Wanted& other) { return other.token == token; });
      continue;
    }
    pending->second.blocks[wanted.slot].block = std::move((*blocks)[i]);
    if (--pending->second.missing > 0) continue;
    out.push_back({token, pending->second.reader, std::move(pending->second.blocks)});
    pending_.erase(pending);
  }
  return out;
}

void Reading::forget(LinkId reader) {
  const auto found = streams_.find(reader);
  if (found == streams_.end()) return;
  drop_ahead(found->second);
  // What is under way for it is nobody's: its link may come back and be another stream.
  for (const auto number : found->second.orders) {
    const auto order = orders_.find(number);
    if (order == orders_.end()) continue;
    for (auto& wanted : order->second)
      if (wanted.reader == reader) wanted.reader = LinkId{};
  }
  streams_.erase(found);
  std::erase_if(queue_, [&](const Wanted& wanted) { return wanted.reader == reader; });
  std::erase_if(pending_, [&](const auto& pending) { return pending.second.reader == reader; });
}

void Reading::drop_ahead(Stream& stream) {
  for (const auto& block : stream.ahead) {
    memory_.give_back(MemoryUse::reading, block.ref.length);
    stream.ahead_bytes -= block.ref.length;
  }
  stream.ahead.clear();
  stream.ahead_end = 0;
}

void Reading::on_deadline(Instant now) {
  if (!idle_check_ || *idle_check_ > now) return;
  idle_check_.reset();
  for (auto& [reader, stream] : streams_) {
    if (stream.ahead.empty()) continue;
    const Instant due = stream.used + ahead_idle_max;
    if (due <= now) {
      drop_ahead(stream);
      stream.window = 0;
    } else if (!idle_check_ || due < *idle_check_) {
      idle_check_ = due;
    }
  }
}

std::optional<Instant> Reading::deadline() const { return idle_check_; }

}  // namespace seed::storage
