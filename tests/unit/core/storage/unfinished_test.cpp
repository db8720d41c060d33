#include "core/storage/unfinished.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::storage;

namespace {

Sha1 torrent(std::uint8_t octet) {
  Sha1 out;
  out.octets.fill(octet);
  return out;
}

std::vector<SafePath> names(const char* root, std::initializer_list<const char*> relative) {
  std::vector<SafePath> out;
  for (const char* name : relative) out.push_back(*SafePath::root(root)->descend(name));
  return out;
}

}  // namespace

TEST_CASE("a name has one torrent that is downloaded to it") {
  Unfinished unfinished;
  CHECK(unfinished.take(torrent(1), "one", names("/srv", {"t/a", "t/b"})));
  const auto refused = unfinished.take(torrent(2), "two", names("/srv", {"t/c", "t/b"}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == FaultCode::exists);
  CHECK(refused.error().text.starts_with("/srv/t/b is being downloaded by another torrent"));
  const auto* other = unfinished.title_of_other(torrent(2), names("/srv", {"t/c", "t/b"}));
  REQUIRE(other != nullptr);
  CHECK(*other == "one");
  CHECK(unfinished.title_of_other(torrent(1), names("/srv", {"t/b"})) == nullptr);
  // What was refused has nothing.
  CHECK(unfinished.take(torrent(3), "three", names("/srv", {"t/c"})));
  // Whatever root it is seen from.
  CHECK_FALSE(unfinished.check(torrent(2), names("/srv/t", {"a"})));
  CHECK(unfinished.check(torrent(1), names("/srv", {"t/a"})));
  CHECK(unfinished.is_anothers(torrent(2), names("/srv", {"t/a"}).front()));
  // What it has not any more is free.
  CHECK(unfinished.take(torrent(1), "one", names("/srv", {"t/a"})));
  CHECK(unfinished.take(torrent(2), "two", names("/srv", {"t/b"})));
  unfinished.give_back(torrent(1));
  CHECK(unfinished.check(torrent(2), names("/srv", {"t/a"})));
}

TEST_CASE("names are known again by their prints") {
  Unfinished before;
  REQUIRE(before.take(torrent(1), "one", names("/srv", {"t/a", "t/b"})));
  Unfinished after;
  after.restore(torrent(1), "one", before.prints(torrent(1)));
  CHECK_FALSE(after.check(torrent(2), names("/srv", {"t/b"})));
  CHECK(after.check(torrent(2), names("/srv", {"t/c"})));
  CHECK(after.prints(torrent(2)).empty());
  after.give_back(torrent(1));
  CHECK(after.check(torrent(2), names("/srv", {"t/b"})));
}

TEST_CASE("a torrent of very many files has its whole folder") {
  Unfinished unfinished;
  std::vector<SafePath> many;
  for (std::size_t i = 0; i <= Unfinished::names_max; ++i)
    many.push_back(*SafePath::root("/srv")->descend("t/" + std::to_string(i)));
  REQUIRE(unfinished.take(torrent(1), "one", many));
  CHECK(unfinished.prints(torrent(1)).size() == 1);
  CHECK_FALSE(unfinished.check(torrent(2), names("/srv", {"t/sub/other"})));
  CHECK(unfinished.check(torrent(2), names("/srv", {"u"})));
}
