#include "core/swarm/partial_piece.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace seed::swarm {

PartialPiece::PartialPiece(PieceIndex piece, std::uint32_t block_count)
    : piece_(piece), blocks_(block_count), free_(block_count) {}

bool PartialPiece::requested_of(std::uint32_t block, LinkId link) const {
  const Block& it = blocks_[block];
  if (it.state != BlockState::requested) return false;
  const auto end = it.links.begin() + it.requesters;
  return std::find(it.links.begin(), end, link) != end;
}

LinkId PartialPiece::sender(std::uint32_t block) const {
  return present(block) ? blocks_[block].links[0] : LinkId{};
}

std::uint32_t PartialPiece::next_free(std::uint32_t from) const {
  if (free_ == 0) return block_count();
  for (std::uint32_t block = std::max(from, first_free_); block < block_count(); ++block)
    if (blocks_[block].state == BlockState::free) return block;
  return block_count();
}

void PartialPiece::request(std::uint32_t block, LinkId link) {
  Block& it = blocks_[block];
  SEED_CHECK(it.state <= BlockState::requested && it.requesters < requesters_max);
  if (it.state == BlockState::free) {
    it.state = BlockState::requested;
    --free_;
    if (block == first_free_) ++first_free_;
  }
  it.links[it.requesters++] = link;
}

bool PartialPiece::unrequest(std::uint32_t block, LinkId link) {
  if (!requested_of(block, link)) return false;
  Block& it = blocks_[block];
  const auto end = it.links.begin() + it.requesters;
  std::move(std::find(it.links.begin(), end, link) + 1, end,
            std::find(it.links.begin(), end, link));
  it.links[--it.requesters] = {};
  if (it.requesters == 0) {
    it.state = BlockState::free;
    ++free_;
    first_free_ = std::min(first_free_, block);
  }
  return true;
}

void PartialPiece::receive(std::uint32_t block, LinkId link, BlockState as) {
  Block& it = blocks_[block];
  SEED_CHECK(it.state <= BlockState::requested && as >= BlockState::received);
  if (it.state == BlockState::free) --free_;
  it.state = as;
  it.requesters = 0;
  it.links = {link};
  ++present_;
}

void PartialPiece::set_written(std::uint32_t block) {
  if (present(block)) blocks_[block].state = BlockState::written;
}

void PartialPiece::lose(std::uint32_t block) {
  if (!present(block)) return;
  blocks_[block] = {};
  --present_;
  ++free_;
  first_free_ = std::min(first_free_, block);
}

void PartialPiece::reset() {
  std::ranges::fill(blocks_, Block{});
  memories_.clear();
  free_ = block_count();
  present_ = 0;
  first_free_ = 0;
  owner_ = {};
}

void PartialPiece::remember(std::uint32_t block, LinkId link, Instant until) {
  bool known = false;
  for (Memory& memory : memories_) {
    if (memory.block != block) continue;
    known = known || memory.link == link;
    if (memory.link == link)
      memory.until = std::max(memory.until, until);
    else if (until != Instant::min())
      memory.until = Instant::min();
  }
  if (known) return;
  if (memories_.size() == memories_max) memories_.erase(memories_.begin());
  memories_.push_back({block, link, until});
}

bool PartialPiece::was_asked(std::uint32_t block, LinkId link) const {
  return std::ranges::any_of(
      memories_, [&](const Memory& it) { return it.block == block && it.link == link; });
}

bool PartialPiece::held_back(std::uint32_t block, LinkId link, Instant now) const {
  return std::ranges::any_of(memories_, [&](const Memory& it) {
    return it.block == block && it.link == link && it.until > now;
  });
}

PartialPiece& PartialPieces::start(PieceIndex piece, std::uint32_t block_count) {
  SEED_CHECK(piece.value < by_piece_.size() && by_piece_[piece.value] == nullptr);
  auto partial = std::make_unique<PartialPiece>(piece, block_count);
  PartialPiece& out = *partial;
  by_piece_[piece.value] = &out;
  attach(std::move(partial), true);
  return out;
}

void PartialPieces::erase(PieceIndex piece) {
  PartialPiece* partial = find(piece);
  if (partial == nullptr) return;
  by_piece_[piece.value] = nullptr;
  detach(*partial);
}

void PartialPieces::file(PartialPiece& partial, bool open) {
  if (partial.open_ != open) attach(detach(partial), open);
}

std::unique_ptr<PartialPiece> PartialPieces::detach(PartialPiece& partial) {
  auto& list = partial.open_ ? open_ : closed_;
  const std::uint32_t place = partial.place_;
  std::unique_ptr<PartialPiece> out = std::move(list[place]);
  if (place + 1 != list.size()) {
    list[place] = std::move(list.back());
    list[place]->place_ = place;
  }
  list.pop_back();
  return out;
}

void PartialPieces::attach(std::unique_ptr<PartialPiece> partial, bool open) {
  auto& list = open ? open_ : closed_;
  partial->open_ = open;
  partial->place_ = static_cast<std::uint32_t>(list.size());
  list.push_back(std::move(partial));
}

}  // namespace seed::swarm
