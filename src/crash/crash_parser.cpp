#include "crash/crash_parser.h"

#include <algorithm>

#include "crash/analysis.h"
#include "crash/console_line.h"
#include "crash/log_note.h"
#include "crash/oops_scan.h"
#include "crash/repair.h"
#include "crash/signal_scan.h"

namespace rigbisect {
namespace {

// A report is made from this many bytes before and behind the start of its oops line.
constexpr std::size_t look_back = 64 * 1024;
constexpr std::size_t look_ahead = 256 * 1024;
// Later crashes of the same log are echoes; they are counted as noise of the first ones.
constexpr std::size_t max_reports = 64;
// Bytes are looked at in pieces of this size.
constexpr std::size_t piece_size = 64 * 1024;
constexpr auto none = static_cast<std::size_t>(-1);

// Where the log said so last.
struct LogNotes {
  std::size_t suppressed = none;
  std::size_t panicked = none;
  std::size_t disconnected = none;

  void add(LogNote note, std::size_t at) {
    if (note == LogNote::suppressed) suppressed = at;
    if (note == LogNote::panicked) panicked = at;
    if (note == LogNote::disconnected) disconnected = at;
  }
};

// What the lines so far amount to. All positions count from the first byte fed.
struct Findings {
  std::vector<std::size_t> open;  // starts of oops lines that wait for the rest of their text
  std::size_t candidate = none;   // an oops line; the next line tells whether it is a torn copy
  LogNotes notes;
  std::string started;
  bool behind_cut = false;  // the line before said "cut here": an oops line is near

  // `more`: whether another report is wanted. If not, only notes are looked for.
  void line(std::string_view clean, std::size_t start, bool more) {
    settle(is_replay_note(clean));
    behind_cut = more && clean.find("[ cut here ]") != clean.npos;
    const auto words = words_in(clean);
    notes.add(note_of(clean, words), start);
    if (!more) return;
    const auto* family = oops_family_of(clean, words);
    std::string repaired;
    if (family == nullptr || resembles_ignored_line(clean)) {
      repaired = repair_header(text_behind_prefix(clean));
      if (!repaired.empty()) family = oops_family_of(repaired);
    }
    if (family == nullptr) return;
    candidate = start;
    const auto said = repaired.empty() ? clean : std::string_view(repaired);
    if (started.empty()) started = said.substr(said.find(family->literal));
  }

  // The next line must be looked at, whatever is in it.
  bool wants_next() const { return candidate != none || behind_cut; }

  void settle(bool torn) {
    if (candidate != none && !torn) open.push_back(candidate);
    candidate = none;
  }
};

}  // namespace

struct CrashStream::State {
  std::string buffer;         // what was fed and may still be needed
  std::string_view log;       // instead, of a whole log: as much as was looked at
  std::size_t base = 0;       // position of text()[0]
  std::size_t next_line = 0;  // position of the first line not yet seen whole
  std::string scratch;
  Findings found;
  std::vector<CrashReport> closed;
  std::size_t limit = max_reports;

  std::string_view text() const { return log.data() != nullptr ? log : std::string_view(buffer); }
  std::size_t end() const { return base + text().size(); }

  // `bytes` are the last ones of text().
  void added(std::string_view bytes) {
    const auto feed = bytes.rfind('\n');
    auto whole = feed == bytes.npos ? next_line : end() - bytes.size() + feed + 1;
    while (end() - whole >= max_raw_line) whole += max_raw_line;  // pieces of an endless line
    if (whole == next_line) return;
    look_at(text().substr(next_line - base, whole - next_line));
    next_line = whole;
    close_full();
  }

  // `lines` are whole and start at next_line.
  void look_at(std::string_view lines) {
    std::size_t at = 0;
    while (at < lines.size()) {
      if (!found.wants_next()) {
        const auto signal = wants_more() ? find_signal(lines, at) : find_note_signal(lines, at);
        at = start_of_line(lines, at, signal);
      }
      if (at >= lines.size()) return;
      const auto raw = line_at(lines, at);
      found.line(clean_line(lines.substr(at, raw.end - at), scratch), next_line + at, wants_more());
      at = raw.next;
    }
  }

  bool wants_more() const { return found.open.size() + closed.size() < limit; }

  // Of the line, or the piece of an endless one, in which `place` is. `from` starts one.
  static std::size_t start_of_line(std::string_view lines, std::size_t from, std::size_t place) {
    if (place >= lines.size()) return lines.size();
    const auto feed = place == from ? lines.npos : lines.rfind('\n', place - 1);
    const auto start = feed == lines.npos ? from : std::max(from, feed + 1);
    return start + (place - start) / max_raw_line * max_raw_line;
  }

  void close_full() {
    auto& open = found.open;
    const auto room = limit - std::min(limit, closed.size());
    if (open.size() > room) open.resize(room);
    std::size_t full = 0;
    while (full < open.size() && open[full] + look_ahead <= next_line)
      closed.push_back(analyse(open[full++]));
    open.erase(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(full));
  }

  // Keeps what an open or coming report may still need; rarely, as it moves bytes.
  void trim() {
    auto needed = std::min(next_line, found.candidate);
    if (!found.open.empty()) needed = std::min(needed, found.open.front());
    needed -= std::min(needed, look_back + 1);
    if (needed < base + look_ahead) return;
    buffer.erase(0, needed - base);
    base = needed;
  }

  CrashReport analyse(std::size_t oops) const {
    const auto bytes = text();
    const auto at = oops - base;
    std::size_t from = 0;
    if (oops > look_back) {
      const auto feed = bytes.find('\n', at - look_back - 1);
      from = feed == bytes.npos ? at : std::min(feed + 1, at);
    }
    auto report = analyse_crash(bytes.substr(from, at - from + look_ahead), at - from);
    report.start += base + from;
    report.end += base + from;
    return report;
  }

  // As if the line ended here.
  Findings found_now() const {
    auto now = found;
    const auto line = text().substr(next_line - base);
    if (!line.empty() && (now.wants_next() || find_signal(line, 0) < line.size())) {
      std::string cleaned;
      now.line(clean_line(line, cleaned), next_line, wants_more());
    }
    now.settle(false);
    return now;
  }

  std::vector<CrashReport> reports() const {
    const auto now = found_now();
    auto all = closed;
    for (const auto oops : now.open)
      if (all.size() < limit) all.push_back(analyse(oops));
    add_notes(all, now.notes);
    return all;
  }

  // What the log says of all of its reports so far, each about those before it.
  static void add_notes(std::vector<CrashReport>& reports, const LogNotes& notes) {
    for (std::size_t i = 0; i < reports.size(); ++i) {
      const auto since = i == 0 ? 0 : reports[i - 1].start + 1;
      const auto said = [&](std::size_t at) { return at != none && at >= since; };
      reports[i].suppressed = said(notes.suppressed);
      reports[i].panicked = said(notes.panicked);
      reports[i].corrupted |= said(notes.disconnected);
    }
  }

  // Hands out what is closed. The notes (suppressed, panicked) are those known by now.
  std::vector<CrashReport> take_closed() {
    if (closed.empty()) return {};
    auto taken = std::move(closed);
    closed.clear();
    add_notes(taken, found_now().notes);
    return taken;
  }

  void quiet() {
    found = found_now();
    next_line = end();  // what comes later is another line
    for (const auto oops : found.open) closed.push_back(analyse(oops));
    found.open.clear();
    found.started.clear();
  }

  void feed(std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece_size, bytes.size()))) {
      buffer.append(bytes.substr(0, piece_size));
      added(bytes.substr(0, piece_size));
      trim();
    }
  }

  // A whole log, which must outlive this; instead of feed(), and the same without a copy. Goes on while
  // `go_on()`.
  template <typename GoOn>
  void read(std::string_view whole, GoOn go_on) {
    for (std::size_t at = 0; at < whole.size() && go_on(); at += piece_size) {
      log = whole.substr(0, at + piece_size);
      added(log.substr(at));
    }
  }
};

CrashStream::CrashStream() : state_(std::make_unique<State>()) {}
CrashStream::~CrashStream() = default;
CrashStream::CrashStream(CrashStream&&) noexcept = default;
CrashStream& CrashStream::operator=(CrashStream&&) noexcept = default;

void CrashStream::feed(std::string_view bytes) {
  state_->feed(bytes);
}
const std::string& CrashStream::started() const {
  return state_->found.started;
}
std::vector<CrashReport> CrashStream::reports() const {
  return state_->reports();
}
std::vector<CrashReport> CrashStream::take_finished() {
  return state_->take_closed();
}
void CrashStream::quiet() {
  state_->quiet();
}
void CrashStream::reset() {
  state_ = std::make_unique<State>();
}

std::vector<CrashReport> parse_crashes(std::string_view log) {
  CrashStream::State state;
  state.read(log, [] { return true; });
  return state.reports();
}

std::optional<CrashReport> parse_crash(std::string_view log) {
  CrashStream::State state;
  state.limit = 1;
  state.read(log, [] { return true; });
  auto all = state.reports();
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

bool contains_crash(std::string_view log) {
  CrashStream::State state;
  state.read(log, [&] { return state.found.open.empty() && state.closed.empty(); });
  return !state.found.open.empty() || !state.closed.empty() || !state.found_now().open.empty();
}

}  // namespace rigbisect
