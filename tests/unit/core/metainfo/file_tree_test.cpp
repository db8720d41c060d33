// Everything malformed in a file tree is refused, and so is a hybrid that contradicts itself.
#include "core/metainfo/file_tree.h"

#include "core/metainfo/metainfo.h"
#include "tests/support/catch.h"
#include "tests/unit/core/metainfo/make_v2.h"

namespace seed::metainfo {
namespace {

const Sha256 root_a = sha256(as_bytes("a"));
const Sha256 root_b = sha256(as_bytes("b"));

std::string fault_of(const Dict& info) {
  const auto parsed = parse_torrent(as_bytes(torrent(info)));
  return parsed ? "none" : parsed.error().text;
}
std::string fault_of_tree(const Dict& tree) { return fault_of(v2_info(tree)); }

Metainfo parsed(const Dict& info) {
  auto out = parse_torrent(as_bytes(torrent(info)));
  if (!out) FAIL(out.error().text);
  return std::move(*out);
}

TEST_CASE("one file is itself, by the tree's name") {
  const Metainfo meta = parsed(v2_info({{"a.iso", v2_file(20'000, root_a)}}));
  CHECK_FALSE(meta.is_multi_file);
  CHECK(meta.name == "root");
  CHECK(meta.layout.path({0}) == "a.iso");
  CHECK(meta.layout.alignment() == Alignment::per_file);
  CHECK_FALSE(meta.has_v1());
  CHECK(meta.hashes.v2 == sha256(meta.info));
  CHECK(meta.pieces_root({0}) == root_a);
}

TEST_CASE("many files, and one in a folder, lie in a folder of the torrent's name") {
  const Metainfo meta = parsed(v2_info({{"a", v2_file(5, root_a)},
                                        {"d", dict({{"b", v2_file(0)}, {"c", v2_file(7, root_b)}})},
                                        {"e", dict({})}}));
  CHECK(meta.is_multi_file);
  CHECK(meta.layout.file_count() == 3);
  CHECK(meta.layout.path({0}) == "root/a");
  CHECK(meta.layout.path({1}) == "root/d/b");
  CHECK(meta.layout.path({2}) == "root/d/c");
  CHECK(meta.layout.offset({2}) == 16384);
  CHECK(meta.layout.piece_count() == 2);
  CHECK(meta.pieces_root({2}) == root_b);
  CHECK_FALSE(meta.pieces_root({1}));
  CHECK(parsed(v2_info({{"d", dict({{"a", v2_file(5, root_a)}})}})).layout.path({0}) == "root/d/a");
}

TEST_CASE("what is neither file nor folder, or both, is refused") {
  CHECK(fault_of(v2_info({}, {{"file tree", number(1)}})) ==
        "torrent: its file tree is not a dictionary");
  CHECK(fault_of(v2_info({}, {{"file tree", ""}})) ==
        "torrent: its meta version is 2, but it has no file tree");
  CHECK(fault_of_tree({}) == "torrent: there are no files in it");
  CHECK(fault_of_tree({{"d", dict({})}}) == "torrent: there are no files in it");
  CHECK(fault_of_tree({{"a", number(1)}}) ==
        "torrent: its file tree has something that is neither file nor folder");
  CHECK(fault_of_tree({{"a", dict({{"length", number(1)}})}}) ==
        "torrent: its file tree has something that is neither file nor folder");
  CHECK(fault_of_tree({{"a", dict({{"", dict({{"length", number(0)}})}, {"b", v2_file(0)}})}}) ==
        "torrent: its file tree has something that is both file and folder");
  CHECK(fault_of_tree({{"", dict({{"length", number(1)}})}}) ==
        "torrent: its file tree has a file or folder without a name");
  CHECK(fault_of_tree({{"a", dict({{"", number(1)}})}}) == "torrent: file 0 is not a dictionary");
}

TEST_CASE("lengths and roots that are missing or wrong are refused") {
  CHECK(fault_of_tree({{"a", v2_file(1, root_a, {{"length", ""}})}}) ==
        "torrent: file 0 has no length");
  CHECK(fault_of_tree({{"a", v2_file(-1, root_a)}}) == "torrent: the length of file 0 is negative");
  CHECK(fault_of_tree({{"a", v2_file(1)}}) ==
        "torrent: the pieces root of file 0 is missing or not 32 bytes");
  CHECK(fault_of_tree({{"a", v2_file(1, {}, {{"pieces root", text("short")}})}}) ==
        "torrent: the pieces root of file 0 is missing or not 32 bytes");
  CHECK(fault_of_tree({{"a", v2_file(1, {}, {{"pieces root", text(std::string(32, '\0'))}})}}) ==
        "torrent: the pieces root of file 0 is zero");
  CHECK(fault_of_tree({{"a", v2_file(0)}}) == "torrent: its files are all empty");
  // It names no content, so libtorrent ignores it, too.
  CHECK_FALSE(
      parsed(v2_info({{"a", v2_file(0, root_a)}, {"b", v2_file(1, root_b)}})).pieces_root({0}));
}

TEST_CASE("links have no content, and pads are not for v2") {
  const std::string link =
      dict({{"", dict({{"attr", text("l")}, {"symlink path", texts({"d", "a"})}})}});
  const Metainfo meta = parsed(v2_info({{"a", link}, {"b", v2_file(1, root_b)}}));
  CHECK(meta.layout.symlink_target({0}) == "root/d/a");
  CHECK(meta.layout.length({0}) == 0);
  CHECK(fault_of_tree({{"a", v2_file(1, root_a, {{"attr", text("p")}})}}) ==
        "torrent: file 0 of its file tree is a pad file");
  // A link that leads nowhere is a file.
  CHECK(fault_of_tree({{"a", v2_file(1, {}, {{"attr", text("l")}})}}) ==
        "torrent: the pieces root of file 0 is missing or not 32 bytes");
}

TEST_CASE("a tree is as deep as bencode may be") {
  std::string tree = v2_file(1, root_a);
  for (int depth = 0; depth < 50; ++depth) tree = dict({{"d", tree}});
  CHECK(fault_of_tree({{"d", tree}}) == "none");
  for (int depth = 0; depth < 20; ++depth) tree = dict({{"d", tree}});
  CHECK(fault_of_tree({{"d", tree}}).starts_with("torrent: bencode: "));
}

TEST_CASE("v2 wants piece lengths that are powers of two and keys that are sorted") {
  const auto with_length = [](long long length) {
    return fault_of(v2_info({{"a", v2_file(1, root_a)}}, {{"piece length", number(length)}}));
  };
  CHECK(with_length(32768) == "none");
  const std::string reason =
      "torrent: its piece length is not a power of two of at least 16384 bytes";
  CHECK(with_length(8192) == reason);
  CHECK(with_length(3 * 16384) == reason);
  const std::string unsorted = "d4:infod4:name1:a12:piece lengthi16384e9:file tree" +
                               dict({{"a", v2_file(1, root_a)}}) + "12:meta versioni2eee";
  const auto refused = parse_torrent(as_bytes(unsorted));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text == "torrent: its info dictionary's keys are not sorted");
}

std::string pad(long long length) {
  return file(length, {".pad", std::to_string(length)}, {{"attr", text("p")}});
}

/// Two files, `a` of 20,000 and `b` of 100 octets, as v1 says and as v2 does.
std::string hybrid_fault(const std::vector<std::string>& files, std::size_t pieces,
                         const Dict& tree = {}) {
  const auto two =
      tree.empty() ? Dict{{"a", v2_file(20'000, root_a)}, {"b", v2_file(100, root_b)}} : tree;
  return fault_of(multi_info(
      files, {{"file tree", dict(two)}, {"meta version", number(2)}, {"pieces", hashes(pieces)}}));
}

TEST_CASE("a hybrid's parts say the same") {
  const auto a = file(20'000, {"a"});
  const auto b = file(100, {"b"});
  const auto empty = file(0, {"c"});
  const std::string files = "torrent: its v1 and v2 parts do not have the same files";
  const std::string align =
      "torrent: its v1 part does not align files to pieces as its v2 part does";
  CHECK(hybrid_fault({a, pad(12'768), b}, 3) == "none");
  CHECK(hybrid_fault({a, pad(12'768), b, pad(16'284)}, 3) == "none");
  CHECK(hybrid_fault({a, pad(12'000), pad(768), b}, 3) == "none");
  CHECK(hybrid_fault({a, b}, 2) == align);
  CHECK(hybrid_fault({pad(16'384), a, pad(12'768), b}, 4) == align);
  CHECK(hybrid_fault({a, pad(12'767), b}, 3) == align);
  CHECK(hybrid_fault({a, pad(12'768 + 16'384), b}, 4) == align);
  CHECK(hybrid_fault({b, pad(16'284), a}, 3) == files);
  CHECK(hybrid_fault({a}, 2) == files);
  CHECK(hybrid_fault({a, pad(12'768), b, empty}, 3) == files);
  CHECK(hybrid_fault({a, pad(12'768), file(101, {"b"})}, 3) == files);
  CHECK(hybrid_fault({a, pad(12'768), file(100, {"B"})}, 3) == files);
  const std::string tail =
      "torrent: the pad behind the last file of its v1 part does not end the piece";
  CHECK(hybrid_fault({a, pad(12'768), b, pad(16'283)}, 3) == tail);
  CHECK(hybrid_fault({a, pad(12'768), b, pad(16'284 + 16'384)}, 4) == tail);
  CHECK(hybrid_fault({a, pad(12'768), b}, 3, {{"a", v2_file(20'000, root_a)}}) == files);
}

TEST_CASE("a hybrid keeps the layout of v1 with v2's roots") {
  const Metainfo meta = parsed(multi_info(
      {file(20'000, {"a"}), pad(12'768), file(0, {"aa"}), file(100, {"b"})},
      {{"file tree",
        dict({{"a", v2_file(20'000, root_a)}, {"aa", v2_file(0)}, {"b", v2_file(100, root_b)}})},
       {"meta version", number(2)},
       {"pieces", hashes(3)}}));
  CHECK(meta.layout.alignment() == Alignment::contiguous);
  CHECK(meta.layout.file_count() == 4);
  CHECK(meta.pieces_root({0}) == root_a);
  CHECK_FALSE(meta.pieces_root({1}));
  CHECK_FALSE(meta.pieces_root({2}));
  CHECK(meta.pieces_root({3}) == root_b);
  CHECK(meta.layout.piece_size({1}) == 16384);
  CHECK(meta.tree_bytes({1}) == 20'000 - 16384);
  CHECK(meta.piece_root({2}) == root_b);
  CHECK_FALSE(meta.piece_root({0}));
}

TEST_CASE("a hybrid of one file has it by its name, or in a folder") {
  const auto tree = [](const char* name) { return dict({{name, v2_file(100'000, root_a)}}); };
  const Dict v2 = {{"meta version", number(2)}};
  CHECK_FALSE(parsed(single_info(with(v2, {{"file tree", tree("a.iso")}}))).is_multi_file);
  CHECK(fault_of(single_info(with(v2, {{"file tree", tree("b.iso")}}))) ==
        "torrent: its v1 and v2 parts do not have the same files");
  const Metainfo folder = parsed(multi_info(
      {file(100'000, {"a"})}, with(v2, {{"file tree", tree("a")}, {"pieces", hashes(7)}})));
  CHECK(folder.is_multi_file);
  CHECK(folder.layout.path({0}) == "root/a");
}

}  // namespace
}  // namespace seed::metainfo
