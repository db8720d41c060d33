// StoreTables: the rows of a state file and how they are read and written; schema 1.
//
// Every row carries the CRC-32C of its content: SQLite finds damage in its own pages, but not in
// the octets of a value.
//
// A file says twice whose it is and of which schema: in two numbers of its header, and by its
// tables and their columns. So a later schema has other tables or columns than this one, and a
// header that says otherwise is a damaged one.
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "core/io/store.h"
#include "core/uv/sqlite.h"

namespace seed::uv {

inline constexpr int store_schema = 1;
inline constexpr std::int64_t store_application_id = 0x73656564;  // "seed"

enum class StoreTable : std::uint8_t { torrents, metainfo, progress, settings, meta };
inline constexpr std::array store_tables{StoreTable::torrents, StoreTable::metainfo,
                                         StoreTable::progress, StoreTable::settings,
                                         StoreTable::meta};

class StoreTables {
 public:
  StoreTables() = default;
  /// Opens the file, makes the tables in a new one, prepares the statements. Faults: malformed for
  /// a damaged file, unsupported for one of a newer seedd or of another program. Until trust() is
  /// called, closing it leaves file and log as they are.
  static Result<StoreTables> open(const std::string& path);
  /// Its content is sound: the log may go into the file.
  void trust() { database_.checkpoint_at_close(true); }

  /// SQLite's own check of its pages. Fault malformed: what it found.
  Result<void> check();
  /// Faults: malformed also when a row's content is not what was written.
  Result<io::StoreContent> read_all();
  Result<std::optional<Buffer>> value(StoreTable table, io::StoreKey key);
  /// Within a transaction; all or nothing.
  Result<void> commit(const std::vector<io::StoreChange>& changes);

 private:
  /// Faults: as open().
  Result<void> identify(const std::string& path);
  Result<void> prepare();
  Result<void> apply(const io::StoreChange& change);
  Result<void> put_row(Statement& statement, io::StoreKey key, Bytes value);
  Result<void> put_named(Statement& statement, std::string_view name, Bytes value);

  Database database_;
  Statement put_torrent_, put_metainfo_, put_progress_, put_setting_, put_meta_;
  std::array<Statement, 3> remove_torrent_;
  Statement remove_setting_;
  Statement get_metainfo_, get_progress_;
};

/// The tables and their columns are those of `store_schema`, whatever the header says.
bool has_store_tables(Database& database);

/// Calls `found` with a put_... change for each row of `table` whose key is within [from, to], in
/// order. Rows whose content is damaged are left out and counted in `bad`. A Fault ends it; `last`
/// is the last key that was read.
struct RowRange {
  std::int64_t from = 0;
  std::int64_t to = 0;
};
Result<void> read_rows(Database& database, StoreTable table, RowRange range,
                       const std::function<void(io::StoreChange)>& found, std::int64_t& last,
                       std::size_t& bad);

}  // namespace seed::uv
