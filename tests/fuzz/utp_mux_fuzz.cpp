// LINK: seed::utp
#include <algorithm>
#include <array>
#include <variant>
#include <vector>

#include "core/base/check.h"
#include "core/utp/mux.h"
#include "core/utp/packet.h"

// The input drives a mux and plays all who send to it: an octet says what happens. Most packets
// carry the connection id and numbers near those that the mux sent last to that endpoint, so that
// they get past the first check.
namespace {

using namespace seed;
using namespace seed::utp;

constexpr std::size_t peers = 4;

Endpoint peer(std::uint8_t draw) { return {IpAddress::v4(0x0a000001U + draw % peers), 1}; }

class Bench {
 public:
  Bench(ByteReader& in, const Limits& limits) : in_(in), limits_(limits), mux_(limits, Rng(1)) {}

  void step() {
    const std::uint8_t what = in_.u8();
    switch (what % 8) {
      case 0:
        now_ += std::chrono::milliseconds(what) * in_.u8();
        mux_.on_deadline(now_);
        break;
      case 1:
        order(what >> 3);
        break;
      case 2: {
        Buffer raw = to_buffer(in_.take(std::min<std::size_t>(in_.u16() % 1600, in_.remaining())));
        give(raw, peer(what >> 3));
        break;
      }
      default:
        packet(what);
    }
    now_ += 100us;
    drain();
    check();
  }

  /// All that is open ends by itself when nobody answers.
  void end() {
    for (const SocketId id : sockets_) mux_.close(id, now_);
    for (int turn = 0; mux_.facts().sockets > 0 || mux_.deadline(); ++turn) {
      SEED_CHECK(turn < 100'000);
      now_ = std::max(now_, mux_.deadline().value_or(now_));
      mux_.on_deadline(now_);
      drain();
    }
    SEED_CHECK(mux_.facts().buffer_bytes == 0);
  }

 private:
  void order(int what) {
    const SocketId id = sockets_.empty() ? SocketId{} : sockets_[in_.u8() % sockets_.size()];
    switch (what % 6) {
      case 0:
        if (auto made = mux_.connect(peer(in_.u8()), now_)) sockets_.push_back(*made);
        break;
      case 1:
      case 2: {
        ByteQueue bytes;
        bytes.append(Buffer(std::size_t{in_.u8()} * 64));
        if (mux_.unsent(id) < 1u << 17) mux_.write(id, std::move(bytes), now_);
        break;
      }
      case 3:
        reads_ = !reads_;
        if (reads_) read(id);
        break;
      case 4:
        mux_.close(id, now_);
        break;
      default:
        in_.u8() % 2 == 0 ? mux_.abort(id, now_) : mux_.on_send_failed(peer(in_.u8()), true, now_);
    }
  }

  /// A packet that fits what was sent to that peer last, but for what the input changes.
  void packet(std::uint8_t what) {
    const std::uint8_t draw = in_.u8();
    const Header& last = last_[draw % peers];
    Header header;
    header.type = static_cast<PacketType>((what >> 3) % 5);
    const bool answers_syn = last.type == PacketType::syn;
    header.connection = header.type == PacketType::syn ? std::uint16_t{draw}
                        : answers_syn                  ? last.connection
                                                       : plus(last.connection, draw & 4 ? -1 : 1);
    header.sequence = plus(last.ack, 1 + static_cast<std::int8_t>(in_.u8()));
    header.ack = plus(last.sequence, static_cast<std::int8_t>(in_.u8()) / 8);
    header.timestamp_difference = draw & 8 ? std::uint32_t{in_.u16()} * 16 : 0;
    header.window = draw & 16 ? 0 : std::uint32_t{in_.u16()} * 32;
    Buffer octets(state_bytes_max);
    const Bytes sack = draw & 32
                           ? in_.take(std::min<std::size_t>(in_.u8() % 64, in_.remaining()) / 4 * 4)
                           : Bytes();
    // Now and then the longest, and what came further ahead than that reaches.
    const bool far = (draw & 64) != 0 && !sack.empty();
    const Buffer longest(sack_bytes_max, far ? sack[0] : std::uint8_t{0});
    const std::uint8_t ahead = far ? in_.u8() : std::uint8_t{0};
    const Further further{plus(header.ack, 2 + sack_packets_max + ahead - 8), far ? sack : Bytes()};
    octets.resize(encode(header, far ? Bytes(longest) : sack, further, octets));
    if (header.type == PacketType::data) octets.resize(octets.size() + in_.u16() % 3000);
    give(octets, peer(draw));
  }

  void give(Buffer& octets, const Endpoint& from) {
    if (!mux_.on_datagram(octets, from, now_)) SEED_CHECK(!is_packet(octets));
  }

  void read(SocketId id) {
    for (MutableBytes bytes = mux_.readable(id); !bytes.empty(); bytes = mux_.readable(id)) {
      std::ranges::fill(bytes, std::uint8_t{0});
      mux_.consume(id, bytes.size(), now_);
    }
  }

  void drain() {
    for (int again = 0; again < 2; ++again) {
      mux_.flush(now_);
      while (const auto out = mux_.next_datagram()) {
        SEED_CHECK(out->bytes.size() <= 1472);
        Buffer copy = to_buffer(out->bytes);
        const auto packet = parse(copy);
        SEED_CHECK(packet.has_value());
        for (std::uint8_t i = 0; i < peers; ++i)
          if (out->to == peer(i)) last_[i] = packet->header;
      }
      while (const auto event = mux_.next_event()) {
        if (const auto* accepted = std::get_if<Accepted>(&*event)) sockets_.push_back(accepted->id);
        if (const auto* more = std::get_if<Readable>(&*event); more != nullptr && reads_)
          read(more->id);
        if (const auto* over = std::get_if<Ended>(&*event)) {
          SEED_CHECK(std::erase(sockets_, over->id) == 1);
          SEED_CHECK(!mux_.facts(over->id));
        }
      }
    }
  }

  void check() {
    const MuxFacts facts = mux_.facts();
    SEED_CHECK(facts.sockets <= limits_.sockets_max);
    SEED_CHECK(facts.half_open <= limits_.half_open_max);
    SEED_CHECK(facts.buffer_bytes <= limits_.buffers_bytes_max);
    for (const SocketId id : sockets_)
      SEED_CHECK(mux_.unread(id) <= limits_.receive_window_bytes + 65'536);
  }

  ByteReader& in_;
  Limits limits_;
  Mux mux_;
  Instant now_{1000s};
  std::vector<SocketId> sockets_;
  std::array<Header, peers> last_{};
  bool reads_ = true;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in({data, size});
  Limits limits;
  limits.window_bytes_max = 1u << 17;
  limits.receive_window_bytes = 1u << 16;
  limits.sockets_max = 24;
  limits.half_open_max = 6;
  limits.buffers_bytes_max = 1u << 20;
  Bench bench(in, limits);
  while (in.ok() && in.remaining() > 0) bench.step();
  bench.end();
  return 0;
}
