// Everything malformed in an info dictionary is refused with a reason that a user understands.
#include "core/metainfo/info_parser.h"

#include "core/metainfo/metainfo.h"
#include "tests/support/catch.h"
#include "tests/unit/core/metainfo/make_torrent.h"
#include "tests/unit/core/metainfo/make_v2.h"

namespace seed::metainfo {
namespace {

std::string fault_of(const Dict& info) {
  const auto parsed = parse_torrent(as_bytes(torrent(info)));
  return parsed ? "none" : parsed.error().text;
}

Metainfo parsed(const Dict& info) {
  auto out = parse_torrent(as_bytes(torrent(info)));
  if (!out) FAIL(out.error().text);
  return std::move(*out);
}

constexpr std::string_view huge = "i9223372036854775807e";

TEST_CASE("one file parses to its facts") {
  const auto info = single_info({{"private", number(1)}, {"source", text("TRK")}});
  const Metainfo meta = parsed(info);
  CHECK(meta.name == "a.iso");
  CHECK_FALSE(meta.is_multi_file);
  CHECK(meta.is_private);
  CHECK(meta.source == "TRK");
  CHECK(meta.layout.file_count() == 1);
  CHECK(meta.layout.path({0}) == "a.iso");
  CHECK(meta.layout.total_size() == 100'000);
  CHECK(meta.layout.piece_count() == 7);
  CHECK(meta.layout.piece_length() == 16384);
  CHECK(meta.layout.piece_size({6}) == 100'000 - 6 * 16384);
  CHECK(as_text(meta.info) == dict(info));
  CHECK(meta.hashes.v1 == sha1(as_bytes(dict(info))));
  CHECK_FALSE(meta.hashes.v2);
}

TEST_CASE("many files lie in a folder of the torrent's name") {
  const Metainfo meta =
      parsed(multi_info({file(5, {"a"}), file(0, {"d", "b"}), file(7, {"d", "c"})}));
  CHECK(meta.is_multi_file);
  CHECK(meta.layout.path({0}) == "root/a");
  CHECK(meta.layout.path({1}) == "root/d/b");
  CHECK(meta.layout.length({2}) == 7);
  CHECK(meta.layout.total_size() == 12);
}

TEST_CASE("piece hashes are read in their order") {
  std::string pieces;
  for (char c = 'a'; c < 'h'; ++c) pieces += std::string(20, c);
  const Metainfo meta = parsed(single_info({{"pieces", text(pieces)}}));
  const Metainfo moved = std::move(meta);
  CHECK(as_text(moved.piece_hash({0}).bytes()) == std::string(20, 'a'));
  CHECK(as_text(moved.piece_hash({6}).bytes()) == std::string(20, 'g'));
}

TEST_CASE("info that is missing or of the wrong type is refused") {
  CHECK(fault_of(single_info({{"name", ""}})) == "torrent: it has no name");
  CHECK(fault_of(single_info({{"name", number(1)}})) == "torrent: its name is not a string");
  CHECK(fault_of(single_info({{"pieces", ""}})) == "torrent: it has no piece hashes");
  CHECK(fault_of(single_info({{"pieces", number(7)}})) ==
        "torrent: its piece hashes are not a string");
  CHECK(fault_of(single_info({{"length", ""}})) == "torrent: it has neither a length nor files");
  CHECK(fault_of(single_info({{"piece length", ""}})) == "torrent: it has no piece length");
  CHECK(fault_of(single_info({{"piece length", text("16384")}})) ==
        "torrent: its piece length is not a number");
  CHECK(fault_of(multi_info({}, {{"files", text("a")}})) ==
        "torrent: its list of files is not a list");
  CHECK(fault_of(multi_info({number(1)})) == "torrent: file 0 is not a dictionary");
}

TEST_CASE("lengths that are missing, negative, absurd or no numbers are refused") {
  CHECK(fault_of(single_info({{"length", number(-1)}})) ==
        "torrent: the length of the file is negative");
  CHECK(fault_of(single_info({{"length", text("1")}})) ==
        "torrent: the length of the file is not a number");
  CHECK(fault_of(single_info({{"length", std::string(huge)}})) ==
        "torrent: the files have more than 4000000 pieces together");
  CHECK(fault_of(multi_info({file(1, {"a"}), file(-5, {"b"})})) ==
        "torrent: the length of file 1 is negative");
  CHECK(fault_of(multi_info({dict({{"path", texts({"a"})}})})) == "torrent: file 0 has no length");
  CHECK(fault_of(multi_info({file(1, {"a"}, {{"length", texts({"1"})}})})) ==
        "torrent: the length of file 0 is not a number");
  const std::string largest = file(0, {"a"}, {{"length", std::string(huge)}});
  CHECK(fault_of(multi_info({largest, largest, largest})) ==
        "torrent: the files have more than 4000000 pieces together");
}

TEST_CASE("a torrent that is one file and many, or none, is refused") {
  CHECK(fault_of(single_info({{"files", list({file(100'000, {"a"})})}})) ==
        "torrent: it says that it is one file and that it is many: length and files");
  CHECK(fault_of(multi_info({})) == "torrent: there are no files in it");
  CHECK(fault_of(multi_info({file(0, {"a"})}, {{"pieces", hashes(0)}})) ==
        "torrent: its files are all empty");
  CHECK(fault_of(single_info({{"length", number(0)}, {"pieces", hashes(0)}})) ==
        "torrent: its files are all empty");
}

TEST_CASE("a doubled length or key is refused") {
  std::string doubled = dict(single_info());
  doubled.insert(1, "6:lengthi5e");
  const auto parsed = parse_info(as_bytes(doubled));
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().text == "torrent: bencode: a key is there twice at offset 12");
}

TEST_CASE("a piece length out of range is refused, any other taken") {
  const auto with_piece_length = [](long long length, std::size_t pieces) {
    return fault_of(single_info({{"piece length", number(length)}, {"pieces", hashes(pieces)}}));
  };
  for (const long long length : {0ll, -16384ll, (1ll << 30) + 1, 1ll << 40})
    CHECK(with_piece_length(length, 7) ==
          "torrent: its piece length is not between 1 and 1073741824 bytes");
  CHECK(with_piece_length(1ll << 30, 1) == "none");
  CHECK(with_piece_length(1, 100'000) == "none");
  CHECK(with_piece_length(99'999, 2) == "none");
  CHECK(with_piece_length(100'000, 1) == "none");
}

TEST_CASE("piece hashes that do not match the files are refused") {
  CHECK(fault_of(single_info({{"pieces", text(std::string(139, 'h'))}})) ==
        "torrent: the length of its piece hashes is not a multiple of 20");
  for (const std::size_t count : {0, 6, 8})
    CHECK(fault_of(single_info({{"pieces", hashes(count)}})) ==
          "torrent: it does not have as many piece hashes as its files have pieces");
}

TEST_CASE("paths that are no lists of strings are refused, hostile ones made safe") {
  CHECK(fault_of(multi_info({file(1, {}, {{"path", text("a")}})})) ==
        "torrent: the path of file 0 is missing or malformed");
  CHECK(fault_of(multi_info({file(1, {})})) ==
        "torrent: the path of file 0 is missing or malformed");
  CHECK(fault_of(multi_info({file(1, {}, {{"path", ""}})})) ==
        "torrent: the path of file 0 is missing or malformed");
  CHECK(fault_of(multi_info({file(1, {}, {{"path", list({text("a"), number(1)})}})})) ==
        "torrent: the path of file 0 is missing or malformed");
  const Metainfo meta =
      parsed(multi_info({file(1, {"..", "..", "a"}), file(1, {"/etc/passwd"}), file(1, {""})},
                        {{"name", text("../../x")}}));
  CHECK(meta.name == ".._.._x");
  CHECK(meta.layout.path({0}) == ".._.._x/__/__/a");
  CHECK(meta.layout.path({1}) == ".._.._x/_etc_passwd");
  CHECK(meta.layout.path({2}) == ".._.._x/_");
  CHECK(parsed(single_info({{"name", text("..")}})).layout.path({0}) == "__");
  CHECK(parsed(single_info({{"name", text("")}})).layout.path({0}) == "_");
}

TEST_CASE("utf-8 names go before others") {
  const Metainfo meta =
      parsed(multi_info({file(1, {"\xe9"}, {{"path.utf-8", texts({"é"})}}),
                         file(1, {"good"}, {{"path.utf-8", texts({""})}}), file(1, {"plain"})},
                        {{"name", text("\xfc")}, {"name.utf-8", text("ü")}}));
  CHECK(meta.name == "ü");
  CHECK(meta.layout.path({0}) == "ü/é");
  CHECK(meta.layout.path({1}) == "ü/good");
  CHECK(meta.layout.path({2}) == "ü/plain");
  CHECK(parsed(single_info({{"name", ""}, {"name.utf-8", text("n")}})).name == "n");
}

TEST_CASE("attributes of BEP 47 are kept as facts") {
  const Metainfo meta = parsed(multi_info(
      {file(5, {"run"}, {{"attr", text("xh")}}), file(7, {".pad", "7"}, {{"attr", text("p")}}),
       file(9, {}, {{"attr", text("p")}, {"path", ""}}),
       file(0, {"link"}, {{"attr", text("l")}, {"symlink path", texts({"..", "run"})}}),
       dict({{"attr", text("l")}, {"path", texts({"l2"})}, {"symlink path", texts({"run"})}}),
       file(3, {"l3"}, {{"attr", text("l")}})}));
  const FileLayout& layout = meta.layout;
  CHECK(layout.attributes({0}) == FileAttributes{.executable = true, .hidden = true});
  CHECK(layout.is_pad({1}));
  CHECK(layout.is_pad({2}));
  CHECK(layout.path({2}) == "root/.pad/9");
  CHECK(layout.attributes({3}).symlink);
  CHECK(layout.symlink_target({3}) == "root/__/run");
  CHECK(layout.symlink_target({4}) == "root/run");
  CHECK(layout.length({4}) == 0);
  CHECK_FALSE(layout.attributes({5}).symlink);
  CHECK(layout.total_size() == 24);
  // A single file that says it is padding is a file all the same.
  CHECK_FALSE(parsed(single_info({{"attr", text("plx")}})).layout.is_pad({0}));
}

TEST_CASE("private is whatever does not plainly say no") {
  const auto is_private = [](const std::string& value) {
    return parsed(single_info({{"private", value}})).is_private;
  };
  CHECK(is_private(number(1)));
  CHECK(is_private(text("1")));
  CHECK(is_private(number(2)));
  CHECK_FALSE(is_private(number(0)));
  CHECK_FALSE(is_private(text("0")));
  CHECK_FALSE(is_private(""));
}

TEST_CASE("hybrids have two hashes, v2 torrents one") {
  const Dict v2 = {{"file tree", dict({{"a.iso", v2_file(100'000, sha256({}))}})},
                   {"meta version", number(2)}};
  const auto info = single_info(v2);
  const Metainfo meta = parsed(info);
  CHECK(meta.hashes.v1 == sha1(as_bytes(dict(info))));
  CHECK(meta.hashes.v2 == sha256(as_bytes(dict(info))));
  CHECK_FALSE(parsed(single_info({{"meta version", number(1)}})).hashes.v2);
  // A tree without its version is nothing.
  CHECK_FALSE(parsed(single_info({{"file tree", number(1)}})).hashes.v2);

  const Metainfo only = parsed(with(info, {{"pieces", ""}, {"length", ""}}));
  CHECK_FALSE(only.hashes.v1);
  CHECK(only.hashes.v2 == sha256(only.info));
  CHECK(only.hashes.short_hash() == *Sha1::from(sha256(only.info).bytes().first(20)));
  CHECK(fault_of(with(info, {{"pieces", ""}})) == "torrent: it has no piece hashes");
  CHECK(fault_of(with(info, {{"length", ""}})) == "torrent: it has neither a length nor files");
  CHECK(fault_of(single_info({{"meta version", number(2)}})) ==
        "torrent: its meta version is 2, but it has no file tree");
  CHECK(fault_of(single_info({{"meta version", number(3)}})) ==
        "torrent: its meta version is not known");
  CHECK(fault_of(single_info({{"meta version", text("2")}})) ==
        "torrent: its meta version is not a number");
}

}  // namespace
}  // namespace seed::metainfo
