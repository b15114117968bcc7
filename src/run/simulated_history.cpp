#include "run/simulated_history.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include "config/problems.h"
#include "git/releases.h"
#include "git/repository.h"

namespace rigbisect {
namespace {

using Index = CommitGraph::Index;

std::optional<long> number(const std::string& id) {
  long value = 0;
  const auto parsed = std::from_chars(id.data(), id.data() + id.size(), value);
  const bool whole = parsed.ec == std::errc{} && parsed.ptr == id.data() + id.size();
  return whole ? std::optional(value) : std::nullopt;
}

std::vector<Commit> chain(int count) {
  std::vector<Commit> commits;
  for (int i = 1; i <= count; ++i) {
    Commit commit{.id = std::to_string(i),
                  .parents = {},
                  .subject = "commit " + std::to_string(i),
                  .time = i,
                  .tags = {}};
    if (i > 1) commit.parents = {std::to_string(i - 1)};
    commits.push_back(std::move(commit));
  }
  return commits;
}

std::vector<Commit> listed(const std::vector<ListedCommit>& list) {
  std::vector<Commit> commits;
  commits.reserve(list.size());
  for (const ListedCommit& entry : list) {
    commits.push_back({.id = entry.id,
                       .parents = entry.parents,
                       .subject = "commit " + entry.id,
                       .time = static_cast<std::int64_t>(commits.size()),
                       .tags = entry.tags});
  }
  return commits;
}

// Reads a scenario's commits as commits of its history.
class Maker {
 public:
  Maker(const Scenario& scenario, const std::stop_token& stop)
      : scenario_(scenario), stop_(stop), problems_(scenario.file) {}

  Result<SimulatedHistory> make() {
    if (auto read = read_graph(); !read) return read.error();
    find_ends();
    if (!problems_.empty()) return problems_.error();
    find_ranges();
    place_bug();
    mark(scenario_.untestable.no_build, [this](Index commit) { history_.no_build[commit] = true; });
    mark(scenario_.untestable.no_boot, [this](Index commit) { history_.no_boot[commit] = true; });
    for (const CommitSpan& span : scenario_.same_binary) {
      ++groups_;
      mark({span}, [this](Index commit) { history_.same_binary[commit] = groups_; });
    }
    if (!problems_.empty()) return problems_.error();
    return std::move(history_);
  }

 private:
  const CommitGraph& graph() const { return *history_.graph; }

  Result<void> read_graph() {
    const auto* git = std::get_if<GitHistory>(&scenario_.history);
    auto graph = git != nullptr ? read_git(*git) : CommitGraph::make(own_commits());
    if (!graph) return graph.error().within(scenario_.file.string() + ": history");
    history_.graph = std::make_shared<const CommitGraph>(std::move(*graph));
    history_.no_build.assign(this->graph().size(), false);
    history_.no_boot.assign(this->graph().size(), false);
    history_.same_binary.assign(this->graph().size(), 0);
    return {};
  }

  std::vector<Commit> own_commits() const {
    if (const auto* line = std::get_if<ChainHistory>(&scenario_.history)) return chain(line->count);
    return listed(std::get<std::vector<ListedCommit>>(scenario_.history));
  }

  Result<CommitGraph> read_git(const GitHistory& git) {
    auto repository = Repository::open(git.repo);
    if (!repository) return repository.error();
    repository_ = std::make_unique<Repository>(std::move(*repository));
    auto bad = repository_->resolve(git.bad);
    if (!bad) return bad.error();
    git_bad_ = *bad;
    if (git.good || scenario_.fix) {
      auto good = repository_->resolve(git.good.value_or("HEAD"));
      if (!good) return good.error();
      git_good_ = *good;
      return scenario_.fix ? repository_->history(*good, {*bad}, stop_)
                           : repository_->history(*bad, {*good}, stop_);
    }
    auto releases = repository_->releases_before(*bad);
    if (!releases) return releases.error();
    if (releases->empty())
      return Error{Errc::invalid, "there is no release tag before " + git.bad + ": name a good commit"};
    auto oldest = repository_->resolve(releases->back());
    if (!oldest) return oldest.error();
    return repository_->history(*bad, {*oldest}, stop_);
  }

  std::optional<Index> look_up(const std::string& id) const {
    if (const auto found = graph().find(id)) return found;
    if (!repository_) return std::nullopt;
    const auto resolved = repository_->resolve(id);
    return resolved ? graph().find(*resolved) : std::nullopt;
  }

  std::optional<Index> find(const NamedCommit& commit) {
    const auto found = look_up(commit.id);
    if (!found) problems_.add(commit.mark, "the commit " + shown(commit.id) + " is not in this history");
    return found;
  }

  // The tip with the longest past, of equal ones the first in git's order.
  Index newest() const {
    Index best = 0;
    std::size_t longest = 0;
    for (Index i = 0; i < graph().size(); ++i) {
      if (!graph().children(i).empty()) continue;
      const auto past = graph().ancestors({i});
      const auto length = static_cast<std::size_t>(std::count(past.begin(), past.end(), true));
      if (length > longest) best = i;
      longest = std::max(longest, length);
    }
    return best;
  }

  // The commit farthest down first parents.
  Index oldest(Index from) const {
    while (!graph().parents(from).empty()) from = graph().parents(from).front();
    return from;
  }

  void find_ends() {
    history_.newest = newest();
    history_.start = scenario_.fix ? oldest(history_.newest) : history_.newest;
    if (repository_) history_.start = *graph().find(git_bad_);
    if (scenario_.start) history_.start = find(*scenario_.start).value_or(history_.start);
    if (scenario_.good) {
      history_.good = find(*scenario_.good);
    } else if (!git_good_.empty()) {
      history_.good = graph().find(git_good_);
    } else if (!scenario_.fix) {
      history_.releases = releases();
      if (history_.releases.empty()) history_.good = oldest(history_.start);
      if (history_.good == history_.start) history_.good.reset();
    }
  }

  // The release tags to walk for a good end, as for a real repository.
  std::vector<std::string> releases() const {
    const std::vector<bool> before = graph().ancestors({history_.start});
    std::vector<git::ReleaseTag> tags;
    for (Index i = 0; i < graph().size(); ++i) {
      if (!before[i] || i == history_.start) continue;
      for (const std::string& tag : graph().at(i).tags) {
        const auto version = parse_release(tag);
        if (version && !version->is_candidate()) tags.push_back({tag, *version, graph().at(i).id});
      }
    }
    std::sort(tags.begin(), tags.end(), [](const auto& a, const auto& b) { return a.version > b.version; });
    std::vector<std::string> names;
    names.reserve(tags.size());
    for (const auto& tag : tags) names.push_back(tag.name);
    return git::pick_release_tags(names);
  }

  // Those of the commits that are among `inside` and not among `outside`.
  std::vector<Index> difference(const std::vector<bool>& inside, const std::vector<bool>& outside) const {
    std::vector<Index> commits;
    for (Index i = 0; i < graph().size(); ++i) {
      if (inside[i] && !outside[i]) commits.push_back(i);
    }
    return commits;
  }

  // A fix is looked for where the bug is, so it was introduced before the start; a cause where it is not yet
  // fixed.
  void find_ranges() {
    const std::vector<bool> none(graph().size(), false);
    const std::vector<bool> all(graph().size(), true);
    const std::vector<bool> before_start = graph().ancestors({history_.start});
    if (scenario_.fix) {
      history_.range = difference(graph().ancestors({history_.good.value_or(history_.newest)}), before_start);
      history_.introduced_range = difference(before_start, none);
      history_.fixed_range = history_.range;
      return;
    }
    const auto end = older_end();
    history_.range = difference(before_start, end ? graph().ancestors({*end}) : none);
    history_.introduced_range = history_.range;
    history_.fixed_range = difference(all, before_start);
  }

  std::optional<Index> older_end() const {
    if (history_.good) return history_.good;
    for (Index i = 0; i < graph().size() && !history_.releases.empty(); ++i) {
      const auto& tags = graph().at(i).tags;
      if (std::find(tags.begin(), tags.end(), history_.releases.back()) != tags.end()) return i;
    }
    return std::nullopt;
  }

  void place_bug() {
    const auto place = [this](const std::optional<ScenarioPlace>& where) -> std::optional<Index> {
      return where && where->commit ? find(*where->commit) : std::nullopt;
    };
    history_.introduced = place(scenario_.bug.introduced);
    history_.fixed = place(scenario_.bug.fixed);
  }

  template <typename Set>
  void mark(const std::vector<CommitSpan>& spans, const Set& set) {
    for (const CommitSpan& span : spans) {
      const auto first = number(span.first.id);
      const auto last = number(span.last.id);
      const std::vector<bool> inside = first && last && !repository_ ? between(*first, *last) : between(span);
      for (Index i = 0; i < inside.size(); ++i) {
        if (inside[i]) set(i);
      }
    }
  }

  // Numbers may lie outside of the history, as an end that is open.
  std::vector<bool> between(long first, long last) const {
    std::vector<bool> inside(graph().size(), false);
    for (Index i = 0; i < graph().size(); ++i) {
      const auto id = number(graph().at(i).id);
      inside[i] = id && first <= *id && *id <= last;
    }
    return inside;
  }

  std::vector<bool> between(const CommitSpan& span) {
    const auto first = find(span.first);
    const auto last = find(span.last);
    if (!first || !last) return {};
    std::vector<bool> inside = graph().ancestors({*last});
    const std::vector<bool> after = descendants(graph(), *first);
    for (Index i = 0; i < graph().size(); ++i) inside[i] = inside[i] && after[i];
    return inside;
  }

  const Scenario& scenario_;
  const std::stop_token& stop_;
  Problems problems_;
  SimulatedHistory history_;
  std::unique_ptr<Repository> repository_;
  CommitId git_bad_;
  CommitId git_good_;
  int groups_ = 0;
};

}  // namespace

std::vector<bool> descendants(const CommitGraph& graph, CommitGraph::Index from) {
  std::vector<bool> reached(graph.size(), false);
  std::vector<Index> open{from};
  reached[from] = true;
  while (!open.empty()) {
    const Index commit = open.back();
    open.pop_back();
    for (const Index child : graph.children(commit)) {
      if (reached[child]) continue;
      reached[child] = true;
      open.push_back(child);
    }
  }
  return reached;
}

Result<SimulatedHistory> make_history(const Scenario& scenario, const std::stop_token& stop) {
  return Maker(scenario, stop).make();
}

}  // namespace rigbisect
