#include <algorithm>
#include <vector>

#include "crash/char_class.h"
#include "crash/console_line.h"
#include "crash/find_text.h"
#include "crash/near.h"
#include "crash/repair.h"
#include "crash/text_ids.h"

namespace rigbisect {
namespace {

constexpr std::size_t fraction_digits = 6;

// Reads a damaged prefix from left to right and counts what is missing.
class PrefixReader {
 public:
  explicit PrefixReader(std::string_view line) : line_(line) {}

  // False if this is no stamp.
  bool stamp() {
    expect('[');
    blanks();
    const auto seconds = digits();
    const bool dot = expect('.');
    const auto fraction = digits();
    expect(']');
    if (fraction != fraction_digits) ++errors_;
    constexpr std::size_t least_digits = 6;
    constexpr std::size_t most_errors = 2;
    return seconds + fraction >= least_digits && (dot || seconds > fraction_digits) && errors_ <= most_errors;
  }

  // "[ T123]", also without one of its parts; "" if there is none.
  std::string_view caller() {
    const auto from = at_;
    const auto before = errors_;
    expect('[');
    blanks();
    const bool letter = at_ < line_.size() && (line_[at_] == 'T' || line_[at_] == 'C');
    if (letter) ++at_;
    errors_ += letter ? 0 : 1;
    const auto number = digits();
    errors_ += number == 0 ? 1 : 0;
    expect(']');
    if (errors_ - before <= 1) return line_.substr(from, at_ - from);
    at_ = from;
    errors_ = before;
    return {};
  }

  std::string_view text() {
    expect(' ');
    return line_.substr(at_);
  }

 private:
  bool expect(char c) {
    const bool there = at_ < line_.size() && line_[at_] == c;
    at_ += there ? 1 : 0;
    errors_ += there || c == ' ' ? 0 : 1;
    return there;
  }
  void blanks() {
    while (at_ < line_.size() && line_[at_] == ' ') ++at_;
  }
  std::size_t digits() {
    const auto from = at_;
    while (at_ < line_.size() && is_digit(line_[at_])) ++at_;
    return at_ - from;
  }

  std::string_view line_;
  std::size_t at_ = 0;
  std::size_t errors_ = 0;
};

bool is_caller(std::string_view context) {
  return !is_shared_context(context);
}

// How many lines have a context.
class ContextCounts {
 public:
  void add(std::string_view context) {
    if (counts_.empty() || !same_context(contexts_.text(last_), context)) last_ = contexts_.add(context);
    if (last_ == counts_.size()) counts_.push_back(0);
    ++counts_[last_];
  }

  std::size_t operator[](std::string_view context) const {
    const auto id = contexts_.find(context);
    return id == TextIds::none ? 0 : counts_[id];
  }

  // The most frequent one, the first in the alphabet of several; "" if there is none.
  std::string_view most() const {
    std::string_view best;
    std::size_t count = 0;
    for (std::size_t id = 0; id < counts_.size(); ++id) {
      const auto context = contexts_.text(id);
      if (counts_[id] < count || (counts_[id] == count && context > best)) continue;
      best = context;
      count = counts_[id];
    }
    return best;
  }

 private:
  TextIds contexts_{4};
  std::size_t last_ = 0;  // most lines have the context of the one before
  std::vector<std::size_t> counts_;
};

// The most frequent context of the lines behind the first.
std::string_view prevailing_context(const std::vector<LogLine>& lines) {
  constexpr std::size_t looked_at = 24;
  ContextCounts counts;
  for (std::size_t i = 1; i < std::min(lines.size(), looked_at); ++i) counts.add(lines[i].context);
  return counts.most();
}

class PrefixRepair {
 public:
  PrefixRepair(LogLines& log, Damage& damage) : log_(log), damage_(damage) {
    for (const auto& line : log.lines()) counts_.add(line.context);
  }

  void run() {
    auto& lines = log_.lines();
    const auto usual = prevailing_context(lines);
    if (usual.empty()) return only_stamp(lines.front());
    first_line(lines.front(), usual);
    own_ = lines.front().context;
    if (own_.empty()) return;
    for (std::size_t i = 1; i < lines.size(); ++i) other_line(lines[i]);
    count_odd();
    part_lines();
  }

 private:
  // The only stamp of a console without them (behind a prompt, say) does not part its line from the others.
  void only_stamp(LogLine& line) {
    constexpr std::size_t telling = 8;
    const bool only = counts_[line.context] == 1 && counts_[{}] >= telling;
    if (is_shared_context(line.context) && only) line.context = {};
  }

  // The oops line decides which lines are its own: its context must not rest on damage.
  void first_line(LogLine& line, std::string_view usual) {
    if (line.context.empty()) {
      PrefixReader reader(line.text);
      if (!reader.stamp()) return;
      const auto caller = is_caller(usual) ? reader.caller() : std::string_view{};
      put(line,
          is_caller(usual) && counts_[caller] == 0 ? usual
          : is_caller(usual)                       ? caller
                                                   : usual,
          reader.text());
    } else if (is_caller(usual) && !is_caller(line.context)) {
      PrefixReader reader(line.text);
      const auto caller = reader.caller();
      put(line, usual, caller.empty() ? line.text : reader.text());
    } else if (is_caller(usual) && counts_[line.context] == 1 && lost_bytes_of(line.context, usual, 1)) {
      put(line, usual, line.text);
    }
  }

  void other_line(LogLine& line) {
    if (same_context(line.context, own_)) return;
    if (line.context.empty()) {
      PrefixReader reader(line.text);
      if (!reader.stamp()) return;
      if (!is_caller(own_)) return put(line, own_, reader.text());
      const auto caller = reader.caller();
      if (caller.empty() || is_own(caller)) put(line, own_, reader.text());
    } else if (is_caller(own_) && !is_caller(line.context)) {
      PrefixReader reader(line.text);
      const auto caller = reader.caller();
      if (!caller.empty() && is_own(caller)) put(line, own_, reader.text());
    } else if (is_caller(own_) && counts_[line.context] <= 2 && lost_bytes_of(line.context, own_, 1)) {
      put(line, own_, line.text);
    }
  }

  bool is_own(std::string_view caller) const { return caller == own_ || edit_distance(caller, own_, 1) == 1; }

  void put(LogLine& line, std::string_view context, std::string_view text) {
    damage_.places += text.empty() ? 0U : 1U;  // blanks at the end of lines get lost without noise
    line = LogLine(log_.keep("[    0.000000]" + std::string(is_caller(context) ? context : "") + " " +
                             std::string(text)),
                   line.start, line.end);
  }

  // Damage that does no harm tells how much there is elsewhere. Not where all lines are like that.
  void count_odd() {
    const auto& lines = log_.lines();
    const auto odd = static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [](auto& line) { return line.odd_prefix; }));
    if (4 * odd < lines.size()) damage_.places += odd;
  }

  // A lost line feed leaves a stamp in the middle of a line.
  void part_lines() {
    auto& lines = log_.lines();
    const auto is_joined = [&](auto& line) {
      return &line != &lines.front() && stamp_within(line.text) != npos;
    };
    if (std::none_of(lines.begin(), lines.end(), is_joined)) return;
    std::vector<LogLine> parted;
    for (auto& line : lines) {
      parted.push_back(line);
      if (!is_joined(line)) continue;
      const auto stamp = stamp_within(line.text);
      parted.back().text = line.text.substr(0, stamp);
      parted.emplace_back(line.text.substr(stamp), line.start, line.end);
    }
    lines = std::move(parted);
  }

  static std::size_t stamp_within(std::string_view text) {
    for (auto at = text.find('[', 1); at != npos; at = text.find('[', at + 1)) {
      const auto dot = text.find('.', at);
      if (dot == npos) return npos;
      const auto context = line_context(text.substr(at));
      const bool whole =
          dot - at >= 6 && dot + fraction_digits + 1 < text.size() && text[dot + fraction_digits + 1] == ']';
      if (whole && !context.empty()) return at;
    }
    return npos;
  }

  LogLines& log_;
  Damage& damage_;
  std::string_view own_;
  ContextCounts counts_;
};

}  // namespace

std::string_view text_behind_prefix(std::string_view line) {
  WordSet words;
  const auto prefix = line_prefix(line, words);
  if (!prefix.context.empty()) return line.substr(prefix.end);
  PrefixReader reader(line);
  if (!reader.stamp()) return line;
  reader.caller();
  return reader.text();
}

void repair_prefixes(LogLines& log, Damage& damage) {
  PrefixRepair(log, damage).run();
}

}  // namespace rigbisect
