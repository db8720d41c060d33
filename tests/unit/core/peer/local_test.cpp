#include "core/peer/local.h"

#include "tests/support/catch.h"
#include "tests/unit/core/peer/scripted_peer.h"

using namespace seed;
using namespace seed::peer;

TEST_CASE("the reserved bits follow the switches") {
  Local local = test::local();
  local.fast = false;
  local.dht = true;
  const auto handshake = handshake_of(local);
  CHECK_FALSE(handshake.reserved.fast());
  CHECK(handshake.reserved.dht());
  CHECK(handshake.reserved.extended());
  CHECK(handshake.info_hash == test::info_hash());
}

TEST_CASE("upload_only is told when we are, or were") {
  Local local = test::local();
  CHECK_FALSE(extended_handshake_of(local, false).upload_only);
  CHECK(extended_handshake_of(local, true).upload_only == false);
  local.torrent->upload_only = true;
  CHECK(extended_handshake_of(local, false).upload_only == true);
}
