#include "core/uv/store_salvage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "core/uv/sockets.h"

namespace seed::uv {
namespace {

/// Where keys end when the file does not say: more torrents than anybody has had, and more settings
/// than there are.
constexpr std::int64_t torrents_guess = 1 << 20;
constexpr std::int64_t names_guess = 1 << 12;
/// What it says beyond this is damage too.
constexpr std::int64_t key_max = 4 * torrents_guess;
/// Searches that find only damage; beyond, the rest is given up, so that a start ends.
constexpr int failures_max = 20'000;
/// Rows of one commit into the new file.
constexpr std::size_t batch_rows = 1000;
/// SQLite's for new files, and where the header has the number of pages, a u32
/// (https://sqlite.org/fileformat2.html, "The Database Header").
constexpr std::uint64_t page_size = 4096;
constexpr std::ptrdiff_t page_count_at = 28;
constexpr std::array logs{"-wal", "-shm"};

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

constexpr const char* last_key_sql(StoreTable table) {
  switch (table) {
    case StoreTable::torrents:
      return "SELECT max(key) FROM torrents";
    case StoreTable::metainfo:
      return "SELECT max(key) FROM metainfo";
    case StoreTable::progress:
      return "SELECT max(key) FROM progress";
    case StoreTable::settings:
      return "SELECT max(id) FROM settings";
    case StoreTable::meta:
      break;
  }
  return "SELECT max(id) FROM meta";
}

/// The last key of `table`; a guess where the file does not say, for its rows may still be there.
std::int64_t last_key(Database& damaged, StoreTable table) {
  const bool named = table == StoreTable::settings || table == StoreTable::meta;
  if (const auto found = damaged.number(last_key_sql(table)))
    return std::clamp(*found, std::int64_t{0}, key_max);
  if (named) return names_guess;
  const auto given = damaged.number("SELECT max(seq) FROM sqlite_sequence");
  return given && *given > 0 ? std::min(*given, key_max) : torrents_guess;
}

// --- files ---------------------------------------------------------------------------------------

void remove_database(const std::string& path) {
  for (const char* suffix : logs) ::unlink((path + suffix).c_str());
  ::unlink(path.c_str());
}

Result<void> copy_file(const std::string& from, const std::string& to) {
  std::error_code error;
  if (!std::filesystem::exists(from, error)) return {};
  std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing, error);
  if (error)
    return std::unexpected(
        fault_from_errno(error.value(), fmt::format("cannot copy {} to {}", from, to)));
  return {};
}

/// The file as it is, without a word of what SQLite finds wrong with its size or its tables.
std::optional<Database> open_leniently(const std::string& path) {
  auto out = Database::open(path, Database::Missing::fail);
  if (!out) return std::nullopt;
  out->checkpoint_at_close(false);
  // writable_schema: it "ignores corruption in the schema", and reads a file that is shorter than
  // its header says (https://sqlite.org/pragma.html). query_only: nothing is written all the same.
  if (!out->execute("PRAGMA writable_schema = ON; PRAGMA query_only = ON; "
                    "PRAGMA cell_size_check = ON") ||
      !has_store_tables(*out))
    return std::nullopt;
  return *std::move(out);
}

/// The first page of a new state file, for one of `pages`.
Result<std::string> first_page(const std::string& scratch, std::uint64_t pages) {
  {
    SEED_TRY(StoreTables tables, StoreTables::open(scratch));
    tables.trust();
  }
  std::string out(page_size, '\0');
  if (!std::ifstream(scratch, std::ios::binary).read(out.data(), page_size))
    return fail(FaultCode::io, fmt::format("cannot read {}", scratch));
  const Buffer count = ByteWriter().u32(static_cast<std::uint32_t>(pages)).take();
  std::ranges::copy(count, out.begin() + page_count_at);
  return out;
}

/// Makes `graft`: the damaged file with another first page, and its log.
Result<void> make_graft(const std::string& damaged, const std::string& graft) {
  std::error_code error;
  std::uint64_t size = std::filesystem::file_size(damaged, error);
  if (error) size = 0;
  SEED_TRY(const std::string page, first_page(graft, std::max<std::uint64_t>(size / page_size, 1)));
  // Not over the tables of a new file, where there is nothing to copy.
  remove_database(graft);
  SEED_TRY_VOID(copy_file(damaged, graft));
  SEED_TRY_VOID(copy_file(damaged + "-wal", graft + "-wal"));
  const Descriptor file(::open(graft.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file.ok() || ::pwrite(file.get(), page.data(), page.size(), 0) != ssize_t{page_size})
    return std::unexpected(fault_from_errno(errno, fmt::format("cannot write {}", graft)));
  return {};
}

/// Something to read the rows of: the file itself, or else its graft; nothing when there is none.
Result<std::optional<Database>> open_damaged(const std::string& path, const std::string& graft) {
  std::error_code error;
  // SQLite removes the log of a file without octets.
  if (std::filesystem::file_size(path, error) > 0 && !error)
    if (auto opened = open_leniently(path)) return opened;
  SEED_TRY_VOID(make_graft(path, graft));
  return open_leniently(graft);
}

// --- rows ----------------------------------------------------------------------------------------

Result<Salvaged> copy_rows(Database& damaged, StoreTables& fresh) {
  Salvaged out;
  std::vector<io::StoreChange> batch;
  Result<void> written;
  const auto flush = [&] {
    if (written && !batch.empty()) written = fresh.commit(batch);
    batch.clear();
  };
  for (const StoreTable table : store_tables) {
    TableReader reader(damaged, table, [&](io::StoreChange row) {
      ++out.rows[static_cast<std::size_t>(table)];
      batch.push_back(std::move(row));
      if (batch.size() >= batch_rows) flush();
    });
    reader.read({0, last_key(damaged, table)});
    flush();
    if (!written) return std::unexpected(std::move(written).error());
  }
  return out;
}

Result<Salvaged> write_part(const std::string& path, const std::string& graft,
                            const std::string& part) {
  Salvaged out;
  SEED_TRY(std::optional<Database> damaged, open_damaged(path, graft));
  {
    SEED_TRY(StoreTables fresh, StoreTables::open(part));
    if (damaged) {
      SEED_TRY(out, copy_rows(*damaged, fresh));
    }
    fresh.trust();
  }
  // Closed: all of it is in the file, or its log is still there.
  if (::access((part + "-wal").c_str(), F_OK) == 0)
    return fail(FaultCode::io, fmt::format("cannot write {}", part));
  return out;
}

}  // namespace

std::string Salvaged::text() const {
  return fmt::format("{} torrents, {} metainfo, {} progress, {} settings, {} meta", rows[0],
                     rows[1], rows[2], rows[3], rows[4]);
}

Result<void> rename_for_good(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0)
    return std::unexpected(
        fault_from_errno(errno, fmt::format("cannot rename {} to {}", from, to)));
  const std::string folder = std::filesystem::path(to).parent_path();
  const Descriptor opened(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.ok() || ::fsync(opened.get()) != 0)
    return std::unexpected(fault_from_errno(errno, fmt::format("cannot sync {}", folder)));
  return {};
}

Result<std::string> move_damaged_aside(const std::string& path) {
  std::string aside = fmt::format("{}.damaged-{}", path, std::time(nullptr));
  for (int i = 2; ::access(aside.c_str(), F_OK) == 0; ++i)
    aside = fmt::format("{}.damaged-{}-{}", path, std::time(nullptr), i);
  // The log last: if this stops half-way, what is left is no state file, and is moved next time.
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string from = path + suffix;
    if (::access(from.c_str(), F_OK) != 0) continue;
    SEED_TRY_VOID(rename_for_good(from, aside + suffix));
  }
  return aside;
}

Result<Salvaged> salvage(const std::string& path, const std::string& into) {
  const std::string graft = path + ".graft";
  const std::string part = into + ".part";
  remove_database(graft);
  remove_database(part);
  auto out = write_part(path, graft, part);
  remove_database(graft);
  if (!out) {
    remove_database(part);
    return out;
  }
  SEED_TRY_VOID(rename_for_good(part, into));
  return out;
}

}  // namespace seed::uv
