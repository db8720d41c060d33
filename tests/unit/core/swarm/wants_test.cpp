#include "core/swarm/wants.h"

#include "tests/support/catch.h"

using namespace seed;
using swarm::FileWish;
using swarm::plan_wants;
using swarm::Want;

TEST_CASE("a piece shared by a wanted and an unwanted file is wanted") {
  const FileWish files[] = {{{0}, {2}, Priority::normal, false}, {{2}, {4}, Priority::low, true}};
  const auto wants = plan_wants(files, 6, false);
  CHECK(wants[0] == Want::no());
  CHECK(wants[1] == Want::no());
  CHECK(wants[2] == Want::of(Priority::low));
  CHECK(wants[4] == Want::of(Priority::low));
  CHECK(wants[5] == Want::no());
}

TEST_CASE("a shared piece has the highest priority of the wanted files in it") {
  const FileWish files[] = {{{0}, {1}, Priority::low, true},
                            {{1}, {1}, Priority::normal, true},
                            {{1}, {2}, Priority::high, false}};
  const auto wants = plan_wants(files, 3, false);
  CHECK(wants[0] == Want::of(Priority::low));
  CHECK(wants[1] == Want::of(Priority::normal));
  CHECK(wants[2] == Want::no());
}

TEST_CASE("the edges of a file are early, within their priority") {
  const FileWish files[] = {{{0}, {4}, Priority::normal, true}, {{5}, {5}, Priority::high, true}};
  const auto wants = plan_wants(files, 6, true);
  CHECK(wants[0] == Want::of(Priority::normal, true));
  CHECK(wants[1] == Want::of(Priority::normal));
  CHECK(wants[4] == Want::of(Priority::normal, true));
  CHECK(wants[5] > wants[4]);
  CHECK(Want::of(Priority::high) > Want::of(Priority::normal, true));
  CHECK(Want::of(Priority::high, true).rank == Want::ranks - 1);
}

TEST_CASE("ranges beyond the torrent are cut") {
  const FileWish files[] = {{{1}, {0xffffffff}, Priority::normal, true}};
  CHECK(plan_wants(files, 3, true)[2] == Want::of(Priority::normal));
  CHECK(plan_wants(files, 0, true).empty());
}
