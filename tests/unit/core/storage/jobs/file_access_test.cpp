#include "core/storage/jobs/file_access.h"

#include <cerrno>

#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;
using seed::test::FakeFiles;
using seed::test::FileFault;
using seed::test::FileOp;

namespace {

const SafePath root = *SafePath::root("/srv");

FileTarget target(const std::string& name, std::uint64_t size) {
  FileTarget out;
  out.size = size;
  out.path = *root.child(name);
  out.other = out.path.with_suffix(".part");
  return out;
}

}  // namespace

TEST_CASE("views are cut at the borders of files, pads read as zeros and are never written") {
  FakeFiles files;
  files.put("/srv/here", as_bytes("x"));
  FileAccess access(files, {root, std::nullopt, {}, nullptr}, {target("a", 3), target("b", 4)});
  const std::vector<Span> spans{{0, 0, 3}, {Span::pad, 0, 2}, {1, 0, 4}};
  const auto text = as_bytes("abc..defg");
  const std::vector<Bytes> in{text.first(1), text.subspan(1, 6), text.subspan(7)};
  REQUIRE(access.write(spans, in));
  CHECK(test::same(files.content("/srv/a"), as_bytes("abc")));
  CHECK(test::same(files.content("/srv/b"), as_bytes("defg")));
  Buffer out(9, 1);
  const std::vector<MutableBytes> views{MutableBytes(out).first(4), MutableBytes(out).subspan(4)};
  REQUIRE(access.read(spans, views));
  CHECK(to_string(out) == std::string("abc\0\0defg", 9));
  const auto opened = access.take_opened();
  REQUIRE(opened.size() == 2);
  CHECK(opened[0].created);
  CHECK(opened[0].writable);
}

TEST_CASE("a file is found under its other name, also when it is renamed meanwhile") {
  FakeFiles files;
  files.put("/srv/a.part", as_bytes("abc"));
  bool moved = false;
  files.set_hook([&](FileOp op, const std::string& path) -> std::optional<FileFault> {
    if (op == FileOp::open && path == "/srv/a.part" && !moved) {
      moved = true;
      REQUIRE(files.rename(root.child("a.part").value(), root.child("a").value()));
    }
    return std::nullopt;
  });
  auto suffixed = target("a", 3);
  std::swap(suffixed.path, suffixed.other);
  suffixed.suffixed = true;
  FileAccess access(files, {root, std::nullopt, {}, nullptr}, {suffixed});
  CHECK(access.reading(0));
  CHECK(moved);
  CHECK(access.targets()[0].path.full() == "/srv/a");
  CHECK_FALSE(access.take_opened().at(0).suffixed);
}

TEST_CASE("nothing is made in a root that is another, or after the store is gone") {
  FakeFiles files;
  files.put("/srv/here", as_bytes("x"));
  auto identity = *files.identity(root);
  identity.inode += 1;
  FileAccess other(files, {root, identity, {}, nullptr}, {target("a", 3)});
  CHECK(other.writing(0).error().code == FaultCode::root_missing);
  CHECK(other.reading(0).error().code == FaultCode::root_missing);
  const auto called_off = std::make_shared<std::atomic<bool>>(true);
  FileAccess late(files, {root, std::nullopt, {}, called_off}, {target("a", 3)});
  CHECK(late.writing(0).error().code == FaultCode::cancelled);
  CHECK(files.paths().size() == 1);
}

TEST_CASE("a file that has no room in full is not made at all") {
  FakeFiles files;
  files.mount("/srv", 3u << 20);
  const RootGuard whole{root, std::nullopt, config::Preallocation::full, nullptr};
  FileAccess big(files, whole, {target("big", 10u << 20)});
  CHECK(big.writing(0).error().code == FaultCode::disk_full);
  CHECK(files.paths().empty());
  FileAccess small(files, whole, {target("small", 1u << 20)});
  REQUIRE(small.writing(0));
  CHECK(files.paths() == std::vector<std::string>{"/srv/small"});
  CHECK(files.content("/srv/small")->size() == 1u << 20);
}

TEST_CASE("room that was reserved in part is given back") {
  // ext4 keeps what it found before the disk was full.
  FakeFiles files;
  files.mount("/srv");
  files.set_hook([&](FileOp op, const std::string& path) -> std::optional<FileFault> {
    if (op != FileOp::reserve) return std::nullopt;
    return FileFault{fault_from_errno(ENOSPC, "cannot reserve space for " + path), 0};
  });
  FileAccess access(files, {root, std::nullopt, config::Preallocation::full, nullptr},
                    {target("a", 4096)});
  CHECK(access.writing(0).error().code == FaultCode::disk_full);
  CHECK(files.paths().empty());
}

TEST_CASE("of two that make one file at once neither takes it from the other") {
  for (const bool with_room : {true, false}) {
    FakeFiles files;
    files.mount("/srv");
    const RootGuard whole{root, std::nullopt, config::Preallocation::full, nullptr};
    bool inside = false;
    files.set_hook([&](FileOp op, const std::string&) -> std::optional<FileFault> {
      if (op != FileOp::reserve || std::exchange(inside, true)) return std::nullopt;
      FileAccess other(files, whole, {target("a", 4096)});
      const auto text = as_bytes("abc");
      const Span span{0, 0, 3};
      REQUIRE(other.write({&span, 1}, {&text, 1}));
      if (with_room) return std::nullopt;
      return FileFault{fault_from_errno(ENOSPC, "cannot reserve"), 0};
    });
    FileAccess access(files, whole, {target("a", 4096)});
    CHECK(access.writing(0).has_value() == with_room);
    const auto content = files.content("/srv/a");
    REQUIRE(content);
    CHECK(equal(Bytes(*content).first(3), as_bytes("abc")));
    CHECK(files.paths().size() == 1);
  }
}
