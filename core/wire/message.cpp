#include "core/wire/message.h"

#include <algorithm>
#include <array>
#include <utility>

namespace seed::wire {
namespace {

std::unexpected<Fault> wrong_size(std::uint8_t id) {
  return fail(FaultCode::malformed, "message " + std::to_string(id) + " has the wrong size");
}

template <typename T>
Result<Message> empty(std::uint8_t id, Bytes payload) {
  if (!payload.empty()) return wrong_size(id);
  return T{};
}

template <typename T>
Result<Message> of_piece(std::uint8_t id, Bytes payload) {
  if (payload.size() != 4) return wrong_size(id);
  return T{PieceIndex{ByteReader(payload).u32()}};
}

template <typename T>
Result<Message> of_block(std::uint8_t id, Bytes payload) {
  if (payload.size() != 12) return wrong_size(id);
  ByteReader reader(payload);
  BlockRef block;
  block.piece.value = reader.u32();
  block.offset = reader.u32();
  block.length = reader.u32();
  return T{block};
}

Result<Message> piece(Bytes payload) {
  if (payload.size() < 8) return wrong_size(7);
  ByteReader reader(payload);
  Piece out;
  out.piece.value = reader.u32();
  out.offset = reader.u32();
  out.payload = reader.rest();
  return out;
}

Result<Message> port(Bytes payload) {
  if (payload.size() != 2) return wrong_size(9);
  return Port{ByteReader(payload).u16()};
}

Result<Message> extended(Bytes payload) {
  if (payload.empty()) return wrong_size(20);
  return Extended{payload[0], payload.subspan(1)};
}

/// Octets of a HashRange.
constexpr std::uint32_t hash_range_bytes = Sha256::size + 4 * 4;

HashRange hash_range(ByteReader& reader) {
  HashRange out;
  out.root = Sha256::from(reader.take(Sha256::size)).value_or(Sha256{});
  out.base_layer = reader.u32();
  out.index = reader.u32();
  out.length = reader.u32();
  out.proof_layers = reader.u32();
  return out;
}

template <typename T>
Result<Message> of_range(std::uint8_t id, Bytes payload) {
  if (payload.size() != hash_range_bytes) return wrong_size(id);
  ByteReader reader(payload);
  return T{hash_range(reader)};
}

Result<Message> hashes(Bytes payload) {
  if (payload.size() < hash_range_bytes || (payload.size() - hash_range_bytes) % Sha256::size != 0)
    return wrong_size(22);
  ByteReader reader(payload);
  Hashes out;
  out.range = hash_range(reader);
  out.hashes = reader.rest();
  return out;
}

/// Writes length, id and up to three integers as one run, so that the queue is touched once.
class Short {
 public:
  Short(MessageId id, std::uint32_t payload_bytes) {
    u32(1 + payload_bytes);
    u8(static_cast<std::uint8_t>(id));
  }
  Short& u8(std::uint8_t value) {
    octets_[size_++] = value;
    return *this;
  }
  Short& u16(std::uint16_t value) {
    u8(static_cast<std::uint8_t>(value >> 8));
    return u8(static_cast<std::uint8_t>(value & 0xff));
  }
  Short& u32(std::uint32_t value) {
    store_u32(MutableBytes(octets_).subspan(size_, 4), value);
    size_ += 4;
    return *this;
  }
  Short& block(const BlockRef& ref) { return u32(ref.piece.value).u32(ref.offset).u32(ref.length); }
  void to(ByteQueue& out) const { out.append(Bytes(octets_).first(size_)); }

 private:
  std::array<std::uint8_t, 17> octets_{};
  std::size_t size_ = 0;
};

void with_payload(const Short& head, Bytes payload, ByteQueue& out) {
  head.to(out);
  out.append(payload);
}

std::uint32_t size_of(Bytes payload) { return static_cast<std::uint32_t>(payload.size()); }

struct Encoder {
  ByteQueue& out;

  void operator()(const KeepAlive&) const { out.append(std::array<std::uint8_t, 4>{}); }
  void operator()(const Choke&) const { Short(MessageId::choke, 0).to(out); }
  void operator()(const Unchoke&) const { Short(MessageId::unchoke, 0).to(out); }
  void operator()(const Interested&) const { Short(MessageId::interested, 0).to(out); }
  void operator()(const NotInterested&) const { Short(MessageId::not_interested, 0).to(out); }
  void operator()(const HaveAll&) const { Short(MessageId::have_all, 0).to(out); }
  void operator()(const HaveNone&) const { Short(MessageId::have_none, 0).to(out); }
  void operator()(const Have& m) const { one(MessageId::have, m.piece); }
  void operator()(const Suggest& m) const { one(MessageId::suggest, m.piece); }
  void operator()(const AllowedFast& m) const { one(MessageId::allowed_fast, m.piece); }
  void operator()(const Request& m) const { Short(MessageId::request, 12).block(m.block).to(out); }
  void operator()(const Cancel& m) const { Short(MessageId::cancel, 12).block(m.block).to(out); }
  void operator()(const Reject& m) const { Short(MessageId::reject, 12).block(m.block).to(out); }
  void operator()(const Port& m) const { Short(MessageId::port, 2).u16(m.port).to(out); }
  void operator()(const BitfieldMessage& m) const {
    with_payload(Short(MessageId::bitfield, size_of(m.octets)), m.octets, out);
  }
  void operator()(const Piece& m) const {
    Short head(MessageId::piece, 8 + size_of(m.payload));
    with_payload(head.u32(m.piece.value).u32(m.offset), m.payload, out);
  }
  void operator()(const Extended& m) const {
    Short head(MessageId::extended, 1 + size_of(m.payload));
    with_payload(head.u8(m.id), m.payload, out);
  }
  void operator()(const HashRequest& m) const { hashes(MessageId::hash_request, m.range, {}); }
  void operator()(const Hashes& m) const { hashes(MessageId::hashes, m.range, m.hashes); }
  void operator()(const HashReject& m) const { hashes(MessageId::hash_reject, m.range, {}); }
  void operator()(const Unknown& m) const {
    with_payload(Short(static_cast<MessageId>(m.id), size_of(m.payload)), m.payload, out);
  }

 private:
  void one(MessageId id, PieceIndex piece) const { Short(id, 4).u32(piece.value).to(out); }
  void hashes(MessageId id, const HashRange& range, Bytes list) const {
    std::array<std::uint8_t, hash_range_bytes> octets;
    const MutableBytes to(octets);
    std::ranges::copy(range.root.octets, to.begin());
    std::size_t at = Sha256::size;
    for (const auto number : {range.base_layer, range.index, range.length, range.proof_layers})
      store_u32(to.subspan(std::exchange(at, at + 4), 4), number);
    with_payload(Short(id, hash_range_bytes + size_of(list)), octets, out);
    out.append(list);
  }
};

}  // namespace

Result<Message> parse_message(Bytes body) {
  if (body.empty()) return KeepAlive{};
  const std::uint8_t id = body[0];
  const Bytes payload = body.subspan(1);
  switch (static_cast<MessageId>(id)) {
    case MessageId::choke:
      return empty<Choke>(id, payload);
    case MessageId::unchoke:
      return empty<Unchoke>(id, payload);
    case MessageId::interested:
      return empty<Interested>(id, payload);
    case MessageId::not_interested:
      return empty<NotInterested>(id, payload);
    case MessageId::have:
      return of_piece<Have>(id, payload);
    case MessageId::bitfield:
      return BitfieldMessage{payload};
    case MessageId::request:
      return of_block<Request>(id, payload);
    case MessageId::piece:
      return piece(payload);
    case MessageId::cancel:
      return of_block<Cancel>(id, payload);
    case MessageId::port:
      return port(payload);
    case MessageId::suggest:
      return of_piece<Suggest>(id, payload);
    case MessageId::have_all:
      return empty<HaveAll>(id, payload);
    case MessageId::have_none:
      return empty<HaveNone>(id, payload);
    case MessageId::reject:
      return of_block<Reject>(id, payload);
    case MessageId::allowed_fast:
      return of_piece<AllowedFast>(id, payload);
    case MessageId::extended:
      return extended(payload);
    case MessageId::hash_request:
      return of_range<HashRequest>(id, payload);
    case MessageId::hashes:
      return hashes(payload);
    case MessageId::hash_reject:
      return of_range<HashReject>(id, payload);
  }
  return Unknown{id, payload};
}

void encode_message(const Message& message, ByteQueue& out) { std::visit(Encoder{out}, message); }

void write_piece_head(MutableBytes out, const BlockRef& block) {
  store_u32(out.subspan(0, 4), 9 + block.length);
  out[4] = static_cast<std::uint8_t>(MessageId::piece);
  store_u32(out.subspan(5, 4), block.piece.value);
  store_u32(out.subspan(9, 4), block.offset);
}

}  // namespace seed::wire
