#include "core/uv/store_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace seed::uv {
namespace {

using Kind = io::StoreChange::Kind;

// synchronous=FULL with a write-ahead log: the log is synced at each commit, so a commit that has
// returned survives a power cut (https://sqlite.org/wal.html, "Performance Considerations").
constexpr const char* settings_sql = R"(
  PRAGMA cell_size_check = ON;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA journal_size_limit = 16777216;
)";

// AUTOINCREMENT: a key is never given again, not even after the newest torrent was removed.
constexpr const char* schema_sql = R"(
  BEGIN IMMEDIATE;
  CREATE TABLE torrents (key INTEGER PRIMARY KEY AUTOINCREMENT, v1 BLOB, v2 BLOB,
                         record BLOB NOT NULL, crc INTEGER NOT NULL);
  CREATE TABLE metainfo (key INTEGER PRIMARY KEY, content BLOB NOT NULL, crc INTEGER NOT NULL);
  CREATE TABLE progress (key INTEGER PRIMARY KEY, content BLOB NOT NULL, crc INTEGER NOT NULL);
  CREATE TABLE settings (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, value BLOB NOT NULL,
                         crc INTEGER NOT NULL);
  CREATE TABLE meta (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, value BLOB NOT NULL,
                     crc INTEGER NOT NULL);
  PRAGMA application_id = 1936024932;
  PRAGMA user_version = 1;
  COMMIT;
)";
static_assert(store_application_id == 1936024932 && store_schema == 1);

// The tables of schema_sql and their columns, as columns_sql tells them.
constexpr const char* columns_sql = R"(
  SELECT group_concat(name) FROM (
    SELECT tables.name || '.' || columns.name AS name
    FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite#_%' ESCAPE '#'
    ORDER BY tables.name, columns.cid)
)";
constexpr std::string_view store_columns =
    "meta.id,meta.name,meta.value,meta.crc,metainfo.key,metainfo.content,metainfo.crc,"
    "progress.key,progress.content,progress.crc,settings.id,settings.name,settings.value,"
    "settings.crc,torrents.key,torrents.v1,torrents.v2,torrents.record,torrents.crc";

constexpr const char* select_rows_sql(StoreTable table) {
  switch (table) {
    case StoreTable::torrents:
      return "SELECT key, crc, record, v1, v2 FROM torrents WHERE key BETWEEN ? AND ? ORDER BY key";
    case StoreTable::metainfo:
      return "SELECT key, crc, content FROM metainfo WHERE key BETWEEN ? AND ? ORDER BY key";
    case StoreTable::progress:
      return "SELECT key, crc, content FROM progress WHERE key BETWEEN ? AND ? ORDER BY key";
    case StoreTable::settings:
      return "SELECT id, crc, value, name FROM settings WHERE id BETWEEN ? AND ? ORDER BY id";
    case StoreTable::meta:
      break;
  }
  return "SELECT id, crc, value, name FROM meta WHERE id BETWEEN ? AND ? ORDER BY id";
}

constexpr Kind put_kind(StoreTable table) {
  switch (table) {
    case StoreTable::torrents:
      return Kind::put_torrent;
    case StoreTable::metainfo:
      return Kind::put_metainfo;
    case StoreTable::progress:
      return Kind::put_progress;
    case StoreTable::settings:
      return Kind::put_setting;
    case StoreTable::meta:
      break;
  }
  return Kind::put_meta;
}

/// What a row's check covers: the two names or hashes around the value, and the value.
std::int64_t check_of(Bytes first, Bytes second, Bytes value) {
  const Buffer sums = ByteWriter().u32(crc32c(first)).u32(crc32c(second)).u32(crc32c(value)).take();
  return crc32c(sums);
}

/// The row that a select_rows_sql statement stands on; nothing when its content is damaged.
std::optional<io::StoreChange> row_of(const Statement& row, StoreTable table) {
  io::StoreChange out;
  out.kind = put_kind(table);
  out.key = row.number(0);
  out.value = to_buffer(row.blob(2));
  Bytes first;
  Bytes second;
  if (table == StoreTable::torrents) {
    first = row.blob(3);
    second = row.blob(4);
    out.hashes = {Sha1::from(first), Sha256::from(second)};
  } else if (table == StoreTable::settings || table == StoreTable::meta) {
    first = row.blob(3);
    out.name = to_string(first);
  }
  if (check_of(first, second, out.value) != row.number(1)) return std::nullopt;
  return out;
}

}  // namespace

Result<StoreTables> StoreTables::open(const std::string& path) {
  StoreTables out;
  SEED_TRY(out.database_, Database::open(path, Database::Missing::create));
  out.database_.checkpoint_at_close(false);
  SEED_TRY_VOID(out.database_.execute(settings_sql));
  SEED_TRY_VOID(out.identify(path));
  SEED_TRY_VOID(out.prepare());
  return out;
}

Result<void> StoreTables::identify(const std::string& path) {
  SEED_TRY(const auto schema, database_.number("PRAGMA user_version"));
  SEED_TRY(const auto application, database_.number("PRAGMA application_id"));
  SEED_TRY(const auto tables, database_.number("SELECT count(*) FROM sqlite_schema"));
  if (tables == 0 && schema == 0 && application == 0) return database_.execute(schema_sql);
  const bool ours = has_store_tables(database_);
  if (ours && schema == store_schema && application == store_application_id) return {};
  if (ours)
    return fail(FaultCode::malformed,
                fmt::format("its header says application {:x} and schema {}, its tables do not",
                            application, schema));
  if (application != store_application_id)
    return fail(FaultCode::unsupported, fmt::format("{} is not a state file of seedd", path));
  if (schema > store_schema)
    return fail(FaultCode::unsupported,
                fmt::format("{} was written by a newer seedd (schema {}, this one knows {}): "
                            "use that one, or another state directory",
                            path, schema, store_schema));
  return fail(FaultCode::malformed, "its tables are not those of a state file");
}

Result<void> StoreTables::prepare() {
  struct Prepared {
    Statement& statement;
    const char* sql;
  };
  const std::array all{
      Prepared{put_torrent_,
               "INSERT INTO torrents (key, v1, v2, record, crc) VALUES (?, ?, ?, ?, ?) "
               "ON CONFLICT (key) DO UPDATE SET v1 = excluded.v1, v2 = excluded.v2, "
               "record = excluded.record, crc = excluded.crc"},
      Prepared{put_metainfo_,
               "INSERT INTO metainfo (key, content, crc) VALUES (?, ?, ?) "
               "ON CONFLICT (key) DO UPDATE SET content = excluded.content, crc = excluded.crc"},
      Prepared{put_progress_,
               "INSERT INTO progress (key, content, crc) VALUES (?, ?, ?) "
               "ON CONFLICT (key) DO UPDATE SET content = excluded.content, crc = excluded.crc"},
      Prepared{put_setting_,
               "INSERT INTO settings (name, value, crc) VALUES (?, ?, ?) "
               "ON CONFLICT (name) DO UPDATE SET value = excluded.value, crc = excluded.crc"},
      Prepared{put_meta_,
               "INSERT INTO meta (name, value, crc) VALUES (?, ?, ?) "
               "ON CONFLICT (name) DO UPDATE SET value = excluded.value, crc = excluded.crc"},
      Prepared{remove_torrent_[0], "DELETE FROM torrents WHERE key = ?"},
      Prepared{remove_torrent_[1], "DELETE FROM metainfo WHERE key = ?"},
      Prepared{remove_torrent_[2], "DELETE FROM progress WHERE key = ?"},
      Prepared{remove_setting_, "DELETE FROM settings WHERE name = ?"},
      Prepared{get_metainfo_, "SELECT key, crc, content FROM metainfo WHERE key = ?"},
      Prepared{get_progress_, "SELECT key, crc, content FROM progress WHERE key = ?"},
  };
  for (const auto& each : all) {
    SEED_TRY(each.statement, database_.prepare(each.sql));
  }
  return {};
}

Result<void> StoreTables::check() {
  SEED_TRY(Statement statement, database_.prepare("PRAGMA quick_check(1)"));
  SEED_TRY(const bool row, statement.step());
  const std::string found = row ? statement.text(0) : "no answer";
  if (found != "ok") return fail(FaultCode::malformed, found);
  return {};
}

bool has_store_tables(Database& database) {
  auto statement = database.prepare(columns_sql);
  if (!statement) return false;
  const auto row = statement->step();
  return row && *row && statement->text(0) == store_columns;
}

Result<void> read_rows(Database& database, StoreTable table, RowRange range,
                       const std::function<void(io::StoreChange)>& found, std::int64_t& last,
                       std::size_t& bad) {
  SEED_TRY(Statement rows, database.prepare(select_rows_sql(table)));
  rows.bind(0, range.from).bind(1, range.to);
  while (true) {
    SEED_TRY(const bool more, rows.step());
    if (!more) return {};
    last = rows.number(0);
    if (auto row = row_of(rows, table))
      found(*std::move(row));
    else
      ++bad;
  }
}

Result<io::StoreContent> StoreTables::read_all() {
  io::StoreContent out;
  std::size_t bad = 0;
  std::int64_t last = 0;
  const RowRange all{0, std::numeric_limits<std::int64_t>::max()};
  SEED_TRY_VOID(read_rows(
      database_, StoreTable::torrents, all,
      [&](io::StoreChange row) {
        out.torrents.push_back({row.key, row.hashes, std::move(row.value)});
      },
      last, bad));
  SEED_TRY_VOID(read_rows(
      database_, StoreTable::settings, all,
      [&](io::StoreChange row) {
        out.settings.emplace_back(std::move(row.name), to_string(row.value));
      },
      last, bad));
  SEED_TRY_VOID(read_rows(
      database_, StoreTable::meta, all,
      [&](io::StoreChange row) {
        out.meta.emplace_back(std::move(row.name), std::move(row.value));
      },
      last, bad));
  if (bad > 0)
    return fail(FaultCode::malformed, fmt::format("{} rows are not as they were written", bad));
  // Metainfo and progress may be what a damage left of a torrent: its key is not free.
  SEED_TRY(const auto used, database_.number(R"(
    SELECT max(seq) FROM (
      SELECT seq FROM sqlite_sequence WHERE name = 'torrents'
      UNION ALL SELECT max(key) FROM metainfo UNION ALL SELECT max(key) FROM progress)
  )"));
  out.next_key = used + 1;
  return out;
}

Result<std::optional<Buffer>> StoreTables::value(StoreTable table, io::StoreKey key) {
  Statement& statement = table == StoreTable::metainfo ? get_metainfo_ : get_progress_;
  SEED_TRY(const bool found, statement.bind(0, key).step());
  if (!found) return std::nullopt;
  auto row = row_of(statement, table);
  statement.reset();
  if (!row)
    return fail(FaultCode::malformed, fmt::format("the state of torrent {} is damaged", key));
  return std::move(row->value);
}

Result<void> StoreTables::commit(const std::vector<io::StoreChange>& changes) {
  SEED_TRY_VOID(database_.execute("BEGIN IMMEDIATE"));
  Result<void> done;
  for (const auto& change : changes) {
    done = apply(change);
    if (!done) break;
  }
  if (done) done = database_.execute("COMMIT");
  // SQLite may have rolled back by itself; then there is nothing to roll back, and that is fine.
  if (!done) static_cast<void>(database_.execute("ROLLBACK"));
  return done;
}

Result<void> StoreTables::apply(const io::StoreChange& change) {
  const Bytes value = change.value;
  switch (change.kind) {
    case Kind::put_torrent: {
      const Bytes v1 = change.hashes.v1 ? change.hashes.v1->bytes() : Bytes{};
      const Bytes v2 = change.hashes.v2 ? change.hashes.v2->bytes() : Bytes{};
      put_torrent_.bind(0, change.key).bind(3, value).bind(4, check_of(v1, v2, value));
      change.hashes.v1 ? put_torrent_.bind(1, v1) : put_torrent_.bind_null(1);
      change.hashes.v2 ? put_torrent_.bind(2, v2) : put_torrent_.bind_null(2);
      return put_torrent_.run();
    }
    case Kind::put_metainfo:
      return put_row(put_metainfo_, change.key, value);
    case Kind::put_progress:
      return put_row(put_progress_, change.key, value);
    case Kind::remove_torrent:
      for (auto& statement : remove_torrent_) SEED_TRY_VOID(statement.bind(0, change.key).run());
      return {};
    case Kind::put_setting:
      return put_named(put_setting_, change.name, value);
    case Kind::remove_setting:
      return remove_setting_.bind(0, std::string_view(change.name)).run();
    case Kind::put_meta:
      break;
  }
  return put_named(put_meta_, change.name, value);
}

Result<void> StoreTables::put_row(Statement& statement, io::StoreKey key, Bytes value) {
  return statement.bind(0, key).bind(1, value).bind(2, check_of({}, {}, value)).run();
}

Result<void> StoreTables::put_named(Statement& statement, std::string_view name, Bytes value) {
  return statement.bind(0, name).bind(1, value).bind(2, check_of(as_bytes(name), {}, value)).run();
}

}  // namespace seed::uv
