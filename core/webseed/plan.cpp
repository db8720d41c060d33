#include "core/webseed/plan.h"

#include <algorithm>

namespace seed::webseed {

/// The part of rest_ that is in its first piece and in one file.
std::optional<metainfo::FileSlice> Plan::first_slice() const {
  if (layout_ == nullptr || rest_.length == 0) return std::nullopt;
  const std::uint64_t length = std::min<std::uint64_t>(rest_.length, layout_->piece_length());
  const auto slices =
      layout_->slices(rest_.piece, rest_.offset, static_cast<std::uint32_t>(length));
  if (slices.empty()) return std::nullopt;
  return *slices.begin();
}

void Plan::pass(std::uint64_t bytes) {
  rest_.length -= bytes;
  rest_.offset += static_cast<std::uint32_t>(bytes);
  if (rest_.offset < layout_->piece_size(rest_.piece)) return;
  rest_.offset = 0;
  ++rest_.piece.value;
}

std::optional<Part> Plan::next() {
  auto slice = first_slice();
  if (!slice) return std::nullopt;
  Part out{slice->file, slice->offset, 0, layout_->is_pad(slice->file)};
  while (slice && slice->file == out.file) {
    out.length += slice->length;
    pass(slice->length);
    slice = first_slice();
  }
  return out;
}

std::vector<Part> plan_requests(const metainfo::FileLayout& layout, const Run& run) {
  std::vector<Part> out;
  Plan plan(layout, run);
  while (const auto part = plan.next()) out.push_back(*part);
  return out;
}

std::optional<BlockRef> BlocksOf::next() {
  if (layout_ == nullptr || rest_.length == 0) return std::nullopt;
  const std::uint32_t size = layout_->piece_size(rest_.piece);
  if (rest_.offset >= size) return std::nullopt;
  const BlockRef out{rest_.piece, rest_.offset, std::min(block_size, size - rest_.offset)};
  rest_.length -= std::min<std::uint64_t>(rest_.length, out.length);
  rest_.offset += out.length;
  if (rest_.offset >= size) rest_ = {{rest_.piece.value + 1}, 0, rest_.length};
  return out;
}

}  // namespace seed::webseed
