#include "crash/frame.h"

#include <algorithm>
#include <optional>

#include "crash/demangle.h"
#include "crash/frame_table.h"
#include "crash/pattern.h"
#include "crash/text_lines.h"

namespace rigbisect {
namespace {

using Functions = std::vector<std::string>;

std::optional<PatternMatch> match_frame(const WordedLine& line) {
  static const RuleList frames(frame_lines());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (!frames.may_fit(i, line.words)) continue;
    if (auto match = search(frames.rule(i), line.text)) return match;
  }
  return std::nullopt;
}

// The function just above the place from which the processor was sent where it stalls.
std::string choose_stall(const Functions& frames) {
  auto above = frames.front();
  for (const auto& frame : frames) {
    if (is_stall_anchor(frame)) return frame.find("smp_call_function") == frame.npos ? above : frame;
    above = frame;
  }
  return {};
}

std::string choose_hung_task(const Functions& frames) {
  for (const auto& frame : frames) {
    for (const std::string_view key :
         {"synchronize_rcu", "synchronize_srcu", "synchronize_net", "synchronize_sched"})
      if (frame.find(key) != frame.npos) return frame;
    if (frame.find("rtnl_lock") != frame.npos) return frame;
  }
  const auto found = std::find_if_not(frames.begin(), frames.end(), is_waiting_function);
  return found == frames.end() ? std::string{} : *found;
}

std::string choose(FrameChoice choice, const Functions& frames) {
  if (frames.empty()) return {};
  if (choice == FrameChoice::stall) return choose_stall(frames);
  if (choice == FrameChoice::hung_task) return choose_hung_task(frames);
  return frames.front();
}

// One run of a recipe's steps over the lines.
class RecipeRun {
 public:
  RecipeRun(const FrameRecipe& recipe, std::span<const Pattern> steps, std::span<const WordedLine> lines)
      : recipe_(recipe), steps_(steps), lines_(lines) {}

  FrameResult run() {
    int traces = 0;
    for (std::size_t step = 0; step < steps_.size(); ++step) {
      if (steps_[step] != FrameRecipe::trace_step) {
        move_to(steps_[step]);
        continue;
      }
      if (traces++ > 0) conclude();
      if (read_trace(step)) ++step;
    }
    conclude();
    return std::move(result_);
  }

 private:
  // Null at the end of what can be trusted.
  const WordedLine* next() {
    static const RuleList unsound(unsound_trace_lines());
    if (lines_.empty()) return nullptr;
    const auto* line = &lines_.front();
    lines_ = lines_.subspan(1);
    if (!unsound.fits(*line)) return line;
    unsound_ = true;
    return nullptr;
  }

  void move_to(const Pattern& step) {
    const auto words = words_for(step);
    while (const auto* line = next())
      if (take_if(step, words, *line)) return;
  }

  // True if the trace ended at the line of the following step, which is then done as well.
  bool read_trace(std::size_t step) {
    const bool last = step + 1 == steps_.size();
    const auto& following = last ? FrameRecipe::trace_step : steps_[step + 1];
    const auto words = words_for(following);
    while (const auto* line = next()) {
      if (!last && take_if(following, words, *line)) return true;
      if (is_stack_start(*line)) return false;
      if (!wants_frames()) continue;
      if (const auto match = match_frame(*line)) take(*match);
    }
    return false;
  }

  // The choice may need no more than the first.
  bool wants_frames() const { return frames_.empty() || recipe_.choice != FrameChoice::first; }

  // `words`: of the step.
  bool take_if(const Pattern& step, const WordSet& words, const WordedLine& line) {
    if (!words.meets(line.words)) return false;
    const auto match = search(step, line.text);
    if (match) take(*match);
    return match.has_value();
  }

  void take(const PatternMatch& match) {
    for (std::size_t i = 0; i < match.count; ++i) {
      const auto readable = demangle(match.captures[i]);
      const auto function = readable.empty() ? match.captures[i] : std::string_view(readable);
      if (!is_skipped_function(function) && !fits_any_rule(function, recipe_.skip))
        frames_.emplace_back(function);
    }
  }

  void conclude() {
    const auto frame = choose(recipe_.choice, frames_);
    result_.complete = !unsound_ && !frame.empty() && (result_.frames.empty() || result_.complete);
    result_.frames.emplace_back(frame.empty() ? no_frame : frame);
    frames_.clear();
  }

  const FrameRecipe& recipe_;
  std::span<const Pattern> steps_;
  std::span<const WordedLine> lines_;
  Functions frames_;
  bool unsound_ = false;
  FrameResult result_;
};

}  // namespace

FrameResult pick_frames(const FrameRecipe& recipe, std::span<const WordedLine> lines) {
  auto result = RecipeRun(recipe, recipe.steps, lines).run();
  for (const auto steps : {recipe.fallback, recipe.last_resort}) {
    if (result.complete || steps.empty()) return result;
    auto next = RecipeRun(recipe, steps, lines).run();
    if (next.complete || result.frames.front() == no_frame) result = std::move(next);
  }
  return result;
}

bool is_stack_start(const WordedLine& line) {
  static const RuleList starts(stack_starts());
  return starts.fits(line);
}

bool is_frame_line(const WordedLine& line) {
  return match_frame(line).has_value();
}

std::vector<std::string> stack_functions(std::string_view text, std::size_t limit) {
  std::vector<std::string> functions;
  TextLines lines(text);
  for (std::string_view line; functions.size() < limit && lines.next(line);) {
    const auto match = match_frame({line, words_in(line)});
    if (match && match->count > 0 && !is_skipped_function(match->captures[0]))
      functions.emplace_back(match->captures[0]);
  }
  return functions;
}

}  // namespace rigbisect
