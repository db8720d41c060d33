#include "core/torrent/completion.h"

#include "core/bencode/writer.h"
#include "core/metainfo/metainfo.h"
#include "tests/support/catch.h"

namespace seed::torrent {
namespace {

constexpr std::int64_t piece_length = 16 * 1024;

/// Files of these lengths in one torrent.
metainfo::Metainfo make(const std::vector<std::int64_t>& lengths) {
  std::int64_t total = 0;
  bencode::Writer info;
  info.begin_dict().key("files").begin_list();
  int number = 0;
  for (const auto length : lengths) {
    total += length;
    info.begin_dict().key("length").integer(length).key("path").begin_list();
    info.string(std::to_string(number++)).end().end();
  }
  info.end().key("name").string("t").key("piece length").integer(piece_length);
  const auto pieces = static_cast<std::size_t>((total + piece_length - 1) / piece_length);
  info.key("pieces").string(std::string(pieces * 20, 'x')).end();
  auto parsed = metainfo::parse_info(info.take());
  REQUIRE(parsed);
  return *std::move(parsed);
}

TEST_CASE("what is had and missing is counted as pieces come") {
  const auto torrent = make({piece_length, piece_length / 2, piece_length});
  Completion completion(torrent.layout, {}, Bitfield(3));
  CHECK(completion.facts().size_when_done == 2 * piece_length + piece_length / 2);
  CHECK(completion.facts().left_until_done == completion.facts().size_when_done);
  CHECK(completion.on_piece(PieceIndex{2}, true));
  CHECK_FALSE(completion.on_piece(PieceIndex{2}, true));
  CHECK(completion.facts().have_valid == piece_length / 2);
  CHECK_FALSE(completion.done());
  completion.on_piece(PieceIndex{0}, true);
  completion.on_piece(PieceIndex{1}, true);
  CHECK(completion.done());
  CHECK(completion.facts().complete);
  completion.on_piece(PieceIndex{1}, false);
  CHECK(completion.facts().left_until_done == piece_length);
}

TEST_CASE("a piece shared by a wanted and an unwanted file is wanted whole") {
  const auto torrent = make({piece_length / 2, 2 * piece_length});
  const std::vector<FileWish> wishes{FileWish::normal, FileWish::unwanted};
  Completion completion(torrent.layout, wishes, Bitfield(3));
  CHECK(completion.facts().size_when_done == piece_length);
  completion.on_piece(PieceIndex{0}, true);
  CHECK(completion.done());
  CHECK_FALSE(completion.facts().complete);
  completion.set_wishes({});
  CHECK_FALSE(completion.done());
}

TEST_CASE("a file's octets are those of its pieces that lie in it") {
  const auto torrent = make({piece_length / 2, 2 * piece_length});
  Completion completion(torrent.layout, {}, Bitfield(3));
  completion.on_piece(PieceIndex{0}, true);
  CHECK(completion.bytes_of(FileIndex{0}) == piece_length / 2);
  CHECK(completion.bytes_of(FileIndex{1}) == piece_length / 2);
  completion.on_piece(PieceIndex{2}, true);
  CHECK(completion.bytes_of(FileIndex{1}) == piece_length);
}

}  // namespace
}  // namespace seed::torrent
