#include "core/wire/allowed_fast.h"

#include "tests/support/catch.h"

using namespace seed;

namespace {

std::vector<std::uint32_t> numbers(const std::vector<PieceIndex>& pieces) {
  std::vector<std::uint32_t> out;
  for (const auto piece : pieces) out.push_back(piece.value);
  return out;
}

Sha1 aa() {
  Sha1 out;
  out.octets.fill(0xaa);
  return out;
}

const IpAddress peer = *IpAddress::parse("80.4.4.200");

}  // namespace

TEST_CASE("the allowed fast sets of BEP 6 come out") {
  CHECK(numbers(wire::allowed_fast_set(aa(), peer, 1313, 7)) ==
        std::vector<std::uint32_t>{1059, 431, 808, 1217, 287, 376, 1188});
  CHECK(numbers(wire::allowed_fast_set(aa(), peer, 1313, 9)) ==
        std::vector<std::uint32_t>{1059, 431, 808, 1217, 287, 376, 1188, 353, 508});
}

TEST_CASE("peers of one network get the same allowed fast set") {
  CHECK(wire::allowed_fast_set(aa(), peer, 1313) ==
        wire::allowed_fast_set(aa(), *IpAddress::parse("80.4.4.1"), 1313));
  CHECK(wire::allowed_fast_set(aa(), peer, 1313) !=
        wire::allowed_fast_set(aa(), *IpAddress::parse("80.4.5.200"), 1313));
}

TEST_CASE("a small torrent is allowed whole, an empty one not at all") {
  CHECK(wire::allowed_fast_set(aa(), peer, 3).size() == 3);
  CHECK(wire::allowed_fast_set(aa(), peer, 0).empty());
  CHECK(wire::allowed_fast_set(aa(), *IpAddress::parse("2001:db8::1"), 1313).empty());
}
