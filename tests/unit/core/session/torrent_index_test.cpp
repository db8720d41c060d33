#include "core/session/torrent_index.h"

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

struct Setup {
  test::Population all;

  TorrentId insert(TorrentNumber number, const InfoHashes& hashes,
                   std::vector<std::string> labels = {}) {
    torrent::TorrentRecord record;
    record.options.labels = std::move(labels);
    record.hashes = hashes;
    record.download_dir = "/data";
    return all.torrents.place(number, number, hashes, [&](TorrentId id) {
      return std::make_unique<torrent::Torrent>(all.ground.environment, id, number, record, Rng(1));
    });
  }
};

InfoHashes hashes_of(std::string_view text) {
  InfoHashes hashes;
  hashes.v1 = sha1(as_bytes(text));
  return hashes;
}

TEST_CASE("a torrent is known by its id, its number and its hashes until it is hidden") {
  Setup setup;
  auto& index = setup.all.torrents;
  const TorrentId one = setup.insert(1, hashes_of("one"));
  setup.insert(2, hashes_of("two"));
  CHECK(index.size() == 2);
  CHECK(index.id_of(1) == one);
  CHECK(index.id_of(*hashes_of("one").v1) == one);
  index.hide(one);
  CHECK(index.size() == 1);
  CHECK_FALSE(index.id_of(1));
  CHECK_FALSE(index.id_of(*hashes_of("one").v1));
  CHECK(index.entry(one) != nullptr);
  index.erase(one);
  CHECK(index.entry(one) == nullptr);
}

TEST_CASE("a hybrid is found by both of its hashes until it is hidden") {
  Setup setup;
  auto& index = setup.all.torrents;
  InfoHashes hashes = hashes_of("v1");
  hashes.v2 = sha256(as_bytes("v2"));
  const Sha1 cut = *Sha1::from(hashes.v2->bytes().first(20));
  const TorrentId id = setup.insert(7, hashes);
  CHECK(index.id_of(*hashes.v1) == id);
  CHECK(index.id_of(cut) == id);
  CHECK(index.hash_of_req2(wire::mse::req2_hash(*hashes.v1)) == hashes.v1);
  CHECK(index.hash_of_req2(wire::mse::req2_hash(cut)) == cut);
  index.hide(id);
  CHECK_FALSE(index.id_of(*hashes.v1));
  CHECK_FALSE(index.id_of(cut));
  CHECK_FALSE(index.hash_of_req2(wire::mse::req2_hash(*hashes.v1)));
  CHECK_FALSE(index.hash_of_req2(wire::mse::req2_hash(cut)));
}

std::vector<TorrentNumber> newest_first(TorrentIndex& index) {
  std::vector<TorrentNumber> out;
  index.each_newest([&](const Entry& entry) {
    out.push_back(entry.number);
    return true;
  });
  return out;
}

TEST_CASE("torrents are in the order of their last changes, without those that are hidden") {
  Setup setup;
  auto& index = setup.all.torrents;
  for (TorrentNumber i = 1; i <= 4; ++i) setup.insert(i, hashes_of(std::to_string(i)));
  CHECK(newest_first(index) == std::vector<TorrentNumber>{4, 3, 2, 1});
  index.find(TorrentNumber{2})->verify();
  index.find(TorrentNumber{4})->verify();
  CHECK(newest_first(index) == std::vector<TorrentNumber>{4, 2, 3, 1});
  const TorrentId two = index.id_of(2);
  auto* leaving = index.find(two);
  index.hide(two);
  CHECK(newest_first(index) == std::vector<TorrentNumber>{4, 3, 1});
  leaving->verify();
  CHECK(newest_first(index) == std::vector<TorrentNumber>{4, 3, 1});
  index.erase(two);
  index.hide(index.id_of(4));
  index.hide(index.id_of(1));
  CHECK(newest_first(index) == std::vector<TorrentNumber>{3});
}

TEST_CASE("what runs is counted by what changed") {
  Setup setup;
  auto& index = setup.all.torrents;
  const auto count = [&] { return index.active(setup.all.ground.host.sequence); };
  for (TorrentNumber i = 1; i <= 3; ++i) setup.insert(i, hashes_of(std::to_string(i)));
  CHECK(count() == 0);
  for (const TorrentNumber i : {1, 2}) {
    index.find(i)->start({});
    index.find(i)->set_allowed(true);
  }
  CHECK(count() == 2);
  CHECK(count() == 2);
  index.find(TorrentNumber{1})->stop();
  CHECK(count() == 1);
  index.hide(index.id_of(2));
  CHECK(count() == 0);
}

TEST_CASE("torrents are counted by what they do, by what changed") {
  Setup setup;
  auto& index = setup.all.torrents;
  const auto check_all = [&] {
    TorrentCounts counted;
    index.each([&](const torrent::Torrent& torrent) {
      const auto facts = torrent.snapshot({});
      ++counted.by_status[static_cast<std::size_t>(facts.status)];
      ++counted.by_error[static_cast<std::size_t>(facts.error)];
    });
    const TorrentCounts& told = index.counts(setup.all.ground.host.sequence);
    CHECK(told.by_status == counted.by_status);
    CHECK(told.by_error == counted.by_error);
    return counted.by_status;
  };
  for (TorrentNumber i = 1; i <= 3; ++i) setup.insert(i, hashes_of(std::to_string(i)));
  const auto first = check_all();
  for (TorrentNumber i = 1; i <= 3; ++i) index.find(i)->stop();
  const auto stopped = check_all();
  CHECK(first != stopped);
  index.find(TorrentNumber{1})->start({});
  CHECK(check_all() != stopped);
  index.find(TorrentNumber{2})->start({});
  index.hide(index.id_of(2));
  check_all();
  index.find(TorrentNumber{1})->stop();
  index.erase(index.id_of(3));
  check_all();
}

TEST_CASE("recently active chooses what changed within a minute, and what is named beside it") {
  Setup setup;
  auto& index = setup.all.torrents;
  setup.insert(1, hashes_of("one"));
  setup.insert(2, hashes_of("two"));
  setup.all.ground.clock.advance(TorrentIndex::recently + 1s);
  setup.insert(3, hashes_of("three"));
  const auto numbers = [&](const Selection& which) {
    std::vector<TorrentNumber> out;
    for (const auto* torrent : index.choose(which, setup.all.ground.clock.now()))
      out.push_back(torrent->number());
    return out;
  };
  using Kind = Selection::Kind;
  CHECK(numbers({Kind::recently_active, {}}) == std::vector<TorrentNumber>{3});
  CHECK(numbers({Kind::recently_active, {TorrentNumber{1}, TorrentNumber{3}}}) ==
        std::vector<TorrentNumber>{3, 1});
  CHECK(numbers({Kind::listed, {}}).empty());
  CHECK(numbers({}).size() == 3);
}

TEST_CASE("one who is kept to labels finds no other torrent, however they ask") {
  Setup setup;
  auto& index = setup.all.torrents;
  setup.insert(1, hashes_of("one"), {"films", "new"});
  setup.insert(2, hashes_of("two"), {"music"});
  setup.insert(3, hashes_of("three"));
  using Kind = Selection::Kind;
  const auto numbers = [&](Kind kind, std::vector<std::string> labels) {
    Selection which{kind, {}, std::move(labels)};
    if (kind != Kind::all)
      which.listed = {TorrentNumber{3}, *hashes_of("two").v1, TorrentNumber{1}};
    std::vector<TorrentNumber> out;
    for (const auto* torrent : index.choose(which, setup.all.ground.clock.now()))
      out.push_back(torrent->number());
    return out;
  };
  for (const Kind kind : {Kind::all, Kind::listed, Kind::recently_active}) {
    CHECK(numbers(kind, {"films"}) == std::vector<TorrentNumber>{1});
    CHECK(numbers(kind, {"x", "music"}) == std::vector<TorrentNumber>{2});
    CHECK(numbers(kind, {"Films"}).empty());
    CHECK(numbers(kind, {}).size() == 3);
  }
}

TEST_CASE("a torrent that was added again while the old one goes is not forgotten with it") {
  Setup setup;
  auto& index = setup.all.torrents;
  const TorrentId old = setup.insert(1, hashes_of("one"));
  index.hide(old);
  const TorrentId again = setup.insert(2, hashes_of("one"));
  index.erase(old);
  CHECK(index.id_of(*hashes_of("one").v1) == again);
}

}  // namespace
}  // namespace seed::session
