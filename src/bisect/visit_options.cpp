#include "bisect/visit_options.h"

#include <algorithm>
#include <array>

namespace rigbisect {
namespace {

using Place = Candidates::Place;
using Line = Candidates::Line;

constexpr std::array kQuantiles{0.02, 0.05, 0.1, 0.15, 0.2,  0.25, 0.3,  0.35, 0.4, 0.44, 0.48,
                                0.52, 0.56, 0.6, 0.64, 0.68, 0.72, 0.77, 0.83, 0.9, 0.95};
constexpr double kMuchAtOnce = 0.03;  // of all probability, by one merge
constexpr double kLikely = 1.0 / 32;
constexpr std::size_t kMostLines = 10;
constexpr double kBarelyInDoubt = 5e-4;

// Collects the options along lines.
class Lines {
 public:
  Lines(const Belief& belief, const std::vector<double>& masses,
        const std::function<bool(CommitGraph::Index)>& usable)
      : belief_(belief), candidates_(belief.candidates()), masses_(masses), usable_(usable) {}

  std::vector<VisitOption> collect() {
    walk(candidates_.main_line());
    while (!merges_.empty() && lines_ < kMostLines) {
      std::pop_heap(merges_.begin(), merges_.end(), lighter);
      const Merge merge = std::move(merges_.back());
      merges_.pop_back();
      const auto parents = candidates_.parents(merge.commit);
      for (std::size_t i = 1; i < parents.size(); ++i) side_line(parents[i], merge.known);
    }
    add_likely();
    return std::move(options_);
  }

 private:
  struct Merge {
    double brings;  // of all probability
    Place commit;
    std::vector<bool> known;  // what its line had before
  };

  static bool lighter(const Merge& a, const Merge& b) { return a.brings < b.brings; }

  // The line that a merge brings in, down to what `known` members of the main numbering already held.
  void side_line(Place tip, const std::vector<bool>& known) {
    if (known[tip]) return;
    std::vector<bool> within = known;
    within.flip();
    walk(candidates_.line_to(tip, within));
  }

  void walk(const Line& line) {
    ++lines_;
    const std::vector<std::size_t> wanted = members_at_quantiles(line);
    std::vector<double> inside(belief_.classes(), 0);
    std::size_t at = 0;
    for (const std::size_t member : wanted) {
      for (; at < line.members[member].upto; ++at) {
        inside[belief_.class_of(line.added[at])] += belief_.share(line.added[at]);
      }
      add(line.members[member].commit, inside);
    }
  }

  // In rising order. Notes the merges that bring much at once.
  std::vector<std::size_t> members_at_quantiles(const Line& line) {
    std::vector<std::size_t> wanted;
    double sum = 0;
    std::size_t at = 0;
    std::size_t next = 0;
    for (std::size_t member = 0; member < line.members.size() && next < kQuantiles.size(); ++member) {
      const double before = sum;
      const std::size_t first = at;
      for (; at < line.members[member].upto; ++at) {
        sum += density_[belief_.class_of(line.added[at])] * belief_.weight(line.added[at]);
      }
      if (sum < kQuantiles[next]) continue;
      if (member > 0) nearest_usable(line, member - 1, -1, wanted);
      nearest_usable(line, member, +1, wanted);
      while (next < kQuantiles.size() && sum >= kQuantiles[next]) ++next;
      if (sum - before > kMuchAtOnce) note_merge(line, member, first, sum - before);
    }
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    return wanted;
  }

  void nearest_usable(const Line& line, std::size_t member, int step, std::vector<std::size_t>& wanted) {
    for (; member < line.members.size(); member += static_cast<std::size_t>(step)) {
      if (!usable_(candidates_.commit(line.members[member].commit))) continue;
      wanted.push_back(member);
      return;
    }
  }

  void note_merge(const Line& line, std::size_t member, std::size_t first, double brings) {
    const Place commit = line.members[member].commit;
    if (candidates_.parents(commit).size() < 2) return;
    std::vector<bool> known(candidates_.size(), false);
    for (std::size_t i = 0; i < first; ++i) known[line.added[i]] = true;
    merges_.push_back({brings, commit, std::move(known)});
    std::push_heap(merges_.begin(), merges_.end(), lighter);
  }

  // The lines that were walked may pass by the few that are left.
  void add_likely() {
    if (candidates_.main_line().members.size() == candidates_.size()) return;
    for (Place place = 0; place < candidates_.size(); ++place) {
      const CommitGraph::Index commit = candidates_.commit(place);
      if (belief_.probability(place) > kLikely && usable_(commit))
        options_.push_back(option_of(belief_, commit));
    }
  }

  void add(Place place, const std::vector<double>& inside) {
    VisitOption option{candidates_.commit(place), inside};
    if (belief_.fix()) {
      for (double& share : option.buggy) share = 1 - share;
    }
    option.buggy[0] = 1;
    options_.push_back(std::move(option));
  }

  static std::vector<double> densities(const Belief& belief, const std::vector<double>& masses) {
    std::vector<double> density(masses.size());
    for (std::size_t c = 0; c < masses.size(); ++c) {
      density[c] = belief.class_weight(c) > 0 ? masses[c] / belief.class_weight(c) : 0;
    }
    return density;
  }

  const Belief& belief_;
  const Candidates& candidates_;
  const std::vector<double>& masses_;
  const std::function<bool(CommitGraph::Index)>& usable_;
  std::vector<double> density_ = densities(belief_, masses_);
  std::vector<VisitOption> options_;
  std::vector<Merge> merges_;  // a heap
  std::size_t lines_ = 0;
};

}  // namespace

bool worth_running(double has_bug) {
  return has_bug > kBarelyInDoubt && has_bug < 1 - kBarelyInDoubt;
}

std::vector<VisitOption> tested_options(const Belief& belief, const std::vector<double>& masses) {
  std::vector<VisitOption> options;
  for (std::size_t t = 0; t < belief.tested().size(); ++t) {
    double has_bug = 0;
    for (std::size_t c = 0; c < belief.classes(); ++c) has_bug += belief.has_bug(t, c) ? masses[c] : 0;
    if (!worth_running(has_bug)) continue;
    VisitOption option{belief.tested()[t], std::vector<double>(belief.classes(), 0)};
    for (std::size_t c = 0; c < belief.classes(); ++c) option.buggy[c] = belief.has_bug(t, c) ? 1 : 0;
    options.push_back(std::move(option));
  }
  return options;
}

VisitOption option_of(const Belief& belief, CommitGraph::Index commit) {
  VisitOption option{commit, std::vector<double>(belief.classes(), 0)};
  const auto& tested = belief.tested();
  const auto known = std::find(tested.begin(), tested.end(), commit);
  if (known != tested.end()) {
    const auto t = static_cast<std::size_t>(known - tested.begin());
    for (std::size_t c = 0; c < belief.classes(); ++c) option.buggy[c] = belief.has_bug(t, c) ? 1 : 0;
    return option;
  }
  const std::vector<bool> ancestors = belief.candidates().ancestors(commit);
  for (Place place = 0; place < ancestors.size(); ++place) {
    if (ancestors[place] != belief.fix()) option.buggy[belief.class_of(place)] += belief.share(place);
  }
  option.buggy[0] = 1;
  return option;
}

std::vector<VisitOption> untested_options(const Belief& belief, const std::vector<double>& masses,
                                          const std::function<bool(CommitGraph::Index)>& usable) {
  return Lines(belief, masses, usable).collect();
}

}  // namespace rigbisect
