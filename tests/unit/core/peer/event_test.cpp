#include "core/peer/event.h"

#include <set>
#include <string>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::peer;

TEST_CASE("each violation has a name of its own") {
  std::set<std::string_view> names;
  const auto last = static_cast<int>(ViolationCode::unknown_torrent);
  for (int code = 0; code <= last; ++code) names.insert(name_of(static_cast<ViolationCode>(code)));
  CHECK(names.size() == static_cast<std::size_t>(last) + 1);
  CHECK_FALSE(names.contains("unknown"));
}

TEST_CASE("mere ends blame nobody") {
  CHECK_FALSE(blames_peer(ViolationCode::idle));
  CHECK_FALSE(blames_peer(ViolationCode::self_connection));
  CHECK_FALSE(blames_peer(ViolationCode::plain_refused));
  CHECK_FALSE(blames_peer(ViolationCode::no_encryption));
  CHECK(blames_peer(ViolationCode::bad_bitfield));
  CHECK(blames_peer(ViolationCode::bad_encryption));
}

TEST_CASE("events compare by what they hold") {
  const BlockRef ref{PieceIndex{1}, 0, 3};
  CHECK(Event(BlockReceived{ref, Block::copy_of(as_bytes("abc"))}) ==
        Event(BlockReceived{ref, Block::copy_of(as_bytes("abc"))}));
  CHECK(Event(BlockReceived{ref, Block::copy_of(as_bytes("abc"))}) !=
        Event(BlockReceived{ref, Block::copy_of(as_bytes("abd"))}));
}
