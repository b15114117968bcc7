#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace rigbisect {

// The little of SQLite that the run log uses: open with a write-ahead log and full sync, and prepared
// statements with texts and integers. One connection; the caller serialises its use.
class Database {
 public:
  // One row: every column as text ("" for NULL).
  using Row = std::vector<std::string>;

  static Result<Database> open(const std::filesystem::path& file);

  // Runs one or more statements without parameters.
  Result<void> execute(const std::string& sql);

  // Runs one statement with its parameters, bound as text; returns its rows. Errors name the file and
  // SQLite's reason; a full disk is Errc::io and says so, a lock held for more than ten seconds Errc::busy.
  Result<std::vector<Row>> query(const std::string& sql, const std::vector<std::string>& parameters);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  Database(std::unique_ptr<sqlite3, Close> handle, std::filesystem::path file);
  Error error(const std::string& doing) const;

  std::unique_ptr<sqlite3, Close> handle_;
  std::filesystem::path file_;
};

}  // namespace rigbisect
