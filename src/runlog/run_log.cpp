#include "runlog/run_log.h"

#include <mutex>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "runlog/database.h"

namespace rigbisect {
namespace {

using nlohmann::json;

// Version 1. `seq` orders the events of a campaign; rows are only ever added.
constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS campaign (
  id TEXT PRIMARY KEY, header TEXT NOT NULL, result TEXT NOT NULL DEFAULT '', started_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS event (
  campaign TEXT NOT NULL REFERENCES campaign(id), seq INTEGER NOT NULL, wall_ms INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (campaign, seq)) WITHOUT ROWID;
PRAGMA user_version = 1;
)sql";

std::string header_to_json(const CampaignHeader& header) {
  return json{{"id", header.id},
              {"recipe_text", header.recipe_text},
              {"recipe_file", header.recipe_file},
              {"board_files", header.board_files},
              {"bad", header.bad},
              {"good", header.good},
              {"releases", header.releases},
              {"started_ms", header.started_ms}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<CampaignHeader> header_from_json(const std::string& text) {
  try {
    const json in = json::parse(text);
    return CampaignHeader{in.at("id"),  in.at("recipe_text"), in.at("recipe_file"), in.at("board_files"),
                          in.at("bad"), in.at("good"),        in.at("releases"),    in.at("started_ms")};
  } catch (const std::exception& error) {
    return Error{Errc::invalid, "the run log has a campaign that this version does not understand (" +
                                    std::string(error.what()) + ")"};
  }
}

// Writes only to a new database, so that a full disk does not hide what is recorded.
Result<void> check_schema(Database& database, const std::filesystem::path& directory) {
  const auto version = database.query("PRAGMA user_version", {});
  if (!version) return version.error();
  const std::string found = version->at(0).at(0);
  if (found == "1") return {};
  if (found == "0") return database.execute(kSchema);
  return Error{Errc::invalid, "the lab " + printable(directory.native()) +
                                  " was made by a newer rigbisect (run log version " + found +
                                  "): use that, or another directory with --lab"};
}

class SqliteRunLog : public RunLog {
 public:
  SqliteRunLog(std::filesystem::path directory, Database database)
      : directory_(std::move(directory)), database_(std::move(database)) {}

  Result<void> create(const CampaignHeader& header) override {
    if (auto made = make_directories(artefacts(header.id)); !made) return made;
    return write("INSERT INTO campaign (id, header, started_ms) VALUES (?, ?, ?)",
                 {header.id, header_to_json(header), std::to_string(header.started_ms)});
  }

  Result<void> discard(const std::string& campaign) override {
    auto recorded = events(campaign);
    if (!recorded) return recorded.error();
    if (!recorded->empty()) return Error{Errc::invalid, "campaign " + campaign + " has results and is kept"};
    std::error_code error;
    std::filesystem::remove_all(artefacts(campaign), error);
    if (error) return Error{Errc::io, artefacts(campaign).string() + ": " + error.message()};
    return write("DELETE FROM campaign WHERE id = ?", {campaign});
  }

  Result<FileLock> lock(const std::string& campaign) override {
    auto lock = FileLock::try_acquire(artefacts(campaign) / "lock");
    if (!lock && lock.error().code == Errc::busy) {
      return lock.error().within("campaign " + campaign + " is being run by another process");
    }
    return lock;
  }

  bool is_running(const std::string& campaign) const override {
    return FileLock::is_held(artefacts(campaign) / "lock");
  }

  Result<CampaignHeader> header(const std::string& campaign) const override {
    auto all = campaigns();
    if (!all) return all.error();
    std::vector<CampaignHeader> matches;
    for (auto& summary : *all) {
      if (summary.header.id == campaign || campaign.empty()) return summary.header;
      if (summary.header.id.starts_with(campaign)) matches.push_back(summary.header);
    }
    if (matches.size() == 1) return matches.front();
    return unknown(campaign, *all, matches);
  }

  Result<std::vector<CampaignSummary>> campaigns() const override {
    auto rows = read(
        "SELECT header, result, (SELECT COUNT(*) FROM event WHERE campaign = id) FROM campaign "
        "ORDER BY started_ms DESC, rowid DESC",
        {});
    if (!rows) return rows.error();
    std::vector<CampaignSummary> summaries;
    for (const auto& row : *rows) {
      auto header = header_from_json(row[0]);
      if (!header) return header.error();
      summaries.push_back({std::move(*header), std::stoul(row[2]), row[1]});
    }
    return summaries;
  }

  Result<void> append(const std::string& campaign, const Event& event, std::int64_t wall_ms) override {
    return write(
        "INSERT INTO event (campaign, seq, wall_ms, body) "
        "VALUES (?1, (SELECT COALESCE(MAX(seq), 0) + 1 FROM event WHERE campaign = ?1), ?2, ?3)",
        {campaign, std::to_string(wall_ms), event_to_json(event)});
  }

  Result<std::vector<LoggedEvent>> events(const std::string& campaign) const override {
    auto rows = read("SELECT wall_ms, body FROM event WHERE campaign = ? ORDER BY seq", {campaign});
    if (!rows) return rows.error();
    std::vector<LoggedEvent> events;
    for (const auto& row : *rows) {
      auto event = event_from_json(row[1]);
      if (!event) return event.error();
      events.push_back({std::move(*event), std::stoll(row[0])});
    }
    return events;
  }

  Result<void> finish(const std::string& campaign, const std::string& result) override {
    return write("UPDATE campaign SET result = ?2 WHERE id = ?1", {campaign, result});
  }

  std::filesystem::path artefacts(const std::string& campaign) const override {
    return directory_ / "campaigns" / campaign;
  }

  Result<FileLock> lease_board(const std::string& board) override {
    if (auto made = make_directories(directory_ / "boards"); !made) return made.error();
    auto lock = FileLock::try_acquire(directory_ / "boards" / (board + ".lock"));
    if (!lock && lock.error().code == Errc::busy) return lock.error().within("board " + board + " is in use");
    return lock;
  }

 private:
  Result<std::vector<Database::Row>> read(const std::string& sql,
                                          const std::vector<std::string>& parameters) const {
    const std::lock_guard lock(mutex_);
    return database_.query(sql, parameters);
  }

  Result<void> write(const std::string& sql, const std::vector<std::string>& parameters) {
    auto rows = read(sql, parameters);
    if (!rows) return rows.error();
    return {};
  }

  static Error unknown(const std::string& campaign, const std::vector<CampaignSummary>& all,
                       const std::vector<CampaignHeader>& matches) {
    std::vector<std::string> names;
    if (matches.empty()) {
      for (const auto& summary : all) names.push_back(summary.header.id);
    } else {
      for (const auto& header : matches) names.push_back(header.id);
    }
    if (names.empty())
      return {Errc::not_found,
              "there is no campaign yet: begin one with `rigbisect run RECIPE --board FILE`"};
    if (!matches.empty())
      return {Errc::invalid, "'" + campaign + "' may be " + join(names, ", ") + ": give more of the name"};
    return {Errc::not_found, "there is no campaign '" + campaign + "'" +
                                 did_you_mean_suffix(campaign, names) +
                                 ". Campaigns, newest first: " + join(names, ", ")};
  }

  std::filesystem::path directory_;
  mutable std::mutex mutex_;
  mutable Database database_;
};

}  // namespace

Result<std::unique_ptr<RunLog>> RunLog::open(const std::filesystem::path& directory) {
  if (auto made = make_directories(directory); !made) return made.error().within("lab directory");
  auto database = Database::open(directory / "lab.db");
  if (!database) return database.error();
  if (auto schema = check_schema(*database, directory); !schema) return schema.error();
  return std::unique_ptr<RunLog>(std::make_unique<SqliteRunLog>(directory, std::move(*database)));
}

}  // namespace rigbisect
