#include "core/uv/files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

#include "core/uv/entropy.h"
#include "core/uv/file_beneath.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;
using io::FileKind;
using io::OpenMode;

namespace {

struct Disk {
  TempFolder folder;
  Files files;
  SafePath root = *SafePath::root(folder.path());

  SafePath at(std::string_view relative) const {
    auto path = root.descend(relative);
    REQUIRE(path);
    return *path;
  }
  void put(std::string_view relative, std::string_view text) {
    REQUIRE(files.save(at(relative), as_bytes(text)));
  }
  std::string get(std::string_view relative) {
    auto content = files.load(at(relative), 1u << 20);
    return content ? to_string(*content) : "fault: " + content.error().text;
  }
};

}  // namespace

TEST_CASE("runs of octets go to a file and come back") {
  Disk disk;
  auto file = disk.files.open(disk.at("a/b/c.bin"), OpenMode::create);
  REQUIRE(file);
  // More runs than the system takes at once, some of them empty.
  std::vector<Buffer> buffers(3000);
  std::vector<Bytes> runs;
  std::uint8_t next = 0;
  std::size_t total = 0;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    buffers[i].resize(i % 7);
    for (auto& octet : buffers[i]) octet = next++;
    runs.emplace_back(buffers[i]);
    total += buffers[i].size();
  }
  REQUIRE((*file)->write(10, runs));
  Buffer whole(total + 100);
  std::vector<MutableBytes> parts;
  for (std::size_t at = 0; at < whole.size(); at += 5)
    parts.push_back(MutableBytes(whole).subspan(at, std::min<std::size_t>(5, whole.size() - at)));
  const auto got = (*file)->read(10, parts);
  REQUIRE(got);
  CHECK(*got == total);
  next = 0;
  bool right = true;
  for (std::size_t i = 0; i < total; ++i) right = right && whole[i] == next++;
  CHECK(right);
  CHECK((*file)->stamp()->size == total + 10);
  CHECK((*file)->sync());
  CHECK((*file)->read(total + 1000, parts) == 0u);
}

TEST_CASE("a file has the time it is given, also one before 1970") {
  Disk disk;
  auto file = *disk.files.open(disk.at("f"), OpenMode::create);
  for (const std::int64_t time : {1'700'000'000'123'456'789, -1'500'000'000L, 0L}) {
    REQUIRE(file->set_modified(time));
    CHECK(file->stamp()->modified_ns == time);
    CHECK(disk.files.stamp(disk.at("f"))->modified_ns == time);
  }
}

TEST_CASE("a file is resized, reserved and stamped") {
  Disk disk;
  auto file = *disk.files.open(disk.at("f"), OpenMode::create);
  REQUIRE(file->resize(1'000'000));
  REQUIRE(file->reserve(2'000'000));
  REQUIRE(file->reserve(0));
  file->will_need(0, 1000);
  file->not_needed(0, 1000);
  const auto before = *disk.files.stamp(disk.at("f"));
  CHECK(before.size >= 1'000'000);
  CHECK(before == *file->stamp());
  CHECK(before.modified_ns > 1'700'000'000'000'000'000);
  REQUIRE(file->resize(5));
  CHECK(*disk.files.stamp(disk.at("f")) != before);
}

TEST_CASE("what is missing is not found, and a missing root is told apart") {
  Disk disk;
  const auto missing = disk.files.open(disk.at("no/such"), OpenMode::read);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == FaultCode::not_found);
  CHECK(missing.error().system_error == ENOENT);
  CHECK(missing.error().text.find(disk.folder / "no/such") != std::string::npos);
  const SafePath gone = *SafePath::root(disk.folder / "gone");
  for (const auto mode : {OpenMode::read, OpenMode::write, OpenMode::create}) {
    const auto file = disk.files.open(*gone.child("f"), mode);
    REQUIRE_FALSE(file);
    CHECK(file.error().code == FaultCode::root_missing);
  }
  CHECK(disk.files.space(gone).error().code == FaultCode::root_missing);
  CHECK(disk.files.make_folders(*gone.child("sub"), false).error().code == FaultCode::root_missing);
  CHECK(disk.files.make_folders(*gone.child("sub"), true));
  CHECK(disk.files.kind(*gone.child("sub")) == FileKind::folder);
}

TEST_CASE("a symbolic link does not lead out of its root") {
  Disk disk;
  TempFolder outside;
  std::ofstream(outside / "secret") << "secret";
  REQUIRE(symlink(outside.path().c_str(), (disk.folder / "folder").c_str()) == 0);
  REQUIRE(symlink((outside / "secret").c_str(), (disk.folder / "file").c_str()) == 0);
  REQUIRE(symlink("../../../../../../../../etc", (disk.folder / "up").c_str()) == 0);
  REQUIRE(symlink("/proc/self/cwd", (disk.folder / "magic").c_str()) == 0);
  REQUIRE(symlink("loop", (disk.folder / "loop").c_str()) == 0);
  for (const auto* name : {"file", "folder/secret", "up/passwd", "magic/x", "loop"})
    for (const auto mode : {OpenMode::read, OpenMode::write, OpenMode::create}) {
      const auto file = disk.files.open(disk.at(name), mode);
      REQUIRE_FALSE(file);
      CHECK(file.error().code == FaultCode::permission);
    }
  CHECK_FALSE(disk.files.open(disk.at("folder/new"), OpenMode::create));
  CHECK_FALSE(disk.files.make_folders(disk.at("folder/new"), false));
  CHECK_FALSE(disk.files.remove_file(disk.at("folder/secret")));
  CHECK_FALSE(disk.files.save(disk.at("folder/new"), as_bytes("x")));
  CHECK_FALSE(disk.files.list(disk.at("folder")));
  disk.put("mine", "mine");
  CHECK_FALSE(disk.files.rename(disk.at("mine"), disk.at("folder/mine")));
  CHECK_FALSE(disk.files.rename(disk.at("folder/secret"), disk.at("got")));
  CHECK_FALSE(std::filesystem::exists(outside / "new"));
  CHECK(std::filesystem::exists(outside / "secret"));
  // The link itself is ours to see and to remove.
  CHECK(disk.files.kind(disk.at("file")) == FileKind::symlink);
  CHECK(disk.files.remove_file(disk.at("file")));
}

TEST_CASE("a file that is named as a root is read, through links too, but nothing else is") {
  Disk disk;
  disk.put("real", "octets");
  REQUIRE(symlink((disk.folder / "real").c_str(), (disk.folder / "link").c_str()) == 0);
  REQUIRE(symlink((disk.folder / "pipe").c_str(), (disk.folder / "to_pipe").c_str()) == 0);
  REQUIRE(mkfifo((disk.folder / "pipe").c_str(), 0600) == 0);
  const auto load = [&](const std::string& name) {
    return disk.files.load(*SafePath::root(disk.folder / name), 1000);
  };
  CHECK(load("real") == to_buffer("octets"));
  CHECK(load("link") == to_buffer("octets"));
  CHECK(load("missing").error().code == FaultCode::not_found);
  CHECK(load("to_pipe").error().code == FaultCode::unsupported);
  CHECK(load("").error().code == FaultCode::unsupported);
  CHECK(disk.files.load(*SafePath::root(disk.folder / "real"), 3).error().code ==
        FaultCode::too_large);
}

TEST_CASE("a symbolic link within the root is followed") {
  Disk disk;
  disk.put("real/f", "content");
  REQUIRE(symlink("real", (disk.folder / "link").c_str()) == 0);
  CHECK(disk.get("link/f") == "content");
}

TEST_CASE("walking without openat2 follows no link at all") {
  Disk disk;
  disk.put("real/f", "content");
  REQUIRE(symlink("real", (disk.folder / "link").c_str()) == 0);
  REQUIRE(symlink("f", (disk.folder / "real/alias").c_str()) == 0);
  const auto root = open_root(disk.root);
  REQUIRE(root);
  CHECK(open_by_walking(root->get(), "real/f", O_RDONLY));
  CHECK(open_by_walking(root->get(), "", O_PATH));
  CHECK(open_by_walking(root->get(), "real/new", O_RDWR | O_CREAT, 0666));
  CHECK_FALSE(open_by_walking(root->get(), "link/f", O_RDONLY));
  CHECK_FALSE(open_by_walking(root->get(), "real/alias", O_RDONLY));
}

TEST_CASE("a pipe or a folder is no file, and opening it does not hang") {
  Disk disk;
  REQUIRE(mkfifo((disk.folder / "pipe").c_str(), 0666) == 0);
  const auto pipe = disk.files.open(disk.at("pipe"), OpenMode::read);
  REQUIRE_FALSE(pipe);
  CHECK(pipe.error().code == FaultCode::unsupported);
  CHECK(disk.files.kind(disk.at("pipe")) == FileKind::other);
  REQUIRE(disk.files.make_folders(disk.at("folder"), false));
  CHECK_FALSE(disk.files.open(disk.at("folder"), OpenMode::read));
  CHECK_FALSE(disk.files.open(disk.at("folder"), OpenMode::create));
}

TEST_CASE("rename makes folders and overwrites nothing") {
  Disk disk;
  disk.put("a", "a");
  disk.put("b", "b");
  const auto taken = disk.files.rename(disk.at("a"), disk.at("b"));
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == FaultCode::exists);
  CHECK(disk.get("b") == "b");
  REQUIRE(disk.files.rename(disk.at("a"), disk.at("deep/er/c")));
  CHECK(disk.get("deep/er/c") == "a");
  CHECK(disk.files.rename(disk.at("a"), disk.at("d")).error().code == FaultCode::not_found);
  REQUIRE(disk.files.rename(disk.at("deep"), disk.at("moved")));
  CHECK(disk.get("moved/er/c") == "a");
}

TEST_CASE("another file system is unsupported for rename") {
  Disk disk;
  disk.put("a", "a");
  const auto shm = SafePath::root("/dev/shm");
  if (disk.files.device(disk.root) == disk.files.device(*shm)) return;
  const auto other = disk.files.rename(disk.at("a"), *shm->child("seed-uv-test"));
  REQUIRE_FALSE(other);
  CHECK(other.error().code == FaultCode::unsupported);
}

TEST_CASE("removing takes files and empty folders only, and never the root") {
  Disk disk;
  disk.put("d/f", "x");
  CHECK(disk.files.remove_folder(disk.at("d")).error().code == FaultCode::exists);
  CHECK_FALSE(disk.files.remove_file(disk.at("d")));
  CHECK_FALSE(disk.files.remove_folder(disk.at("d/f")));
  REQUIRE(disk.files.remove_file(disk.at("d/f")));
  CHECK(disk.files.remove_file(disk.at("d/f")).error().code == FaultCode::not_found);
  REQUIRE(disk.files.remove_folder(disk.at("d")));
  CHECK_FALSE(disk.files.remove_folder(disk.root));
  CHECK_FALSE(disk.files.remove_file(disk.root));
}

TEST_CASE("a folder is listed in order with kinds") {
  Disk disk;
  disk.put("b", "");
  disk.put("c/x", "");
  REQUIRE(symlink("b", (disk.folder / "a").c_str()) == 0);
  const auto entries = disk.files.list(disk.root);
  REQUIRE(entries);
  REQUIRE(entries->size() == 3);
  CHECK((*entries)[0].name == "a");
  CHECK((*entries)[0].kind == FileKind::symlink);
  CHECK((*entries)[1].kind == FileKind::regular);
  CHECK((*entries)[2].kind == FileKind::folder);
  CHECK(disk.files.sync_folder(disk.root));
}

TEST_CASE("a whole file is saved over the old one and leaves nothing beside it") {
  Disk disk;
  disk.put("f", "one");
  disk.put("f", "two, and longer");
  disk.put("f", "3");
  CHECK(disk.get("f") == "3");
  CHECK(disk.files.list(disk.root)->size() == 1);
  CHECK(disk.files.load(disk.at("f"), 0).error().code == FaultCode::too_large);
  CHECK_FALSE(disk.files.save(disk.root, as_bytes("x")));
}

TEST_CASE("identity, device and space are those of the root") {
  Disk disk;
  CHECK(disk.files.identity(disk.root) == disk.files.identity(disk.root));
  const TempFolder second;
  CHECK(disk.files.identity(disk.root) != disk.files.identity(*SafePath::root(second.path())));
  CHECK(disk.files.device(disk.at("not/yet/there")) == disk.files.device(disk.root));
  const auto space = disk.files.space(disk.at("not/yet/there"));
  REQUIRE(space);
  CHECK(space->total_bytes >= space->free_bytes);
  CHECK(space->total_bytes > 0);
}

TEST_CASE("a full disk is told as such") {
  Disk disk;
  const auto full = SafePath::root("/dev");
  const auto file = disk.files.open(*full->child("full"), OpenMode::write);
  // /dev/full is no regular file, and so it is refused.
  REQUIRE_FALSE(file);
  CHECK(file.error().code == FaultCode::unsupported);
}
