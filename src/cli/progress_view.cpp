#include "cli/progress_view.h"

#include <ostream>

#include "base/text.h"

namespace rigbisect {
namespace {

constexpr auto kRefresh = std::chrono::milliseconds(200);

}  // namespace

ProgressView::ProgressView(Screen screen, Clock& clock, const std::vector<std::string>& boards)
    : screen_(screen), clock_(clock) {
  snapshot_.campaign_since = clock.now();
  for (const auto& board : boards) snapshot_.boards[board];
  if (screen_.live) refresher_ = std::jthread([this](std::stop_token stop) { refresh(stop); });
}

ProgressView::~ProgressView() {
  refresher_.request_stop();
  if (refresher_.joinable()) refresher_.join();
  const std::lock_guard lock(mutex_);
  erase();
  screen_.out.flush();
}

void ProgressView::started(const Task& task) {
  const std::lock_guard lock(mutex_);
  if (const auto* build = std::get_if<BuildTask>(&task)) {
    snapshot_.build = ProgressSnapshot::Build{build->commit, clock_.now(), ""};
    return;
  }
  const auto& run = std::get<RunTask>(task);
  auto& board = snapshot_.boards[run.board];
  board.commit = run.commit;
  board.since = clock_.now();
  board.progress = {};
  board.note.clear();
  board.busy = true;
}

void ProgressView::title(std::string title) {
  const std::lock_guard lock(mutex_);
  snapshot_.title = std::move(title);
}

void ProgressView::cancelled(const Task& task) {
  const std::lock_guard lock(mutex_);
  if (std::holds_alternative<BuildTask>(task)) {
    snapshot_.build.reset();
    return;
  }
  auto& board = snapshot_.boards[std::get<RunTask>(task).board];
  board.busy = false;
  board.note = "stopping a run that is not needed any more";
}

void ProgressView::recorded(const Event& event) {
  std::string line;
  {
    const std::lock_guard lock(mutex_);
    if (const auto* build = std::get_if<BuildEnded>(&event)) {
      snapshot_.build.reset();
      const auto* built = std::get_if<Built>(&build->outcome);
      if (built != nullptr && !built->cached) learn(build->elapsed, builds_, snapshot_.usual_build);
      if (const auto* fault = std::get_if<BuildFault>(&build->outcome)) {
        line = "build of " + build->commit.substr(0, 12) + ": " + fault->error.what;
      }
    } else if (const auto* run = std::get_if<RunEnded>(&event)) {
      auto& board = snapshot_.boards[run->board];
      board.busy = false;
      if (const auto* fault = std::get_if<BenchFault>(&run->outcome)) {
        board.note = "recovering: " + fault->error.what;
        line = "bench fault (does not count): " + fault->error.what;
      } else {
        learn(run->elapsed, runs_, snapshot_.usual_run);
      }
    } else if (const auto* aside = std::get_if<BoardSetAside>(&event)) {
      auto& board = snapshot_.boards[aside->board];
      board.busy = false;
      board.note = "set aside: " + aside->error.what;
      line = "board " + aside->board + " is set aside: " + aside->error.what;
    }
  }
  if (!line.empty()) note(line);
}

void ProgressView::stands(const Standing& standing) {
  const std::lock_guard lock(mutex_);
  snapshot_.standing = standing;
}

void ProgressView::run_progress(const RunProgress& progress) {
  const std::lock_guard lock(mutex_);
  snapshot_.boards[progress.board].progress = progress;
}

void ProgressView::build_progress(const CommitId& commit, const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (snapshot_.build && snapshot_.build->commit == commit) snapshot_.build->line = std::string(trim(line));
}

void ProgressView::log(const std::string& text) {
  const std::lock_guard lock(mutex_);
  erase();
  screen_.out << printable(text, true) << std::flush;
  draw();
}

void ProgressView::note(const std::string& line) {
  const std::lock_guard lock(mutex_);
  erase();
  screen_.out.flush();
  screen_.err << printable(line) << '\n' << std::flush;
  draw();
}

void ProgressView::learn(Duration elapsed, int& count, std::optional<Duration>& mean) {
  ++count;
  const Duration before = mean.value_or(Duration{});
  mean = before + (elapsed - before) / count;
}

void ProgressView::erase() {
  if (drawn_ == 0) return;
  screen_.out << "\x1b[" << drawn_ << "A\x1b[J";
  drawn_ = 0;
}

void ProgressView::draw() {
  if (!screen_.live) return;
  const auto lines = progress_lines(snapshot_, clock_.now(), terminal_size());
  for (const auto& line : lines) screen_.out << line << '\n';
  screen_.out.flush();
  drawn_ = lines.size();
}

void ProgressView::refresh(const std::stop_token& stop) {
  while (clock_.sleep_until(clock_.now() + kRefresh, stop)) {
    const std::lock_guard lock(mutex_);
    erase();
    draw();
  }
}

}  // namespace rigbisect
