#include "core/trackerd/access_list.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

Sha1 hash(std::uint8_t octet) {
  Sha1 out;
  out.octets.fill(octet);
  return out;
}

}  // namespace

TEST_CASE("all torrents are admitted until only listed ones are") {
  AccessList list;
  CHECK(list.admits(hash(1)));
  list.set_listed_only(true);
  CHECK(!list.admits(hash(1)));
}

TEST_CASE(
    "our own torrents are admitted while we have them, those of the list while they are in it") {
  AccessList list;
  list.set_listed_only(true);
  list.add_own(hash(1));
  list.set_list({hash(9), hash(2), hash(9), hash(5)});
  CHECK(list.own() == 1);
  CHECK(list.listed() == 3);
  for (const int known : {1, 2, 5, 9}) CHECK(list.admits(hash(static_cast<std::uint8_t>(known))));
  CHECK(!list.admits(hash(3)));
  list.remove_own(hash(1));
  list.set_list({hash(1), hash(3)});
  CHECK(list.admits(hash(1)));
  CHECK(list.admits(hash(3)));
  CHECK(!list.admits(hash(2)));
}

TEST_CASE("of a list that is too long the rest is left out") {
  std::vector<Sha1> many(AccessList::listed_max + 1);
  for (std::uint32_t i = 0; i < many.size(); ++i) store_u32(many[i].octets, i);
  AccessList list;
  list.set_listed_only(true);
  list.set_list(many);
  CHECK(list.listed() == AccessList::listed_max);
  CHECK(list.admits(many.front()));
  CHECK(!list.admits(many.back()));
}
