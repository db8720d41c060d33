// MessageReader: cuts a stream of octets into messages, whatever the sizes it comes in.
//
// BEP 3. The payload of a `piece` is copied once, from the input into its Block, as it arrives; all
// other messages are looked at in the input where they lie whole, and gathered where they do not.
//
//   [head] --whole message--> [head]
//          --head of a piece--> [payload] --whole block--> [head]
//
// Bounds: `message_bytes_max` as set; the gathering buffer grows with what has arrived, never with
// the length that was announced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/base/block.h"
#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "core/base/piece.h"

namespace seed::peer {

class MessageReader {
 public:
  enum class Step : std::uint8_t {
    more,          ///< the input is used up
    message,       ///< body() is one message's id and payload; empty for a keepalive
    block_begins,  ///< block_ref() is about to come: call receive_into, else it is skipped
    block_ends,    ///< block_ref() has come: take_block()
    too_large,     ///< the length is beyond the bound; nothing more can be read
    malformed,     ///< a `piece` too short for its head; nothing more can be read
  };

  /// The longest message from now on, octets of id and payload.
  void set_message_bytes_max(std::size_t octets) { message_bytes_max_ = octets; }

  /// Takes octets off the front of `input` until there is something to tell. What body() gave is
  /// good until the next call or the end of the input's memory.
  Step next(Bytes& input);

  Bytes body() const { return body_; }
  const BlockRef& block_ref() const { return block_ref_; }
  /// Only after block_begins, for block_ref().length octets at most block_size.
  void receive_into(Block block) { block_ = std::move(block); }
  /// Only after block_ends; empty when it was skipped.
  Block take_block() { return std::move(block_); }
  /// Octets of block payload taken since the start.
  std::uint64_t payload_bytes() const { return payload_bytes_; }
  /// Octets of the gathering buffer.
  std::size_t gathered_capacity() const { return gathered_.capacity(); }

 private:
  enum class State : std::uint8_t { head, payload };

  Step next_head(Bytes& input);
  Step next_payload(Bytes& input);
  Step complete(Bytes head);
  void let_go();

  State state_ = State::head;
  bool gathered_told_ = false;  ///< body() may lie in gathered_; the next call lets it go
  std::size_t message_bytes_max_ = limits::message_bytes_max;
  std::size_t payload_done_ = 0;  ///< octets of the block that came
  std::uint64_t payload_bytes_ = 0;
  BlockRef block_ref_;
  Block block_;
  Buffer gathered_;
  Bytes body_;
};

}  // namespace seed::peer
