#include "core/uv/store_sqlite.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "core/uv/store_salvage.h"

namespace seed::uv {

Result<io::StoreContent> StoreSqlite::load() {
  tables_.reset();
  auto content = open_and_read();
  if (content || content.error().code != FaultCode::malformed) return content;
  return start_anew(content.error().text);
}

Result<io::StoreContent> StoreSqlite::open_and_read() {
  struct stat log{};
  const bool unclean = ::stat((path_ + "-wal").c_str(), &log) == 0 && log.st_size > 0;
  SEED_TRY(StoreTables tables, StoreTables::open(path_));
  if (unclean) SEED_TRY_VOID(tables.check());
  SEED_TRY(io::StoreContent content, tables.read_all());
  tables_ = std::move(tables);
  return content;
}

Result<io::StoreContent> StoreSqlite::start_anew(const std::string& why) {
  SEED_TRY(const std::string aside, move_damaged_aside(path_));
  SEED_TRY(StoreTables tables, StoreTables::open(path_));
  SEED_TRY(const Salvaged salvaged, salvage(aside, tables));
  SEED_TRY(io::StoreContent content, tables.read_all());
  content.damage = fmt::format("{} was damaged ({}); it is kept as {}; recovered: {}", path_, why,
                               aside, salvaged.text());
  tables_ = std::move(tables);
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
