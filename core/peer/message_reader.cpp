#include "core/peer/message_reader.h"

#include <algorithm>
#include <cstring>

#include "core/wire/message.h"

namespace seed::peer {
namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::uint8_t piece_id = static_cast<std::uint8_t>(wire::MessageId::piece);
/// A gathering buffer above this is given back after its message: idle links must be small.
constexpr std::size_t gathered_kept_bytes = 512;

/// Octets of id and payload; only with length_bytes in `head`.
std::size_t announced(Bytes head) { return ByteReader(head).u32(); }

/// How many octets are needed to tell more than `head` tells.
std::size_t needed(Bytes head) {
  if (head.size() < length_bytes) return length_bytes;
  const std::size_t length = announced(head);
  if (length == 0) return length_bytes;
  if (head.size() == length_bytes) return length_bytes + 1;
  return head[length_bytes] == piece_id ? wire::piece_head_bytes : length_bytes + length;
}

}  // namespace

MessageReader::Step MessageReader::next(Bytes& input) {
  if (gathered_told_) let_go();
  return state_ == State::head ? next_head(input) : next_payload(input);
}

MessageReader::Step MessageReader::next_head(Bytes& input) {
  while (true) {
    const bool in_place = gathered_.empty();
    const Bytes head = in_place ? input : Bytes(gathered_);
    if (head.size() >= length_bytes && announced(head) > message_bytes_max_) return Step::too_large;
    if (head.size() > length_bytes && head[length_bytes] == piece_id && announced(head) != 0 &&
        announced(head) < wire::piece_head_bytes - length_bytes)
      return Step::malformed;
    const std::size_t need = needed(head);
    if (head.size() >= need) {
      if (in_place) input = input.subspan(need);
      gathered_told_ = !in_place;
      return complete(head.first(need));
    }
    if (input.empty()) return Step::more;
    // Grows with what has come: `need` was announced, and is only a bound here.
    const Bytes part = input.first(std::min(input.size(), need - gathered_.size()));
    gathered_.insert(gathered_.end(), part.begin(), part.end());
    input = input.subspan(part.size());
  }
}

MessageReader::Step MessageReader::complete(Bytes head) {
  const std::size_t length = announced(head);
  if (length == 0 || head[length_bytes] != piece_id) {
    body_ = head.subspan(length_bytes);
    return Step::message;
  }
  ByteReader reader(head.subspan(wire::message_head_bytes));
  block_ref_.piece.value = reader.u32();
  block_ref_.offset = reader.u32();
  block_ref_.length = static_cast<std::uint32_t>(length - (wire::piece_head_bytes - length_bytes));
  block_ = {};
  payload_done_ = 0;
  state_ = State::payload;
  return Step::block_begins;
}

MessageReader::Step MessageReader::next_payload(Bytes& input) {
  const std::size_t count = std::min(input.size(), block_ref_.length - payload_done_);
  if (block_ && count != 0) std::memcpy(block_.bytes().data() + payload_done_, input.data(), count);
  input = input.subspan(count);
  payload_done_ += count;
  payload_bytes_ += count;
  if (payload_done_ < block_ref_.length) return Step::more;
  state_ = State::head;
  return Step::block_ends;
}

void MessageReader::let_go() {
  gathered_told_ = false;
  if (gathered_.capacity() > gathered_kept_bytes) Buffer().swap(gathered_);
  gathered_.clear();
}

}  // namespace seed::peer
