#include "core/uv/store_sqlite.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "core/uv/store_salvage.h"

namespace seed::uv {

namespace {

/// SQLite's smallest, which divides all others.
constexpr off_t page_size_min = 512;

/// 0 also when there is none.
off_t size_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_size : 0;
}

bool exists(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0;
}

}  // namespace

Result<io::StoreContent> StoreSqlite::load() {
  tables_.reset();
  if (exists(path_ + new_suffix)) return take_new("found so before", "before this start");
  // Not for SQLite to see: it takes such a file for a new one, and removes its log.
  const bool log = size_of(path_ + "-wal") > 0;
  if (size_of(path_) == 0 && (log || exists(path_)))
    return start_anew(log ? "it has no octets, its log has" : "it had no octets");
  auto content = open_and_read();
  if (content || content.error().code != FaultCode::malformed) return content;
  return start_anew(content.error().text);
}

Result<io::StoreContent> StoreSqlite::open_and_read() {
  const bool unclean = size_of(path_ + "-wal") > 0;
  // SQLite reads zeros where the last page was cut, and a start does not come to every page.
  if (!unclean && size_of(path_) % page_size_min != 0)
    return fail(FaultCode::malformed, "its last page was cut off");
  SEED_TRY(StoreTables tables, StoreTables::open(path_));
  if (unclean) SEED_TRY_VOID(tables.check());
  SEED_TRY(io::StoreContent content, tables.read_all());
  tables.trust();
  tables_ = std::move(tables);
  return content;
}

Result<io::StoreContent> StoreSqlite::start_anew(const std::string& why) {
  SEED_TRY(const Salvaged salvaged, salvage(path_, path_ + new_suffix));
  return take_new(why, salvaged.text());
}

Result<io::StoreContent> StoreSqlite::take_new(const std::string& why,
                                               const std::string& recovered) {
  SEED_TRY(const std::string aside, move_damaged_aside(path_));
  SEED_TRY_VOID(rename_for_good(path_ + new_suffix, path_));
  SEED_TRY(io::StoreContent content, open_and_read());
  content.damage = fmt::format("{} was damaged ({}); it is kept as {}; recovered: {}", path_, why,
                               aside, recovered);
  return content;
}

Result<void> StoreSqlite::commit(const std::vector<io::StoreChange>& changes) {
  if (!tables_) return fail(FaultCode::io, fmt::format("{} is not open", path_));
  return tables_->commit(changes);
}

Result<std::optional<Buffer>> StoreSqlite::metainfo(io::StoreKey key) {
  return value(StoreTable::metainfo, key);
}

Result<std::optional<Buffer>> StoreSqlite::progress(io::StoreKey key) {
  return value(StoreTable::progress, key);
}

Result<std::optional<Buffer>> StoreSqlite::value(StoreTable table, io::StoreKey key) {
  if (!tables_) return fail(FaultCode::io, fmt::format("{} is not open", path_));
  return tables_->value(table, key);
}

}  // namespace seed::uv
