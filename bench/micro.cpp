// bench_micro: how long the small things take that happen millions of times: a block read off a
// stream, a block encrypted, a block picked and received, of few and of many pieces and peers, and
// an address looked up in a long blocklist; and how long that takes to read, and an encrypted
// handshake; and a packet of uTP. A line each.
//
// Usage: bench_micro [SECONDS EACH]
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/blocklist/list.h"
#include "core/peer/message_reader.h"
#include "core/swarm/picker.h"
#include "core/utp/mux.h"
#include "core/wire/mse/handshake.h"

using namespace seed;

namespace {

constexpr std::uint32_t piece_bytes = 256 * 1024;
constexpr std::uint32_t blocks_a_piece = piece_bytes / block_size;
constexpr std::size_t window = 64;  ///< requests outstanding on each link

/// Of this thread's processor time: others on the machine cost it nothing.
double now_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Took {
  std::size_t things = 0;
  double seconds = 0;
};

template <typename Work>
Took timed(Work work) {
  const double begin = now_seconds();
  const std::size_t things = work();
  return {things, now_seconds() - begin};
}

/// Repeats `round`, which says what it took, for about so long; the line: the median round.
template <typename Round>
void measure(const std::string& name, double seconds, Round round) {
  std::vector<double> each;
  const double end = now_seconds() + seconds;
  while (now_seconds() < end || each.size() < 3) {
    const Took took = round();
    each.push_back(took.seconds / static_cast<double>(took.things) * 1e9);
  }
  std::ranges::sort(each);
  std::printf("%-52s %8.0f ns  (best %.0f, worst %.0f, %zu rounds)\n", name.c_str(),
              each[each.size() / 2], each.front(), each.back(), each.size());
}

/// A stream of `piece` messages, read 256 KiB at a time as the loop does.
std::size_t read_blocks(const Buffer& stream) {
  peer::MessageReader reader;
  std::size_t blocks = 0;
  for (std::size_t at = 0; at < stream.size(); at += 256ul * 1024) {
    Bytes input = Bytes(stream).subspan(at, std::min<std::size_t>(256 * 1024, stream.size() - at));
    for (auto step = reader.next(input); step != peer::MessageReader::Step::more;
         step = reader.next(input)) {
      if (step == peer::MessageReader::Step::block_begins)
        reader.receive_into(Block::of_size(block_size));
      if (step == peer::MessageReader::Step::block_ends && !reader.take_block().bytes().empty())
        ++blocks;
    }
  }
  return blocks;
}

Buffer stream_of(std::uint32_t blocks) {
  Buffer out;
  for (std::uint32_t i = 0; i < blocks; ++i) {
    const std::uint32_t head[] = {9 + block_size, i / blocks_a_piece,
                                  i % blocks_a_piece * block_size};
    for (std::size_t word = 0; word < 3; ++word) {
      for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(head[word] >> shift));
      if (word == 0) out.push_back(7);
    }
    out.resize(out.size() + block_size, static_cast<std::uint8_t>(i));
  }
  return out;
}

/// A download of `pieces` from `peers` links that have `share` of it each.
class Swarm {
 public:
  Swarm(std::uint32_t pieces, std::uint32_t peers, double share)
      : picker_(
            {.piece_count = pieces, .piece_length = piece_bytes, .last_piece_length = piece_bytes},
            Rng(1)),
        have_(peers, Bitfield(pieces)),
        asked_(peers) {
    Rng dice(2);
    for (std::uint32_t peer = 0; peer < peers; ++peer) {
      for (std::uint32_t piece = 0; piece < pieces; ++piece)
        if (dice.unit() < share) have_[peer].set({piece});
      picker_.on_peer_pieces(link(peer), have_[peer]);
    }
  }
  /// Every link gets half of what it was asked for, and is asked for as much again. Blocks picked;
  /// 0 at the end.
  std::size_t turn() {
    now_ += 10ms;
    std::size_t picked = 0;
    for (std::uint32_t peer = 0; peer < have_.size(); ++peer) {
      auto& asked = asked_[peer];
      const std::size_t come = std::max<std::size_t>(asked.size() / 2, 1);
      for (std::size_t i = 0; i < std::min(come, asked.size()); ++i)
        if (picker_.on_received(asked[i], link(peer)).piece_complete)
          picker_.on_piece_passed(asked[i].piece);
      asked.erase(asked.begin(),
                  asked.begin() + static_cast<std::ptrdiff_t>(std::min(come, asked.size())));
      picked += picker_.pick({.link = link(peer), .pieces = have_[peer]}, window - asked.size(),
                             now_, asked);
    }
    return picked;
  }

 private:
  static LinkId link(std::uint32_t number) { return {number + 1, 1}; }

  swarm::Picker picker_;
  std::vector<Bitfield> have_;
  std::vector<std::vector<BlockRef>> asked_;
  Instant now_{1h};
};

/// A whole download, from when the links are there.
Took download(std::uint32_t pieces, std::uint32_t peers, double share) {
  Swarm swarm(pieces, peers, share);
  return timed([&] {
    std::size_t all = 0;
    while (const std::size_t picked = swarm.turn()) all += picked;
    return all;
  });
}

constexpr std::size_t listed = 500'000;

/// A PeerGuardian list of so many ranges, spread over all addresses.
std::string p2p_list() {
  std::string out;
  Rng dice(3);
  constexpr std::uint32_t apart = 0xffffffff / listed;
  for (std::uint32_t i = 0; i < listed; ++i) {
    const std::uint32_t first = i * apart + static_cast<std::uint32_t>(dice.below(apart / 2));
    const std::uint32_t last = first + static_cast<std::uint32_t>(dice.below(apart / 2));
    out += "Some organisation, a city:" + IpAddress::v4(first).to_string() + "-" +
           IpAddress::v4(last).to_string() + "\n";
  }
  return out;
}

/// Addresses by chance; returns how many were asked for, so that none is left out.
std::size_t look_up(const blocklist::Table& table, const std::vector<IpAddress>& addresses) {
  std::size_t found = 0;
  for (const auto& address : addresses) found += table.contains(address) ? 1u : 0u;
  return found > 0 ? addresses.size() : 0;
}

void measure_blocklist(double seconds) {
  const std::string text = p2p_list();
  blocklist::Table table;
  measure("a rule of a blocklist of 500,000 read", seconds, [&] {
    return timed([&] {
      table = blocklist::parse_list(as_bytes(text))->table;
      return table.size();
    });
  });
  std::vector<IpAddress> addresses(100'000);
  Rng dice(4);
  for (auto& address : addresses) address = IpAddress::v4(static_cast<std::uint32_t>(dice.next()));
  measure("an address looked up in it", seconds,
          [&] { return timed([&] { return look_up(table, addresses); }); });
  std::printf("%zu octets are kept of %zu rules, %zu of text\n", table.encode().size(),
              table.size(), text.size());
}

/// Both ends of an encrypted handshake, without the sockets.
std::size_t shake_hands(std::size_t times) {
  std::size_t done = 0;
  Rng dice(5);
  const auto pass = [](wire::mse::Handshake& from, wire::mse::Handshake& to) {
    ByteQueue octets = std::move(from.outgoing());
    Buffer one;
    Bytes front;
    for (; octets.front({&front, 1}) > 0; octets.consume(front.size()))
      one.insert(one.end(), front.begin(), front.end());
    MutableBytes rest(one);
    to.on_bytes(rest);
    to.next_event();
  };
  for (std::size_t i = 0; i < times; ++i) {
    wire::mse::SecretBytes a, b;
    dice.fill(a.octets);
    dice.fill(b.octets);
    wire::mse::Handshake dials({}, a, {}, Buffer(68));
    wire::mse::Handshake dialled({}, b);
    pass(dials, dialled);
    pass(dialled, dials);
    pass(dials, dialled);
    dialled.set_skey({});
    pass(dialled, dials);
    done += dials.established() ? 1u : 0u;
  }
  return done;
}

void measure_encryption(double seconds) {
  wire::mse::Rc4 cipher(as_bytes("key"));
  Buffer block(block_size);
  measure("a block of 16 KiB under RC4", seconds, [&] {
    return timed([&] {
      for (int i = 0; i < 100; ++i) cipher.apply(block);
      return 100;
    });
  });
  measure("an encrypted handshake, both ends together", seconds,
          [&] { return timed([&] { return shake_hands(20); }); });
}

/// One stream between two muxes, as a loop would run them: what is on its way arrives together, and
/// is copied once each way as by the system.
class UtpStream {
 public:
  UtpStream() : a_({}, Rng(6)), b_({}, Rng(7)) {
    from_ = *a_.connect(b_at_, now_);
    while (!to_) turn();
  }
  /// Full packets that it took.
  std::size_t pass(std::size_t octets) {
    const std::size_t end = received_ + octets;
    const std::size_t before = packets_;
    while (received_ < end) turn();
    return packets_ - before;
  }

 private:
  void turn() {
    now_ += 50us;
    if (a_.unsent(from_) < 256ul * 1024) {
      ByteQueue more;
      for (int i = 0; i < 16; ++i) more.append(Block::of_size(block_size));
      a_.write(from_, std::move(more), now_);
    }
    packets_ += carry(a_, b_, a_at_);
    carry(b_, a_, b_at_);
  }
  std::size_t carry(utp::Mux& from, utp::Mux& to, const Endpoint& at) {
    std::size_t count = 0;
    from.flush(now_);
    while (const auto out = from.next_datagram()) {
      std::ranges::copy(out->bytes, wire_.begin());
      to.on_datagram(MutableBytes(wire_).first(out->bytes.size()), at, now_);
      ++count;
    }
    for (utp::Mux* mux : {&from, &to}) {
      while (const auto event = mux->next_event()) {
        if (const auto* accepted = std::get_if<utp::Accepted>(&*event)) to_ = accepted->id;
        if (const auto* readable = std::get_if<utp::Readable>(&*event)) read(*mux, readable->id);
      }
    }
    return count;
  }
  void read(utp::Mux& mux, utp::SocketId id) {
    for (auto bytes = mux.readable(id); !bytes.empty(); bytes = mux.readable(id)) {
      received_ += bytes.size();
      mux.consume(id, bytes.size(), now_);
    }
  }

  const Endpoint a_at_ = *Endpoint::parse("10.0.0.1:1"), b_at_ = *Endpoint::parse("10.0.0.2:2");
  Instant now_{1h};
  utp::Mux a_, b_;
  utp::SocketId from_, to_;
  std::size_t received_ = 0;
  std::size_t packets_ = 0;
  Buffer wire_ = Buffer(2048);
};

void measure_utp(double seconds) {
  UtpStream stream;
  stream.pass(64u << 20);
  measure("a full packet of uTP, both ends together", seconds,
          [&] { return timed([&] { return stream.pass(16u << 20); }); });
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3;
  const Buffer stream = stream_of(512);
  measure("a block read off a stream", seconds,
          [&] { return timed([&] { return read_blocks(stream); }); });
  measure_encryption(seconds);
  measure_utp(seconds);
  for (const std::uint32_t pieces : {1'000u, 10'000u, 50'000u})
    for (const std::uint32_t peers : {20u, 200u})
      for (const double share : {0.5, 1.0})
        measure("a block picked: " + std::to_string(pieces) + " pieces, " + std::to_string(peers) +
                    (share < 1 ? " peers with half" : " seeds"),
                seconds, [&] { return download(pieces, peers, share); });
  measure_blocklist(seconds);
}
