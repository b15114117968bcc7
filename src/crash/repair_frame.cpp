#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "crash/find_text.h"
#include "crash/frame_position.h"
#include "crash/frame_table.h"
#include "crash/near.h"
#include "crash/phrase_table.h"
#include "crash/repair.h"
#include "crash/text_ids.h"

namespace rigbisect {
namespace {

// Most offsets of a report differ in their last digit.
bool same_offset(const Position& a, const Position& b) {
  return a.offset.back() == b.offset.back() && a.offset == b.offset;
}

// Which letters a name has. One that lost bytes has no others.
std::uint64_t letters_of(std::string_view name) {
  std::uint64_t letters = 0;
  for (const char c : name) letters |= std::uint64_t{1} << (static_cast<unsigned char>(c) & 63);
  return letters;
}

// The common functions by their length.
class CommonNames {
 public:
  CommonNames() : names_(common_functions().size()) {
    for (const auto name : common_functions()) {
      names_.add(name);
      if (name.size() < longest) by_size_[name.size()].push_back({letters_of(name), name});
      mark_losses(name);
    }
  }

  bool has(std::string_view name) const { return names_.find(name) != TextIds::none; }

  // Whether `name` may be what is left of one that lost a byte. Quickly false for most names.
  bool may_lack_a_byte(std::string_view name) const {
    return name.size() > 1 && marks_.test(mark_of(name.size(), name[0], name[1], name.back())) &&
           whole(name, 1).has_value();
  }

  // The one of which `name` may be what is left, but not by the loss of its first byte alone.
  std::optional<std::string_view> whole(std::string_view name, std::size_t most) const {
    const auto letters = letters_of(name);
    for (auto size = name.size() + 1; size <= name.size() + most && size < longest; ++size)
      for (const auto& [of_common, common] : by_size_[size])
        if ((letters & ~of_common) == 0 && lost_bytes_of(name, common, most) && common.substr(1) != name &&
            !lost_a_digit(name, common))
          return common;
    return std::nullopt;
  }

 private:
  static constexpr std::size_t longest = 64;
  static constexpr std::size_t marks = std::size_t{1} << 16;

  static std::size_t mark_of(std::size_t size, char first, char second, char last) {
    std::size_t mark = size;
    for (const char c : {first, second, last}) mark = mark * 31 + static_cast<unsigned char>(c);
    return mark % marks;
  }

  // Whichever byte is lost, but the first, one of three marks is left.
  void mark_losses(std::string_view name) {
    const auto left = name.size() - 1;
    if (left < 2) return;
    marks_.set(mark_of(left, name[0], name[2], name.back()));
    marks_.set(mark_of(left, name[0], name[1], name.back()));
    marks_.set(mark_of(left, name[0], name[1], name[left - 1]));
  }

  // Functions for IPv4 and IPv6 are not damaged versions of each other.
  static bool lost_a_digit(std::string_view name, std::string_view whole) {
    const auto differ = std::mismatch(name.begin(), name.end(), whole.begin(), whole.end()).second;
    return differ != whole.end() && *differ >= '0' && *differ <= '9';
  }

  TextIds names_;
  std::bitset<marks> marks_;  // of what is left when a byte is lost
  std::array<std::vector<std::pair<std::uint64_t, std::string_view>>, longest> by_size_;
};

const CommonNames& common_names() {
  static const CommonNames built;
  return built;
}

// Whether one may be the other with damage.
bool is_same(std::string_view a, std::string_view b, std::size_t most) {
  return lost_bytes_of(a, b, most) || lost_bytes_of(b, a, most) || differs_by_a_bit(a, b);
}

constexpr std::size_t most_lost = 2;  // of a name's bytes

// Which of the names that are nearly the same is the true one.
class Names {
 public:
  Names(std::vector<Position>& positions, bool damaged_text)
      : damaged_text_(damaged_text), names_(positions.size()), keys_(positions.size()) {
    links_.reserve(positions.size());
    counts_.reserve(positions.size());
    by_key_.reserve(positions.size());
    for (auto& position : positions) {
      position.name_id = static_cast<std::uint32_t>(names_.add(position.name));
      if (position.name_id == counts_.size()) counts_.push_back(0);
      ++counts_[position.name_id];
      position.key_id =
          static_cast<std::uint32_t>(keys_.add(damaged_text ? position.size : place_of(position)));
      if (position.key_id == by_key_.size()) by_key_.emplace_back();
      remember(by_key_[position.key_id], position);
    }
  }

  // The name that `position` ought to have; nullopt: its own, as nothing says otherwise. Names of other
  // functions differ by little as well, so only the same return address, or damage elsewhere, lets one be
  // taken for another.
  std::optional<std::string_view> true_name(const Position& position) {
    const auto most = position.name.size() < 8 ? std::size_t{1} : most_lost;
    std::optional<std::string_view> best;
    const auto consider = [&](std::string_view name) {
      const auto chosen = better(best.value_or(position.name), name);
      if (chosen.data() == name.data()) best = chosen;
    };
    for (auto at = by_key_[position.key_id].first; at != nothing; at = links_[at].next) {
      const auto& other = *links_[at].position;
      if (other.name_id != position.name_id && is_same(position.name, other.name, most)) consider(other.name);
    }
    if (best || counts_[position.name_id] > 1 || common_names().has(position.name)) return best;
    if (damaged_text_) {
      for (const auto name : repeated())
        if (lost_bytes_of(position.name, name, most)) consider(name);
      return best ? best : common_names().whole(position.name, most);
    }
    const auto name = common_names().whole(position.name, 1);
    const bool hides = name && is_skipped_function(*name) && !is_skipped_function(position.name);
    return hides ? name : best;
  }

 private:
  // So that hostile text costs bounded time. Reports have fewer.
  static constexpr std::size_t most_alike = 256;
  static constexpr auto nothing = static_cast<std::size_t>(-1);

  // Positions with the same key, in the order of the text.
  struct Link {
    const Position* position = nullptr;
    std::size_t next = nothing;
  };
  struct Chain {
    std::size_t first = nothing;
    std::size_t last = nothing;
    std::size_t count = 0;
  };

  // One of each name and offset is enough.
  void remember(Chain& chain, const Position& position) {
    for (auto at = chain.first; at != nothing; at = links_[at].next) {
      const auto& other = *links_[at].position;
      if (other.name_id == position.name_id && same_offset(other, position)) return;
    }
    if (++chain.count > most_alike) return;
    (chain.first == nothing ? chain.first : links_[chain.last].next) = links_.size();
    chain.last = links_.size();
    links_.push_back({&position});
  }

  // What stands more than once, in alphabetical order.
  const std::vector<std::string_view>& repeated() {
    if (repeated_) return *repeated_;
    auto& found = repeated_.emplace();
    for (std::size_t id = 0; id < names_.size(); ++id)
      if (counts_[id] > 1) found.push_back(names_.text(id));
    std::sort(found.begin(), found.end());
    found.resize(std::min(found.size(), most_alike));
    return found;
  }

  std::size_t count(std::string_view name) const {
    const auto id = names_.find(name);
    return id == TextIds::none ? 0 : counts_[id];
  }
  // Said more often, else longer: lines lose bytes, they do not add any.
  std::string_view better(std::string_view a, std::string_view b) const {
    if (count(a) != count(b)) return count(a) > count(b) ? a : b;
    return b.size() > a.size() ? b : a;
  }

  bool damaged_text_;
  TextIds names_;
  std::vector<std::size_t> counts_;
  // What two positions that may have the same name have in common: the size, in whole text the place.
  TextIds keys_;
  std::vector<Chain> by_key_;
  std::vector<Link> links_;
  std::optional<std::vector<std::string_view>> repeated_;
};

// Whether nothing in a whole text says that one of its names is another: those at one place differ too much,
// and none is what is left of a common one. May be false without a cause.
bool names_agree(const std::vector<Position>& positions) {
  struct Pair {
    std::string_view first;
    std::string_view second;
  };
  TextIds places(positions.size());
  std::vector<Pair> names;  // of each place: few have two
  names.reserve(positions.size());
  for (const auto& position : positions) {
    const auto name = position.name;
    const auto place = places.add(place_of(position));
    if (place == names.size()) names.push_back({name, name});
    auto& [first, second] = names[place];
    if (name != first) {
      const bool third = second != first && second != name;
      if (third || is_same(name, first, most_lost)) return false;
      second = name;
    }
    if (common_names().may_lack_a_byte(name) && !common_names().has(name)) return false;
  }
  return true;
}

// For each position the name that it ought to have, see Names::true_name().
std::vector<std::optional<std::string_view>> true_names_of(std::vector<Position>& positions,
                                                           bool damaged_text) {
  std::vector<std::optional<std::string_view>> found(positions.size());
  if (!damaged_text && names_agree(positions)) return found;
  Names names(positions, damaged_text);
  std::transform(positions.begin(), positions.end(), found.begin(),
                 [&](auto& position) { return names.true_name(position); });
  return found;
}

// A frame that lost its question mark stands one blank further right than the others.
bool lost_question_mark(std::string_view text, const Position& position) {
  if (position.begin < 2 || text.substr(position.begin - 2, 2) != "  ") return false;
  const auto before = text.substr(0, position.begin);
  const auto bracket = before.rfind(']');
  return bracket == npos ? position.begin == 2 : position.begin - bracket == 3;
}

bool has_question_mark(std::string_view text) {
  auto at = text.empty() || text[0] != ' ' ? std::size_t{0} : text.find_first_not_of(' ');
  while (at < text.size() && text[at] == '[') {
    const auto close = text.find(']', at);
    if (close == npos) return false;
    at = text.find_first_not_of(' ', close + 1);
  }
  return at < text.size() && text[at] == '?';
}

void mark_guesses(LogLines& log, const std::vector<Position>& positions, bool damaged_text) {
  for (auto& line : log.lines())
    if (!line.questionable && has_question_mark(line.text) && !has_text(line.text, "<EOI>"))
      line.questionable = true;
  if (!damaged_text) return;
  std::size_t indented = 0;
  for (const auto& position : positions)
    indented += lost_question_mark(log.lines()[position.line].text, position) ? 1U : 0U;
  if (4 * indented > positions.size()) return;
  for (const auto& position : positions) {
    auto& line = log.lines()[position.line];
    line.questionable |= lost_question_mark(line.text, position);
  }
}

}  // namespace

void repair_frames(LogLines& log, Damage& damage) {
  auto positions = positions_of(log.lines());
  for (const auto& position : positions) damage.places += position.damaged ? 1U : 0U;
  const bool damaged_text = damage.places > 0;
  const auto true_names = true_names_of(positions, damaged_text);
  mark_guesses(log, positions, damaged_text);
  damage.whole_names.reserve(positions.size());
  // From the back, so that places in a line stay true.
  for (auto i = positions.size(); i-- > 0;) {
    const auto& position = positions[i];
    if (!true_names[i]) damage.whole_names.push_back(position.name);
    if (!true_names[i] && !position.damaged) continue;
    const auto name = true_names[i].value_or(position.name);
    if (true_names[i]) {
      ++damage.places;
      damage.repairs.push_back("function: '" + std::string(position.name) + "' read as '" +
                               std::string(name) + "'");
    }
    auto& line = log.lines()[position.line];
    std::string text(line.text.substr(0, position.begin));
    text += std::string(name) + "+0x" + std::string(position.offset) + "/0x" + std::string(position.size);
    text += line.text.substr(position.end);
    log.put(line, std::move(text));
  }
}

}  // namespace rigbisect
