#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bisect/event.h"
#include "os/file.h"

namespace rigbisect {

// What a campaign needs beside its events to be taken up again by another process.
struct CampaignHeader {
  std::string id;           // "demo-20261122-183012-4f2a": directory name, unique
  std::string recipe_text;  // the recipe as it was when the campaign began
  std::string recipe_file;  // where it came from; relative paths in it are relative to that
  std::vector<std::string> board_files;
  std::string bad;                    // resolved
  std::string good;                   // resolved; "" when releases are walked
  std::vector<std::string> releases;  // walked tags, newest first
  std::int64_t started_ms = 0;        // wall clock

  bool operator==(const CampaignHeader&) const = default;
};

struct CampaignSummary {
  CampaignHeader header;
  std::size_t events = 0;
  std::string result;  // one line when finished, else ""
};

// A recorded event with when it was recorded.
struct LoggedEvent {
  Event event;
  std::int64_t wall_ms = 0;
};

// The durable state of the lab: one SQLite database (write-ahead log, full sync) with the events of all
// campaigns, and a directory of artefacts (console logs, kernels' build logs) per campaign beside it.
// append() returns after the event is on the disk; an event that was not appended did not happen.
// Thread-safe; several processes may have it open, but one campaign is written by one process at a time
// (open() takes a lock).
class RunLog {
 public:
  // `directory`: the lab's state directory; made if missing. Errors: io (disk full, not writable), busy.
  static Result<std::unique_ptr<RunLog>> open(const std::filesystem::path& directory);
  virtual ~RunLog() = default;

  virtual Result<void> create(const CampaignHeader& header) = 0;
  // Takes back a campaign that never got going, with its directory. One that has events stays
  // (Errc::invalid).
  virtual Result<void> discard(const std::string& campaign) = 0;
  // Takes the campaign for this process until the lock is destroyed. busy: another process runs it.
  virtual Result<FileLock> lock(const std::string& campaign) = 0;
  // Some process runs it now.
  virtual bool is_running(const std::string& campaign) const = 0;
  // not_found names the campaigns there are. A unique prefix of an id is enough; "" is the newest one.
  virtual Result<CampaignHeader> header(const std::string& campaign) const = 0;
  virtual Result<std::vector<CampaignSummary>> campaigns() const = 0;  // newest first

  virtual Result<void> append(const std::string& campaign, const Event& event, std::int64_t wall_ms) = 0;
  virtual Result<std::vector<LoggedEvent>> events(const std::string& campaign) const = 0;
  virtual Result<void> finish(const std::string& campaign, const std::string& result) = 0;

  // Directory for files of the campaign; exists.
  virtual std::filesystem::path artefacts(const std::string& campaign) const = 0;

  // A board belongs to one process at a time, across campaigns and users of this lab directory. busy names
  // the holder.
  virtual Result<FileLock> lease_board(const std::string& board) = 0;
};

// Events as JSON, the form in the database; exact round trip. Errors: text that is not such an event.
std::string event_to_json(const Event& event);
Result<Event> event_from_json(const std::string& text);

}  // namespace rigbisect
