#include "core/uv/store_sqlite.h"

#include <fcntl.h>
#include <sys/resource.h>
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

std::string octets_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string noise_of(std::size_t size) {
  Rng rng(7);
  std::string out(size, '\0');
  for (auto& octet : out) octet = static_cast<char>(rng.below(256));
  return out;
}

/// The files kept aside, without their logs.
std::vector<std::string> kept_in(const TempFolder& folder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("state.db.damaged-") && !name.ends_with("-wal") && !name.ends_with("-shm"))
      out.push_back(entry.path().string());
  }
  return out;
}

constexpr io::StoreKey few = 30;
constexpr std::size_t few_size = 400;

/// A state file of thirty torrents, closed.
std::string make_few(const TempFolder& folder) {
  std::string path = folder / "state.db";
  StoreSqlite store(path);
  REQUIRE(store.load());
  fill(store, few, few_size);
  return path;
}

/// Every row that was written is there, and the next start finds nothing wrong.
void check_few(StoreSqlite& store, const io::StoreContent& content) {
  INFO(content.damage);
  REQUIRE(content.torrents.size() == few);
  for (const auto& torrent : content.torrents) {
    CHECK(to_string(torrent.record) == record_of(torrent.key, few_size));
    CHECK(torrent.hashes.v1 == sha1(as_bytes(std::to_string(torrent.key))));
    CHECK(*store.metainfo(torrent.key) == to_buffer(record_of(torrent.key, 6 * few_size)));
    CHECK(*store.progress(torrent.key) == to_buffer(record_of(torrent.key, few_size / 4)));
  }
  CHECK(content.settings.size() == 1);
  CHECK(content.meta.size() == 1);
  CHECK(content.next_key == few + 1);
  CHECK(store.load()->damage.empty());
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

TEST_CASE("of a file that was cut off all is kept but what was cut") {
  const TempFolder folder;
  const std::string path = make_few(folder);
  const auto size = std::filesystem::file_size(path);
  std::size_t least = few - 4;
  SECTION("by its last page") { std::filesystem::resize_file(path, size - 4096); }
  SECTION("within its last page") { std::filesystem::resize_file(path, size - 1000); }
  SECTION("by half") {
    std::filesystem::resize_file(path, size / 8192 * 4096);
    least = few / 3;
  }
  const std::string damaged = octets_of(path);
  StoreSqlite store(path);
  const auto content = store.load();
  REQUIRE(content);
  INFO(content->damage);
  CHECK(content->damage.find(".damaged-") != std::string::npos);
  CHECK(content->torrents.size() >= least);
  for (const auto& torrent : content->torrents)
    CHECK(to_string(torrent.record) == record_of(torrent.key, few_size));
  REQUIRE(kept_in(folder).size() == 1);
  CHECK(octets_of(kept_in(folder)[0]) == damaged);
}

TEST_CASE("a state file whose beginning is lost gives all its torrents") {
  const TempFolder folder;
  const std::string path = make_few(folder);
  SECTION("the header") { overwrite(path, 0, std::string(100, '\0')); }
  SECTION("the first page") { overwrite(path, 0, noise_of(4096)); }
  SECTION("what follows the header") { overwrite(path, 100, std::string(3996, '\0')); }
  SECTION("the name of a table") {
    overwrite(path, octets_of(path).find("CREATE TABLE metainfo") + 13, "MM");
  }
  SECTION("the application") { overwrite(path, 68, "\xde\xad\xbe\xef"); }
  SECTION("the schema's number") { overwrite(path, 60, "\x7f\xff\xff\xff"); }
  SECTION("both") { overwrite(path, 60, noise_of(12)); }
  const std::string damaged = octets_of(path);
  StoreSqlite store(path);
  const auto content = store.load();
  REQUIRE(content);
  CHECK(content->damage.find(".damaged-") != std::string::npos);
  check_few(store, *content);
  REQUIRE(kept_in(folder).size() == 1);
  CHECK(octets_of(kept_in(folder)[0]) == damaged);
  CHECK_FALSE(std::filesystem::exists(path + ".new"));
}

TEST_CASE("a state file of no octets is told") {
  const TempFolder folder;
  const std::string path = make_few(folder);
  std::filesystem::resize_file(path, 0);
  StoreSqlite store(path);
  const auto content = store.load();
  REQUIRE(content);
  CHECK(content->damage.find("no octets") != std::string::npos);
  CHECK(content->torrents.empty());
  CHECK(kept_in(folder).size() == 1);
  CHECK(store.load()->damage.empty());
}

TEST_CASE("what only the log has is salvaged too, and the log is kept") {
  const TempFolder other;
  const TempFolder folder;
  const std::string path = folder / "state.db";
  {
    StoreSqlite store(other / "state.db");
    REQUIRE(store.load());
    fill(store, few, few_size);
    // As a kill leaves it: nothing has gone from the log into the file yet.
    for (const char* suffix : {"", "-wal"})
      std::filesystem::copy_file(other / "state.db" + suffix, path + suffix);
  }
  const std::string log = octets_of(path + "-wal");
  REQUIRE(log.size() > 100'000);
  SECTION("the file has no octets") { std::filesystem::resize_file(path, 0); }
  SECTION("the file is not there") { std::filesystem::remove(path); }
  StoreSqlite store(path);
  const auto content = store.load();
  REQUIRE(content);
  CHECK_FALSE(content->damage.empty());
  check_few(store, *content);
  std::size_t logs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("state.db.damaged-") || !name.ends_with("-wal")) continue;
    ++logs;
    CHECK(octets_of(entry.path().string()) == log);
  }
  CHECK(logs == 1);
}

TEST_CASE("a salvage that was cut off is not taken for whole") {
  const TempFolder folder;
  const std::string path = make_few(folder);
  const bool header = GENERATE(true, false);
  if (header)
    overwrite(path, 68, "\xde\xad\xbe\xef");  // read in its place
  else
    overwrite(path, 0, noise_of(4096));  // read in a copy
  const std::string damaged = octets_of(path);
  // A process may write files up to this size; then it is killed by SIGXFSZ, or sees an error.
  const bool killed = GENERATE(true, false);
  for (const rlim_t octets : {1'000, 5'000, 20'000, 40'000, 80'000, 100'000, 120'000}) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const rlimit core{0, 0};
      setrlimit(RLIMIT_CORE, &core);
      const rlimit limit{octets, octets};
      setrlimit(RLIMIT_FSIZE, &limit);
      signal(SIGXFSZ, killed ? SIG_DFL : SIG_IGN);
      StoreSqlite store(path);
      _exit(store.load() ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    INFO(octets);
    CHECK(killed == WIFSIGNALED(status));
    if (!killed) CHECK(WEXITSTATUS(status) == 1);
    CHECK(octets_of(path) == damaged);
  }
  StoreSqlite store(path);
  const auto content = store.load();
  REQUIRE(content);
  CHECK_FALSE(content->damage.empty());
  check_few(store, *content);
  REQUIRE(kept_in(folder).size() == 1);
  CHECK(octets_of(kept_in(folder)[0]) == damaged);
  // Nothing else is left behind.
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    files += entry.path().filename().string().starts_with("state.db.damaged-") ? 0 : 1;
  CHECK(files <= 3);
}

TEST_CASE("a salvage that was whole when the process was killed is finished and told") {
  const TempFolder folder;
  const std::string path = make_few(folder);
  std::filesystem::rename(path, path + ".new");
  const bool moved_aside = GENERATE(true, false);
  if (!moved_aside) std::ofstream(path) << "damaged";
  std::ofstream(path + "-wal") << "the log of the damaged one";
  StoreSqlite store(path);
  const auto content = store.load();
  REQUIRE(content);
  CHECK_FALSE(content->damage.empty());
  check_few(store, *content);
  CHECK(kept_in(folder).size() == (moved_aside ? 0 : 1));
}

TEST_CASE("a key whose torrent was lost is not given again while something of it is left") {
  const TempFolder folder;
  const std::string path = folder / "state.db";
  {
    StoreSqlite store(path);
    REQUIRE(store.load());
    REQUIRE(store.commit({change(Kind::put_torrent, 1, "", "the first record"),
                          change(Kind::put_torrent, 2, "", "the second record"),
                          change(Kind::put_progress, 2, "", "all pieces of the second")}));
  }
  overwrite(path, octets_of(path).find("the second record"), "THE");
  StoreSqlite store(path);
  const auto content = store.load();
  REQUIRE(content);
  CHECK(content->torrents.size() == 1);
  CHECK(content->next_key == 3);
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
    REQUIRE(database->execute("CREATE TABLE labels (a); PRAGMA user_version = 7"));
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
