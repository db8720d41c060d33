#include "core/uv/store_salvage.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>

namespace seed::uv {
namespace {

/// Where keys end when the file does not say: more than anybody has had.
constexpr std::int64_t key_guess = 1 << 20;
/// Searches that find only damage; beyond, the rest is given up, so that a start ends.
constexpr int failures_max = 20'000;
/// Rows of one commit into the new file.
constexpr std::size_t batch_rows = 1000;

/// Reads a table in ranges of keys: a range that fails is halved, down to single rows.
class TableReader {
 public:
  TableReader(Database& damaged, StoreTable table, std::function<void(io::StoreChange)> found)
      : damaged_(damaged), table_(table), found_(std::move(found)) {}

  void read(RowRange range) {
    if (range.from > range.to || failures_ >= failures_max) return;
    std::int64_t last = range.from - 1;
    if (read_rows(damaged_, table_, range, found_, last, bad_)) return;
    ++failures_;
    // What was read before the fault stays; the damage is somewhere behind it.
    const RowRange rest{last + 1, range.to};
    if (rest.from >= rest.to) return;
    const std::int64_t middle = rest.from + (rest.to - rest.from) / 2;
    read({rest.from, middle});
    read({middle + 1, rest.to});
  }

 private:
  Database& damaged_;
  StoreTable table_;
  std::function<void(io::StoreChange)> found_;
  std::size_t bad_ = 0;
  int failures_ = 0;
};

std::int64_t last_key(Database& damaged) {
  std::int64_t out = 0;
  for (const char* sql : {"SELECT max(seq) FROM sqlite_sequence", "SELECT max(key) FROM torrents",
                          "SELECT max(key) FROM metainfo", "SELECT max(key) FROM progress",
                          "SELECT max(id) FROM settings", "SELECT max(id) FROM meta"})
    if (const auto found = damaged.number(sql)) out = std::max(out, *found);
  return out > 0 ? std::min(out, 4 * key_guess) : key_guess;
}

}  // namespace

std::string Salvaged::text() const {
  return fmt::format("{} torrents, {} metainfo, {} progress, {} settings, {} meta", rows[0],
                     rows[1], rows[2], rows[3], rows[4]);
}

Result<std::string> move_damaged_aside(const std::string& path) {
  std::string aside = fmt::format("{}.damaged-{}", path, std::time(nullptr));
  for (int i = 2; ::access(aside.c_str(), F_OK) == 0; ++i)
    aside = fmt::format("{}.damaged-{}-{}", path, std::time(nullptr), i);
  // The log first: if this stops half-way, the file left behind must not meet another's log.
  for (const char* suffix : {"-wal", "-shm", ""}) {
    const std::string from = path + suffix;
    if (std::rename(from.c_str(), (aside + suffix).c_str()) != 0 && errno != ENOENT)
      return std::unexpected(fault_from_errno(errno, fmt::format("cannot move {} aside", from)));
  }
  return aside;
}

Result<Salvaged> salvage(const std::string& damaged, StoreTables& fresh) {
  Salvaged out;
  auto old = Database::open(damaged, Database::Missing::fail);
  // Without its first page, which names the tables, nothing can be found.
  if (!old || !old->number("SELECT count(*) FROM sqlite_schema")) return out;
  static_cast<void>(old->execute("PRAGMA cell_size_check = ON"));
  const RowRange all{0, last_key(*old)};
  std::vector<io::StoreChange> batch;
  Result<void> written;
  const auto flush = [&] {
    if (written && !batch.empty()) written = fresh.commit(batch);
    batch.clear();
  };
  for (const StoreTable table : store_tables) {
    TableReader reader(*old, table, [&](io::StoreChange row) {
      ++out.rows[static_cast<std::size_t>(table)];
      batch.push_back(std::move(row));
      if (batch.size() >= batch_rows) flush();
    });
    reader.read(all);
    flush();
  }
  if (!written) return std::unexpected(std::move(written).error());
  return out;
}

}  // namespace seed::uv
