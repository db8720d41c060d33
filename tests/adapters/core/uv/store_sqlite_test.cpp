#include "core/uv/store_sqlite.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>

#include "core/base/rng.h"
#include "core/uv/sqlite.h"
#include "core/uv/state_lock.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;
using Kind = io::StoreChange::Kind;

namespace {

io::StoreChange change(Kind kind, io::StoreKey key, std::string_view name, std::string_view value) {
  io::StoreChange out;
  out.kind = kind;
  out.key = key;
  out.name = name;
  out.value = to_buffer(value);
  if (kind == Kind::put_torrent) out.hashes.v1 = sha1(as_bytes(std::to_string(key)));
  return out;
}

std::string record_of(io::StoreKey key, std::size_t size) {
  std::string out(size, static_cast<char>('a' + key % 26));
  return std::to_string(key) + ":" + out;
}

/// `count` torrents with records, metainfo and progress.
void fill(io::Store& store, io::StoreKey count, std::size_t size) {
  std::vector<io::StoreChange> all;
  for (io::StoreKey key = 1; key <= count; ++key) {
    all.push_back(change(Kind::put_torrent, key, "", record_of(key, size)));
    all.push_back(change(Kind::put_metainfo, key, "", record_of(key, 6 * size)));
    all.push_back(change(Kind::put_progress, key, "", record_of(key, size / 4)));
  }
  all.push_back(change(Kind::put_setting, 0, "speed", "100"));
  all.push_back(change(Kind::put_meta, 0, "totals", "1 2 3"));
  REQUIRE(store.commit(all));
}

void overwrite(const std::string& path, std::size_t offset, std::string_view octets) {
  const int file = open(path.c_str(), O_WRONLY);
  REQUIRE(file >= 0);
  REQUIRE(pwrite(file, octets.data(), octets.size(), static_cast<off_t>(offset)) ==
          static_cast<ssize_t>(octets.size()));
  close(file);
}

}  // namespace

TEST_CASE("what is committed is there after opening again") {
  const TempFolder folder;
  const std::string path = folder / "state.db";
  {
    StoreSqlite store(path);
    CHECK(store.commit({}).error().code == FaultCode::io);
    const auto empty = store.load();
    REQUIRE(empty);
    CHECK(empty->torrents.empty());
    CHECK(empty->next_key == 1);
    CHECK(empty->damage.empty());
    auto hybrid = change(Kind::put_torrent, 2, "", "");
    hybrid.hashes.v2 = sha256(as_bytes("x"));
    auto second = change(Kind::put_torrent, 1, "", "r1");
    second.hashes = {std::nullopt, sha256(as_bytes("y"))};
    REQUIRE(store.commit(
        {hybrid, second, change(Kind::put_setting, 0, "a", "1"),
         change(Kind::put_setting, 0, "a", "2"), change(Kind::put_setting, 0, "b", "3"),
         change(Kind::remove_setting, 0, "b", ""),
         change(Kind::put_meta, 0, "m", std::string("\0x", 2)),
         change(Kind::put_metainfo, 1, "", "info"), change(Kind::put_progress, 1, "", "")}));
  }
  StoreSqlite store(path);
  const auto content = store.load();
  REQUIRE(content);
  REQUIRE(content->torrents.size() == 2);
  CHECK(content->torrents[0].key == 1);
  CHECK_FALSE(content->torrents[0].hashes.v1);
  CHECK(content->torrents[0].hashes.v2 == sha256(as_bytes("y")));
  CHECK(to_string(content->torrents[0].record) == "r1");
  CHECK(content->torrents[1].hashes.v1 == sha1(as_bytes("2")));
  CHECK(content->torrents[1].record.empty());
  CHECK(content->next_key == 3);
  REQUIRE(content->settings.size() == 1);
  CHECK(content->settings[0] == std::pair<std::string, std::string>("a", "2"));
  REQUIRE(content->meta.size() == 1);
  CHECK(content->meta[0].second == to_buffer(std::string_view("\0x", 2)));
  CHECK(*store.metainfo(1) == std::optional(to_buffer("info")));
  CHECK(*store.progress(1) == std::optional(Buffer{}));
  CHECK(*store.metainfo(2) == std::optional<Buffer>());
}

TEST_CASE("nobody else may read the state") {
  const TempFolder folder;
  const std::string path = folder.path() + "/state.db";
  const auto mode_of = [](const std::string& file) {
    struct stat status{};
    REQUIRE(stat(file.c_str(), &status) == 0);
    return status.st_mode & 0777;
  };
  {
    StoreSqlite store(path);
    REQUIRE(store.load());
    fill(store, 3, 100);
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path + "-wal") == 0600);
  }
  REQUIRE(chmod(path.c_str(), 0644) == 0);
  StoreSqlite store(path);
  REQUIRE(store.load());
  CHECK(mode_of(path) == 0600);
}

TEST_CASE("a key is not given again after the newest torrent was removed") {
  const TempFolder folder;
  StoreSqlite store(folder / "state.db");
  REQUIRE(store.load());
  fill(store, 3, 10);
  REQUIRE(store.commit({change(Kind::remove_torrent, 3, "", "")}));
  CHECK(*store.metainfo(3) == std::optional<Buffer>());
  CHECK(*store.progress(3) == std::optional<Buffer>());
  const auto content = store.load();
  CHECK(content->torrents.size() == 2);
  CHECK(content->next_key == 4);
}

TEST_CASE("ten thousand torrents load quickly") {
  const TempFolder folder;
  const std::string path = folder / "state.db";
  {
    StoreSqlite store(path);
    REQUIRE(store.load());
    std::vector<io::StoreChange> all;
    for (io::StoreKey key = 1; key <= 10'000; ++key)
      all.push_back(change(Kind::put_torrent, key, "", record_of(key, 1024)));
    REQUIRE(store.commit(all));
  }
  StoreSqlite store(path);
  const auto began = std::chrono::steady_clock::now();
  const auto content = store.load();
  const auto took = std::chrono::steady_clock::now() - began;
  REQUIRE(content);
  CHECK(content->torrents.size() == 10'000);
  WARN(fmt::format("10,000 torrents: {} ms",
                   std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
}

TEST_CASE("a process killed in the middle of commits loses none that returned, and none by half") {
  const TempFolder folder;
  const std::string path = folder / "state.db";
  for (int round = 0; round < 5; ++round) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      StoreSqlite store(path);
      auto content = store.load();
      if (!content) _exit(1);
      for (io::StoreKey key = content->next_key;; key += 2) {
        // Two torrents in one commit: both are there or none.
        if (!store.commit({change(Kind::put_torrent, key, "", record_of(key, 3000)),
                           change(Kind::put_metainfo, key, "", record_of(key, 30'000)),
                           change(Kind::put_torrent, key + 1, "", record_of(key + 1, 3000))}))
          _exit(2);
        if (write(ends[1], &key, sizeof key) != sizeof key) _exit(3);
      }
    }
    close(ends[1]);
    io::StoreKey last = 0;
    for (int i = 0; i < 5 + round * 3; ++i) REQUIRE(read(ends[0], &last, sizeof last) > 0);
    kill(child, SIGKILL);
    while (read(ends[0], &last, sizeof last) > 0) {
    }
    close(ends[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    StoreSqlite store(path);
    const auto content = store.load();
    REQUIRE(content);
    CHECK(content->damage.empty());
    CHECK(content->torrents.size() % 2 == 0);
    REQUIRE_FALSE(content->torrents.empty());
    CHECK(content->torrents.back().key >= last + 1);
    CHECK(static_cast<std::size_t>(content->next_key) == content->torrents.size() + 1);
    for (const auto& torrent : content->torrents)
      CHECK(to_string(torrent.record) == record_of(torrent.key, 3000));
  }
}

TEST_CASE("of a damaged file what can be read is kept") {
  const TempFolder folder;
  const std::string path = folder / "state.db";
  constexpr io::StoreKey count = 500;
  {
    StoreSqlite store(path);
    REQUIRE(store.load());
    fill(store, count, 1000);
  }
  const auto size = std::filesystem::file_size(path);
  // Seven pages in the middle, among them some of torrents.
  Rng rng(7);
  for (int i = 0; i < 7; ++i) {
    std::string noise(4096, '\0');
    for (auto& octet : noise) octet = static_cast<char>(rng.below(256));
    overwrite(path, 4096 * (8 + rng.below(size / 4096 - 9)), noise);
  }
  overwrite(path, 4096 * 9, std::string(4096, 'x'));
  std::ofstream(path + "-wal") << "x";  // as after an unclean end: not closed
  StoreSqlite store(path);
  const auto content = store.load();
  REQUIRE(content);
  INFO(content->damage);
  CHECK(content->damage.find(".damaged-") != std::string::npos);
  CHECK(content->torrents.size() >= count / 2);
  for (const auto& torrent : content->torrents) {
    CHECK(to_string(torrent.record) == record_of(torrent.key, 1000));
    CHECK(torrent.hashes.v1 == sha1(as_bytes(std::to_string(torrent.key))));
    const auto info = store.metainfo(torrent.key);
    REQUIRE(info);
    if (*info) CHECK(to_string(**info) == record_of(torrent.key, 6000));
  }
  // The new file is whole, and the old one is kept.
  CHECK(store.load()->damage.empty());
  std::size_t kept = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    if (entry.path().filename().string().starts_with("state.db.damaged-")) ++kept;
  CHECK(kept >= 1);
}

TEST_CASE("a damaged value is found though the pages are whole") {
  const TempFolder folder;
  const std::string path = folder / "state.db";
  {
    StoreSqlite store(path);
    REQUIRE(store.load());
    REQUIRE(store.commit({change(Kind::put_torrent, 1, "", "the first record"),
                          change(Kind::put_torrent, 2, "", "the second record"),
                          change(Kind::put_metainfo, 1, "", "the metainfo")}));
  }
  std::ifstream in(path, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  SECTION("of a torrent: it is left out") {
    overwrite(path, whole.find("the first record"), "THE");
    StoreSqlite store(path);
    const auto content = store.load();
    REQUIRE(content);
    CHECK_FALSE(content->damage.empty());
    REQUIRE(content->torrents.size() == 1);
    CHECK(content->torrents[0].key == 2);
    CHECK(content->next_key == 3);
  }
  SECTION("of a metainfo: reading it is a fault") {
    overwrite(path, whole.find("the metainfo"), "THE");
    StoreSqlite store(path);
    CHECK(store.load()->damage.empty());
    CHECK(store.metainfo(1).error().code == FaultCode::malformed);
  }
}

TEST_CASE("a file that is no database at all is kept aside") {
  const TempFolder folder;
  const std::string path = folder / "state.db";
  std::ofstream(path) << std::string(10'000, 'z');
  StoreSqlite store(path);
  const auto content = store.load();
  REQUIRE(content);
  CHECK_FALSE(content->damage.empty());
  CHECK(content->torrents.empty());
  fill(store, 1, 10);
  CHECK(store.load()->torrents.size() == 1);
}

TEST_CASE("the state of a newer seedd, or of something else, is refused and left alone") {
  const TempFolder folder;
  const std::string path = folder / "state.db";
  {
    StoreSqlite store(path);
    REQUIRE(store.load());
    fill(store, 1, 10);
  }
  {
    auto database = Database::open(path, Database::Missing::fail);
    REQUIRE(database);
    REQUIRE(database->execute("PRAGMA user_version = 7"));
  }
  {
    StoreSqlite store(path);
    const auto newer = store.load();
    REQUIRE_FALSE(newer);
    CHECK(newer.error().code == FaultCode::unsupported);
    CHECK(newer.error().text.find("schema 7") != std::string::npos);
  }
  const std::string other = folder / "other.db";
  {
    auto database = Database::open(other, Database::Missing::create);
    REQUIRE(database->execute("CREATE TABLE t (a)"));
  }
  StoreSqlite store(other);
  CHECK(store.load().error().code == FaultCode::unsupported);
}

TEST_CASE("a state folder that is not there is a fault") {
  StoreSqlite store("/nonexistent/folder/state.db");
  const auto content = store.load();
  REQUIRE_FALSE(content);
  CHECK(content.error().text.find("/nonexistent/folder/state.db") != std::string::npos);
}

TEST_CASE("one process has the state folder, and the next hears who") {
  const TempFolder folder;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto lock = StateLock::take(folder.path());
    const char answer = lock ? 'y' : 'n';
    if (write(ends[1], &answer, 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char answer = 0;
  REQUIRE(read(ends[0], &answer, 1) == 1);
  CHECK(answer == 'y');
  const auto second = StateLock::take(folder.path());
  REQUIRE_FALSE(second);
  CHECK(second.error().code == FaultCode::exists);
  CHECK(second.error().text.find(std::to_string(child)) != std::string::npos);
  kill(child, SIGKILL);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(StateLock::take(folder.path()));
  CHECK_FALSE(StateLock::take("/nonexistent"));
  close(ends[0]);
  close(ends[1]);
}
