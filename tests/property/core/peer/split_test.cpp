// Any split of the input gives the same events, whatever the input: sound, strange or broken.
#include "core/base/rng.h"
#include "core/peer/connection.h"
#include "tests/support/catch.h"
#include "tests/unit/core/peer/scripted_peer.h"

using namespace seed;
using namespace seed::peer;
using namespace seed::peer::test;

namespace {

BlockRef drawn_block(Rng& rng) {
  const PieceIndex piece{static_cast<std::uint32_t>(rng.below(5))};
  const auto count = (shape.bytes_of(piece) + block_size - 1) / block_size;
  const auto offset = static_cast<std::uint32_t>(rng.below(count)) * block_size;
  return {piece, offset, std::min(block_size, shape.bytes_of(piece) - offset)};
}

void append(Buffer& out, const Buffer& more) { out.insert(out.end(), more.begin(), more.end()); }

Buffer drawn_message(Rng& rng) {
  const BlockRef block = drawn_block(rng);
  const PieceIndex piece = block.piece;
  const Buffer payload(rng.below(300), 'd');
  switch (rng.below(18)) {
    case 0:
      return octets({wire::Choke{}});
    case 1:
      return octets({wire::Interested{}});
    case 2:
      return octets({wire::NotInterested{}});
    case 3:
      return octets({wire::Have{piece}});
    case 4:
      return octets({wire::Request{block}});
    case 5:
      return octets({wire::Cancel{block}});
    case 6:
      return octets({wire::AllowedFast{piece}});
    case 7:
      return octets({wire::Suggest{piece}});
    case 8:
      return octets({wire::Reject{block}});
    case 9:
      return octets({wire::KeepAlive{}, wire::Port{7}});
    case 10:
      return octets({wire::Unknown{77, payload}});
    case 11:
      return octets({wire::Extended{static_cast<std::uint8_t>(rng.below(9) + 8), payload}});
    case 12:
      return octets({wire::Piece{piece, 0, {}}});
    case 13:
      return octets({wire::Unchoke{}});
    default:
      return piece_octets(block);
  }
}

/// A connection's worth of octets; the last may be broken, cut or rubbish.
Buffer drawn_input(Rng& rng) {
  Buffer out = handshake();
  if (rng.below(3) == 0) append(out, octets({wire::HaveAll{}}));
  append(out, octets({wire::Unchoke{}}));
  for (std::uint64_t i = rng.below(40); i > 0; --i) append(out, drawn_message(rng));
  if (rng.below(2) == 0)
    out[rng.below(out.size())] ^= static_cast<std::uint8_t>(1 + rng.below(255));
  if (rng.below(3) == 0) out.resize(1 + rng.below(out.size()));
  return out;
}

/// A driver whose orders depend on events alone, not on where the input was cut.
struct Run {
  std::vector<Event> log;
  Buffer sent;
  Counts counts;
};

Local incoming() {
  Local out;
  out.secret = secret(2);
  return out;
}

/// What a peer says of `clear` by way of an encrypted handshake; `greeting` octets of it up to
/// where the handshake of BEP 3 ends.
Buffer encrypted(const Buffer& clear, bool payload_too, std::size_t& greeting) {
  const std::size_t ahead = std::min(clear.size(), wire::handshake_bytes);
  wire::mse::Handshake peer({!payload_too, payload_too, wire::mse::Method::rc4}, secret(1),
                            info_hash(), to_buffer(Bytes(clear).first(ahead)));
  Connection connection(Role::incoming, incoming(), Rng(1), at(0s));
  Buffer out = drained(peer.outgoing());
  feed(connection, out);
  Buffer answer = drained(connection.outgoing());
  MutableBytes rest(answer);
  peer.on_bytes(rest);
  const Buffer name = drained(peer.outgoing());
  append(out, name);
  greeting = out.size();
  feed(connection, name);
  connection.offer_skey(info_hash(), at(1s));
  answer = drained(connection.outgoing());
  rest = answer;
  peer.on_bytes(rest);
  REQUIRE(peer.established());
  Buffer more(clear.begin() + static_cast<std::ptrdiff_t>(ahead), clear.end());
  peer.encrypt(more);
  append(out, more);
  return out;
}

Run run(const Buffer& input, std::size_t greeting, std::size_t run_max, Rng rng) {
  Connection connection(Role::incoming, incoming(), Rng(1), at(0s));
  Run out;
  std::size_t begin = 0;
  while (begin < input.size()) {
    // What follows the handshake must find the peer unchoked.
    const std::size_t end = begin < greeting ? std::min(input.size(), greeting) : input.size();
    const std::size_t count = std::min<std::size_t>(end - begin, 1 + rng.below(run_max));
    Buffer part(input.begin() + static_cast<std::ptrdiff_t>(begin),
                input.begin() + static_cast<std::ptrdiff_t>(begin + count));
    begin += count;
    connection.on_bytes(part, at(1s));
    while (auto event = connection.next_event()) {
      if (std::get_if<SkeyWanted>(&*event) != nullptr) {
        connection.offer_skey(info_hash(), at(1s));
        continue;
      }
      if (std::get_if<HandshakeReceived>(&*event) != nullptr) {
        connection.accept(side(), at(1s));
        connection.send_bitfield(Bitfield(5, true), at(1s));
        connection.set_choking(false, at(1s));
      }
      out.log.push_back(std::move(*event));
    }
  }
  out.sent = drained(connection.outgoing());
  out.counts = connection.counts();
  // A run is counted whole, also when the connection ends within it.
  if (connection.ended()) out.counts.received = 0;
  return out;
}

}  // namespace

TEST_CASE("any split of the input gives the same events and the same answers") {
  const std::uint64_t seed = GENERATE(range(1, 101));
  Rng rng(seed);
  const Buffer input = drawn_input(rng);
  INFO("seed " << seed << ", input " << input.size());
  const Run one_by_one = run(input, wire::handshake_bytes, 1, Rng(1));
  for (const std::size_t run_max : {2, 13, 68, 1000, 20000}) {
    const Run other = run(input, wire::handshake_bytes, run_max, rng.fork());
    CHECK(other.log == one_by_one.log);
    CHECK(other.counts == one_by_one.counts);
  }
}

TEST_CASE("an encrypted connection gives the events of a plain one, however it is split") {
  const std::uint64_t seed = GENERATE(range(1, 101));
  Rng rng(seed);
  Buffer input = drawn_input(rng);
  // Its first octets must be a handshake, or the plain one is taken for a key; and so the hash.
  const Buffer begin = handshake();
  std::copy_n(begin.begin(), std::min(begin.size(), input.size()), input.begin());
  INFO("seed " << seed << ", input " << input.size());
  const Run plain = run(input, wire::handshake_bytes, 20000, Rng(1));
  for (const bool payload_too : {false, true}) {
    std::size_t greeting = 0;
    const Buffer hidden = encrypted(input, payload_too, greeting);
    CHECK(std::ranges::search(hidden, as_bytes(wire::handshake_prefix)).empty());
    for (const std::size_t run_max : {1, 13, 700, 20000}) {
      const Run other = run(hidden, greeting, run_max, rng.fork());
      CHECK(other.log == plain.log);
      CHECK(other.counts.downloaded == plain.counts.downloaded);
    }
  }
}
