#include "core/base/safe_path.h"

#include "core/base/rng.h"
#include "tests/support/catch.h"

namespace seed {
namespace {

SafePath root() { return SafePath::root("/srv/torrents").value(); }

std::string sanitized(std::string_view name) { return sanitize_component(as_bytes(name)); }

TEST_CASE("a root is absolute and written one way") {
  CHECK(SafePath::root("/srv//torrents/./a/")->root_path() == "/srv/torrents/a");
  CHECK(SafePath::root("/")->root_path() == "/");
  CHECK(SafePath::root("///")->full() == "/");
  for (const std::string_view text : {"", "srv", "./srv", "~/x", "/srv/../etc", "/.."}) {
    CAPTURE(std::string(text));
    CHECK(SafePath::root(text).error().code == FaultCode::malformed);
  }
  CHECK_FALSE(SafePath::root(std::string_view("/a\0b", 4)));
  CHECK(SafePath::root("/" + std::string(256, 'a')).error().code == FaultCode::too_large);
  std::string deep;
  for (int i = 0; i < 50; ++i) deep += "/" + std::string(100, 'a');
  CHECK(SafePath::root(deep).error().code == FaultCode::too_large);
}

TEST_CASE("a path goes down by components") {
  const std::vector<std::string> components{"a", "b c", "d.txt"};
  const auto path = root().child(components).value();
  CHECK(path.full() == "/srv/torrents/a/b c/d.txt");
  CHECK(path.relative() == "a/b c/d.txt");
  CHECK(path.name() == "d.txt");
  CHECK(path.parent().relative() == "a/b c");
  CHECK(path.parent().parent().parent().is_root());
  CHECK(root().parent() == root());
  CHECK(root().name().empty());
  CHECK(root().descend("a/b c/d.txt") == path);
  CHECK(root().child("a")->child("b c")->child("d.txt") == path);
  CHECK(SafePath::root("/")->child("a")->full() == "/a");
  CHECK(root().child(std::span<const std::string>{}) == root());
}

TEST_CASE("no name leaves the root") {
  for (const std::string_view name : {"", ".", "..", "a/b", "/", "/etc/passwd", "../x"}) {
    CAPTURE(std::string(name));
    CHECK(root().child(name).error().code == FaultCode::malformed);
  }
  CHECK_FALSE(root().child(std::string_view("a\0b", 3)));
  for (const std::string_view path :
       {"", "/", "/a", "a/", "a//b", "../a", "a/../../b", "a/..", "./a"}) {
    CAPTURE(std::string(path));
    CHECK(root().descend(path).error().code == FaultCode::malformed);
  }
  CHECK(root().child("...")->relative() == "...");
  CHECK_FALSE(SafePath().child("a"));
}

TEST_CASE("long names and long paths are refused") {
  CHECK(root().child(std::string(255, 'a')));
  CHECK(root().child(std::string(256, 'a')).error().code == FaultCode::too_large);
  auto path = root();
  Result<SafePath> next = path;
  while (next) {
    path = *next;
    next = path.child(std::string(200, 'a'));
  }
  CHECK(next.error().code == FaultCode::too_large);
  CHECK(path.full().size() <= path_bytes_max);
}

TEST_CASE("a suffix is added to the last component") {
  CHECK(root().descend("a/b.mkv")->with_suffix(".part").relative() == "a/b.mkv.part");
  const std::string same(250, 'x');
  const auto one = root().child(same + "1234a")->with_suffix(".part");
  const auto two = root().child(same + "1234b")->with_suffix(".part");
  CHECK(one.name().size() == 255);
  CHECK(one.name().ends_with(".part"));
  CHECK(one != two);
}

TEST_CASE("a torrent's names become harmless") {
  CHECK(sanitized("plain name.mkv") == "plain name.mkv");
  CHECK(sanitized("") == "_");
  CHECK(sanitized(".") == "_");
  CHECK(sanitized("..") == "__");
  CHECK(sanitized("...") == "...");
  CHECK(sanitized(".seedd-root") == "_.seedd-root");
  CHECK(sanitized(".Seedd-Root.NEW") == "_.Seedd-Root.NEW");
  CHECK(sanitized(".seedd-roots") == ".seedd-roots");
  CHECK(sanitized(".seedd-root.news") == ".seedd-root.news");
  CHECK(sanitized("/etc/passwd") == "_etc_passwd");
  CHECK(sanitized("../../x") == ".._.._x");
  CHECK(sanitized(std::string_view("a\0b\x1b[2J\x7f\n", 9)) == "a_b_[2J__");
  CHECK(sanitized("\xc2\x85"
                  "a\xc2\xa0") == "_a\xc2\xa0");
  CHECK(sanitized("a\xff"
                  "b\xe2\x82") == "a_b_");
  CHECK(sanitized("\xc0\xae\xc0\xae\xc0\xaf") == "______");
  CHECK(sanitized("\xe6\x97\xa5\xe6\x9c\xac") == "\xe6\x97\xa5\xe6\x9c\xac");
}

TEST_CASE("a long name is cut in front of its extension at a character's edge") {
  const auto cut = sanitized(std::string(300, 'a') + ".mkv");
  CHECK(cut == std::string(251, 'a') + ".mkv");
  std::string wide;
  for (int i = 0; i < 100; ++i) wide += "\xe6\x97\xa5";
  const auto cut_wide = sanitized(wide + ".mkv");
  CHECK(cut_wide.size() == 83 * 3 + 4);
  CHECK(is_utf8(cut_wide));
  CHECK(sanitized("." + std::string(300, 'a')).size() == 255);
  CHECK(sanitized("a." + std::string(300, 'b')).size() == 255);
}

TEST_CASE("whatever a torrent says becomes one component") {
  Rng rng(12);
  for (int round = 0; round < 3000; ++round) {
    Buffer name(static_cast<std::size_t>(rng.below(round % 10 == 0 ? 600 : 6)));
    for (auto& octet : name) {
      constexpr std::string_view nasty = "./\\\0\x1b.\xc2\x80\xe2\xf0";
      octet = rng.below(3) != 0 ? static_cast<std::uint8_t>(nasty[rng.below(nasty.size())])
                                : static_cast<std::uint8_t>(rng.below(256));
    }
    const auto safe = sanitize_component(name);
    REQUIRE(is_utf8(safe));
    REQUIRE(root().child(safe));
    REQUIRE(sanitize_component(as_bytes(safe)) == safe);
  }
}

}  // namespace
}  // namespace seed
