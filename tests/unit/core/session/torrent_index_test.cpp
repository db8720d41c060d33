#include "core/session/torrent_index.h"

#include "tests/support/catch.h"

namespace seed::session {
namespace {

InfoHashes hashes_of(std::string_view text) {
  InfoHashes hashes;
  hashes.v1 = sha1(as_bytes(text));
  return hashes;
}

/// The index holds whatever it is given; no torrent is needed to find its place.
TorrentId insert(TorrentIndex& index, TorrentNumber number, std::string_view name) {
  TorrentId made;
  // The reference that insert() gives back is to nothing here, so it is not looked at.
  static_cast<void>(index.place(number, number, hashes_of(name), [&](TorrentId id) {
    made = id;
    return std::unique_ptr<torrent::Torrent>();
  }));
  return made;
}

TEST_CASE("a torrent is known by its id, its number and its hashes until it is hidden") {
  TorrentIndex index;
  const TorrentId one = insert(index, 1, "one");
  insert(index, 2, "two");
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

TEST_CASE("a hybrid is found by both of its hashes") {
  TorrentIndex index;
  InfoHashes hashes = hashes_of("v1");
  hashes.v2 = sha256(as_bytes("v2"));
  static_cast<void>(
      index.place(1, 7, hashes, [](TorrentId) { return std::unique_ptr<torrent::Torrent>(); }));
  CHECK(index.id_of(*hashes.v1));
  CHECK(index.id_of(*Sha1::from(hashes.v2->bytes().first(20))));
}

}  // namespace
}  // namespace seed::session
