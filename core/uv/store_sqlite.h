// StoreSqlite: io::Store in one SQLite file with a write-ahead log.
//
// A damaged file is moved aside, and what can be read of it goes into a new one. SQLite's own check
// is run only when the last run did not close the file (its log is still there), so that starts
// stay fast.
//
//   state.db damaged --salvage--> and state.db.new --> state.db.damaged-<time>, state.db.new
//   --> state.db.damaged-<time>, state.db
//
// A process may end between any two of these: what is whole is called ".new", and load() goes on.
#pragma once

#include <optional>
#include <string>

#include "core/io/store.h"
#include "core/uv/store_tables.h"

namespace seed::uv {

class StoreSqlite final : public io::Store {
 public:
  /// Does nothing yet; load() opens the file.
  explicit StoreSqlite(std::string path) : path_(std::move(path)) {}

  Result<io::StoreContent> load() override;
  /// Faults: io when load() did not succeed before.
  Result<void> commit(const std::vector<io::StoreChange>& changes) override;
  Result<std::optional<Buffer>> metainfo(io::StoreKey key) override;
  Result<std::optional<Buffer>> progress(io::StoreKey key) override;
  /// Before the process ends without destructors: the next start need not look for damage. While no
  /// job uses it.
  void close() { tables_.reset(); }

 private:
  Result<io::StoreContent> open_and_read();
  Result<io::StoreContent> start_anew(const std::string& why);
  Result<io::StoreContent> take_new(const std::string& why, const std::string& recovered);
  Result<std::optional<Buffer>> value(StoreTable table, io::StoreKey key);

  std::string path_;
  std::optional<StoreTables> tables_;
};

}  // namespace seed::uv
