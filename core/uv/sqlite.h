// Database and Statement: SQLite with our Results. Fault malformed means that the file is damaged;
// disk_full, permission, busy and io are what they say.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace seed::uv {

/// A prepared statement. Parameters and columns count from 0. Bound views must hold until step().
class Statement {
 public:
  Statement() = default;
  explicit operator bool() const { return statement_ != nullptr; }

  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, Bytes blob);
  Statement& bind(int index, std::string_view text);
  Statement& bind_null(int index);
  /// True: there is a row to read. False: done, and the statement can be bound and run again.
  Result<bool> step();
  /// For statements that give no rows.
  Result<void> run();
  void reset();

  std::int64_t number(int column) const;
  /// Valid until the next step().
  Bytes blob(int column) const;
  std::string text(int column) const { return to_string(blob(column)); }
  bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  enum class Missing : std::uint8_t { create, fail };

  Database() = default;
  explicit operator bool() const { return database_ != nullptr; }
  static Result<Database> open(const std::string& path, Missing missing);
  /// To read a file that nobody writes to meanwhile: no log, no lock, nothing is made beside it.
  static Result<Database> open_unchanging(const std::string& path);
  /// One or several statements without parameters and rows.
  Result<void> execute(const char* sql);
  Result<Statement> prepare(const char* sql);
  /// The first column of the first row; 0 when there is none.
  Result<std::int64_t> number(const char* sql);
  /// Whether closing puts the log into the file and removes it, as it does unless told otherwise.
  void checkpoint_at_close(bool on);
  void close() { database_.reset(); }

 private:
  static Result<Database> open(const std::string& path, int flags);
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace seed::uv
