#include "core/uv/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "core/base/url.h"
#include "core/uv/sockets.h"

namespace seed::uv {
namespace {

/// How long to wait for somebody who looks into the file with a tool of their own, in milliseconds.
constexpr int busy_timeout = 5000;

FaultCode code_of(int status) {
  switch (status & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return FaultCode::malformed;
    case SQLITE_FULL:
      return FaultCode::disk_full;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return FaultCode::permission;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return FaultCode::busy;
    case SQLITE_NOMEM:
      return FaultCode::out_of_resources;
    case SQLITE_TOOBIG:
      return FaultCode::too_large;
    default:
      return FaultCode::io;
  }
}

std::unexpected<Fault> fault(sqlite3* database, int status, std::string_view path = {}) {
  if (path.empty()) {
    const char* file = sqlite3_db_filename(database, "main");
    path = file != nullptr ? file : "state";
  }
  return std::unexpected(Fault{code_of(status), sqlite3_system_errno(database),
                               fmt::format("{}: {}", path, sqlite3_errmsg(database))});
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index + 1, value);
  return *this;
}

Statement& Statement::bind(int index, Bytes blob) {
  // A null pointer would bind NULL.
  const void* data = blob.empty() ? "" : static_cast<const void*>(blob.data());
  sqlite3_bind_blob64(statement_.get(), index + 1, data, blob.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  const char* data = text.empty() ? "" : text.data();
  sqlite3_bind_text64(statement_.get(), index + 1, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_null(int index) {
  sqlite3_bind_null(statement_.get(), index + 1);
  return *this;
}

Result<bool> Statement::step() {
  const int status = sqlite3_step(statement_.get());
  if (status == SQLITE_ROW) return true;
  if (status != SQLITE_DONE) {
    auto out = fault(sqlite3_db_handle(statement_.get()), status);
    reset();
    return out;
  }
  reset();
  return false;
}

Result<void> Statement::run() {
  SEED_TRY([[maybe_unused]] const bool row, step());
  reset();
  return {};
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

Bytes Statement::blob(int column) const {
  const auto* data =
      static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(size)};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

namespace {

/// The state may hold passkeys: nobody else reads it. SQLite gives its other files the mode of this
/// one. Whatever goes wrong here shows when SQLite opens it.
void make_private(const std::string& path) {
  // One that is there is not opened: closing it would drop the locks SQLite has on it (close(2)).
  const Descriptor made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!made.ok()) static_cast<void>(chmod(path.c_str(), 0600));
}

}  // namespace

Result<Database> Database::open(const std::string& path, Missing missing) {
  if (missing == Missing::create) make_private(path);
  // Calls take turns (io::Store), so SQLite's own mutexes are not needed.
  return open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                        (missing == Missing::create ? SQLITE_OPEN_CREATE : 0));
}

Result<Database> Database::open_unchanging(const std::string& path) {
  return open("file:" + percent_encode(path) + "?immutable=1",
              SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

Result<Database> Database::open(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int status = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_EXRESCODE, nullptr);
  Database out;
  out.database_.reset(raw);
  if (status != SQLITE_OK) {
    if (raw == nullptr) return fail(FaultCode::out_of_resources, "no memory for SQLite");
    return fault(raw, status, path);
  }
  sqlite3_busy_timeout(raw, busy_timeout);
  return out;
}

Result<void> Database::execute(const char* sql) {
  const int status = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return fault(database_.get(), status);
  return {};
}

Result<Statement> Database::prepare(const char* sql) {
  sqlite3_stmt* raw = nullptr;
  const int status =
      sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (status != SQLITE_OK) return fault(database_.get(), status);
  Statement out;
  out.statement_.reset(raw);
  return out;
}

Result<std::int64_t> Database::number(const char* sql) {
  SEED_TRY(Statement statement, prepare(sql));
  SEED_TRY(const bool row, statement.step());
  return row ? statement.number(0) : 0;
}

void Database::checkpoint_at_close(bool on) {
  sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 0 : 1, nullptr);
}

}  // namespace seed::uv
