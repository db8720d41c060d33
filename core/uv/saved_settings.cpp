#include "core/uv/saved_settings.h"

#include <unistd.h>

#include <cerrno>
#include <limits>

#include "core/uv/sockets.h"
#include "core/uv/sqlite.h"
#include "core/uv/store_tables.h"

namespace seed::uv {
namespace {

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// With its log, as the daemon that runs, or was killed, has left it. Without one the file is all
/// there is, and is opened in a way that makes none: it would tell the next start of a crash.
Result<Database> open_beside_daemon(const std::string& path) {
  if (!is_there(path + "-wal")) return Database::open_unchanging(path);
  SEED_TRY(auto database, Database::open(path, Database::Missing::fail));
  database.checkpoint_at_close(false);
  return database;
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> read_saved_settings(
    const std::string& path) {
  std::vector<std::pair<std::string, std::string>> out;
  if (!is_there(path)) {
    if (errno == ENOENT) return out;
    return std::unexpected(fault_from_errno(errno, "cannot read " + path));
  }
  SEED_TRY(auto database, open_beside_daemon(path));
  if (!has_store_tables(database))
    return fail(FaultCode::unsupported, path + " is not a state file of this seedd");
  std::int64_t last = 0;
  std::size_t bad = 0;
  SEED_TRY_VOID(read_rows(
      database, StoreTable::settings, {0, std::numeric_limits<std::int64_t>::max()},
      [&](io::StoreChange row) { out.emplace_back(std::move(row.name), to_string(row.value)); },
      last, bad));
  return out;
}

}  // namespace seed::uv
