// Picker: what is kept of it for a resume, and what is shown of it.
#include <algorithm>

#include "core/swarm/picker.h"

namespace seed::swarm {

Restored Picker::restore_partial(PieceIndex piece, const Bitfield& blocks) {
  if (have_.test(piece) || partials_.find(piece) != nullptr || blocks.none() ||
      blocks.size() != shape_.blocks_of(piece))
    return Restored::ignored;
  PartialPiece& partial = partials_.start(piece, blocks.size());
  for (std::uint32_t block = blocks.next_set(0); block < blocks.size();
       block = blocks.next_set(block + 1))
    partial.receive(block, LinkId{}, BlockState::written);
  const bool complete = partial.complete();
  settle(piece);
  return complete ? Restored::complete : Restored::started;
}

std::vector<PartialSnapshot> Picker::snapshot() const {
  std::vector<PartialSnapshot> out;
  const auto add = [&out](const std::vector<std::unique_ptr<PartialPiece>>& list) {
    for (const auto& partial : list) {
      PartialSnapshot& item = out.emplace_back(PartialSnapshot{partial->piece(), {}});
      for (std::uint32_t block = 0; block < partial->block_count(); ++block)
        item.blocks.push_back(partial->state(block));
    }
  };
  add(partials_.open());
  add(partials_.closed());
  std::ranges::sort(out, {}, &PartialSnapshot::piece);
  return out;
}

std::size_t Picker::outstanding(LinkId link) const {
  const auto found = peers_.find(link);
  return found == peers_.end() ? 0 : found->second.outstanding;
}

std::vector<LinkId> Picker::contributors(PieceIndex piece) const {
  std::vector<LinkId> out;
  if (const PartialPiece* partial = partials_.find(piece))
    for (std::uint32_t block = 0; block < partial->block_count(); ++block)
      out.push_back(partial->sender(block));
  return out;
}

}  // namespace seed::swarm
