#include "core/storage/progress.h"

#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;

namespace {

Progress sample() {
  Progress out;
  out.have = Bitfield(19);
  out.have.set({0});
  out.have.set({18});
  out.stamps = {{{0}, {100, -5}}, {{7}, {~std::uint64_t{0}, 1'700'000'000'000'000'000}}};
  out.placement.root = *SafePath::root("/srv/x");
  out.placement.moving_from = *SafePath::root("/old");
  out.placement.renames = {{"t/a", "b"}, {"t", "u"}};
  out.own = Bitfield(9);
  out.own.set({8});
  return out;
}

}  // namespace

TEST_CASE("progress comes back as it was saved") {
  CHECK(parse_progress(encode(sample())) == sample());
  Progress empty;
  empty.placement.root = *SafePath::root("/");
  CHECK(parse_progress(encode(empty)) == empty);
}

TEST_CASE("damaged progress is refused") {
  const auto good = to_string(encode(sample()));
  const auto refused = [](std::string text) { return !parse_progress(as_bytes(text)); };
  CHECK(refused(""));
  CHECK(refused("de"));
  CHECK(refused(good.substr(0, good.size() - 1)));
  const auto with = [&](std::string_view from, std::string_view to) {
    auto text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  CHECK(refused(with("6:piecesi19e", "6:piecesi25e")));
  CHECK(refused(with("6:piecesi19e", "6:piecesi-1e")));
  CHECK(refused(with("6:piecesi19e", "6:piecesi9999999e")));
  CHECK(refused(with("5:filesi9e", "5:filesi7e")));
  CHECK(refused(with("5:filesi9e", "5:filesi-1e")));
  CHECK(refused(with("5:filesi9e", "5:filesi999999999e")));
  CHECK(refused(with("/srv/x", "/../xx")));
  CHECK(refused(with("3:t/a", "3:../")));
  CHECK(refused(with("1:b4:path", "1:/4:path")));
}

TEST_CASE("a claim on a file without a stamp is checked, and one on a file that is gone dropped") {
  const auto torrent = test::two_files();
  Progress saved;
  saved.have = Bitfield(torrent.pieces(), true);
  saved.placement.root = *SafePath::root("/srv/x");
  std::vector<FoundFile> found(3);
  found[0] = {true, false, {100'000, 1}};
  auto plan = plan_resume(torrent.layout(), saved, found);
  CHECK(plan.have.none());
  CHECK(plan.to_check.count() == 2);
  saved.stamps = {{{0}, {100'000, 1}}};
  plan = plan_resume(torrent.layout(), saved, found);
  CHECK(plan.have.count() == 1);  // piece 1 is shared with the file that is gone
  CHECK(plan.to_check.none());
}

TEST_CASE("what is claimed of a file that is gone is lost, whatever is to be read of others") {
  const auto torrent =
      test::Torrent::make({{"t/a", 100'000}, {"t/b", 150'000}, {"t/c", 100}}, 65536, 7);
  Progress saved;
  saved.have = Bitfield(torrent.pieces());
  std::vector<FoundFile> found(3);
  found[1] = {true, true, {150'000, 1}};
  const auto lost = [&] { return plan_resume(torrent.layout(), saved, found).lost; };
  CHECK_FALSE(lost());
  saved.have.set({2});  // the second file's own
  CHECK_FALSE(lost());
  SECTION("a piece for itself") {
    saved.have.set({0});
    CHECK(lost());
    found[0] = {true, false, {100'000, 1}};
    CHECK_FALSE(lost());
    // As much as a piece less.
    found[0].stamp.size = 65'000;
    CHECK_FALSE(lost());
    saved.have.set({1});
    found[1].there = false;
    CHECK(lost());
  }
  SECTION("no more than a share in one") {
    saved.have.set({3});
    CHECK(lost());
    found[2] = {true, false, {100, 1}};
    CHECK_FALSE(lost());
  }
  SECTION("of a file that is shorter, what it does not reach") {
    found[1].stamp.size = 1000;
    CHECK(lost());
  }
}

TEST_CASE("of a file that is too short only what it reaches is checked") {
  const auto torrent = test::two_files();
  std::vector<FoundFile> found(3);
  found[1] = {true, true, {40'000, 1}};
  const auto plan = plan_resume(torrent.layout(), std::nullopt, found);
  CHECK_FALSE(plan.to_check.test({0}));
  CHECK(plan.to_check.test({1}));
  CHECK(plan.to_check.test({2}));
  CHECK_FALSE(plan.to_check.test({3}));
}
