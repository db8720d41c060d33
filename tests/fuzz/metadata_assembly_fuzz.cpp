// LINK: seed::wire seed::bencode seed::swarm
// Octets are what peers say and do while metadata is gathered, also as ut_metadata messages: the
// bounds hold, and who gave nothing but the truth is never named.
#include <algorithm>
#include <map>
#include <set>

#include "core/base/check.h"
#include "core/swarm/metadata_assembly.h"
#include "core/wire/ext/ut_metadata.h"

using namespace seed;
using swarm::MetadataAssembly;

namespace {

constexpr std::uint32_t truth_bytes = 40'000;

/// The octets of the true metadata, or of a lie; past the end of the truth nobody is right.
Buffer piece_of(std::uint32_t piece, std::uint32_t size, std::uint8_t lie) {
  const std::uint64_t begin = std::uint64_t{piece} * swarm::metadata_piece_bytes;
  if (begin >= size) return {};
  Buffer out(std::min<std::uint64_t>(swarm::metadata_piece_bytes, size - begin));
  std::ranges::fill(out, static_cast<std::uint8_t>(piece + lie));
  return out;
}

struct Run {
  MetadataAssembly assembly{Rng(1)};
  Instant now{1000s};
  std::map<LinkId, std::uint32_t> sizes;
  std::vector<MetadataAssembly::Request> asked;
  std::set<LinkId> liars;  ///< who said something false

  void settle() {
    while (const auto request = assembly.next_request(now)) {
      SEED_CHECK(sizes.contains(request->peer));
      asked.push_back(*request);
      SEED_CHECK(asked.size() < 1'000'000);
    }
    while (const auto whole = assembly.take_whole()) {
      Buffer octets;
      for (const Buffer& piece : *whole) octets.insert(octets.end(), piece.begin(), piece.end());
      Buffer truth;
      for (std::uint32_t piece = 0; truth.size() < truth_bytes; ++piece) {
        const Buffer more = piece_of(piece, truth_bytes, 0);
        truth.insert(truth.end(), more.begin(), more.end());
      }
      for (const auto& liar : assembly.on_hashed(octets == truth, now))
        SEED_CHECK(liars.contains(liar.peer));
      while (const auto request = assembly.next_request(now)) asked.push_back(*request);
    }
    SEED_CHECK(assembly.bytes_held() <= MetadataAssembly::held_bytes_max);
    SEED_CHECK(!assembly.deadline() || *assembly.deadline() > now);
  }
  void peer(LinkId link, std::uint32_t size) {
    sizes[link] = size;
    if (size != truth_bytes) liars.insert(link);
    assembly.on_peer(link, IpAddress::v4(link.slot), size, now);
  }
  /// The oldest or the latest that was asked is answered.
  void answer(std::uint8_t how) {
    if (asked.empty()) return;
    const auto at = how % 2 == 0 ? asked.begin() : asked.end() - 1;
    const auto request = *at;
    asked.erase(at);
    const std::uint8_t lie = how >= 192 ? how : 0;
    const std::uint32_t size = sizes[request.peer] + (how == 191 ? 1 : 0);
    if (lie != 0 || size != truth_bytes) liars.insert(request.peer);
    assembly.on_piece(request.peer, request.piece, size, piece_of(request.piece, size, lie), now);
  }
  /// Whatever it says, as it came off the wire.
  void message(LinkId link, Bytes octets) {
    const auto parsed = wire::UtMetadata::parse(octets);
    if (!parsed) return;
    liars.insert(link);
    if (parsed->kind == wire::UtMetadata::Kind::reject)
      assembly.on_reject(link, parsed->piece, now);
    if (parsed->kind == wire::UtMetadata::Kind::data)
      assembly.on_piece(link, parsed->piece, parsed->total_size, parsed->data, now);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in({data, size});
  Run run;
  while (in.ok() && in.remaining() > 0) {
    const std::uint8_t what = in.u8();
    const LinkId link{static_cast<std::uint32_t>(what >> 4), 1};
    switch (what % 8) {
      case 0:
        run.peer(link, truth_bytes);
        break;
      case 1:
        run.peer(link, in.u32() % (2 * limits::metadata_bytes_max));
        break;
      case 2:
        run.assembly.on_gone(link, run.now);
        break;
      case 3:
        run.assembly.on_reject(link, in.u8(), run.now);
        break;
      case 4:
        run.message(link, in.take(std::min<std::size_t>(in.u16(), in.remaining())));
        break;
      case 5:
        run.now += std::chrono::milliseconds(in.u16());
        run.assembly.on_deadline(run.now);
        break;
      default:
        run.answer(in.u8());
    }
    run.settle();
  }
  return 0;
}
