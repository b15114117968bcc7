#include "runlog/database.h"

#include <utility>

#include <sqlite3.h>

namespace rigbisect {
namespace {

constexpr int kBusyMilliseconds = 10'000;

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

Errc code_of(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::busy;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return Errc::denied;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return Errc::invalid;
    default:
      return Errc::io;
  }
}

}  // namespace

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close(database);
}

Database::Database(std::unique_ptr<sqlite3, Close> handle, std::filesystem::path file)
    : handle_(std::move(handle)), file_(std::move(file)) {}

Result<Database> Database::open(const std::filesystem::path& file) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(
      file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
  Database database(std::unique_ptr<sqlite3, Close>(raw), file);
  if (opened != SQLITE_OK) return database.error("open");
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  if (auto ready =
          database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;");
      !ready) {
    return ready.error();
  }
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return error("write");
  return {};
}

Result<std::vector<Database::Row>> Database::query(const std::string& sql,
                                                   const std::vector<std::string>& parameters) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &raw, nullptr) != SQLITE_OK) return error("read");
  const std::unique_ptr<sqlite3_stmt, Finalize> statement(raw);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    sqlite3_bind_text(raw, static_cast<int>(i) + 1, parameters[i].data(),
                      static_cast<int>(parameters[i].size()), SQLITE_TRANSIENT);
  }
  std::vector<Row> rows;
  for (;;) {
    const int step = sqlite3_step(raw);
    if (step == SQLITE_DONE) return rows;
    if (step != SQLITE_ROW) return error("write");
    Row row;
    for (int column = 0; column < sqlite3_column_count(raw); ++column) {
      const void* bytes = sqlite3_column_blob(raw, column);
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(raw, column));
      row.emplace_back(static_cast<const char*>(bytes), bytes != nullptr ? size : 0);
    }
    rows.push_back(std::move(row));
  }
}

Error Database::error(const std::string& doing) const {
  const int code = sqlite3_extended_errcode(handle_.get());
  std::string what = "run log " + file_.string() + ": cannot " + doing + ": " + sqlite3_errmsg(handle_.get());
  switch (code & 0xff) {
    case SQLITE_FULL:
      what += ". Free some disk space, then `rigbisect resume`: nothing recorded is lost";
      break;
    case SQLITE_BUSY:
      what += ". Another process has kept it locked for ten seconds";
      break;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      what += ". Move the file away to begin a new lab, or restore it from a backup";
      break;
    default:
      break;
  }
  return {code_of(code), what};
}

}  // namespace rigbisect
