#include "bisect/findings.h"

#include <utility>

namespace rigbisect {

std::vector<Findings::Index> Findings::add_crash(Index commit) {
  std::vector<Index> dropped;
  std::vector<Finding> kept;
  for (Finding& finding : findings_) {
    if (contradicts(commit, finding)) {
      if (finding.kind == Kind::clean) dropped.push_back(finding.commit);
    } else {
      kept.push_back(std::move(finding));
    }
  }
  findings_ = std::move(kept);
  findings_.push_back({commit, Kind::crashes, ""});
  return dropped;
}

void Findings::add_clean(Index commit) {
  findings_.push_back({commit, Kind::clean, ""});
}

void Findings::drop(Index commit) {
  std::erase_if(findings_, [commit](const Finding& finding) { return finding.commit == commit; });
}

void Findings::add_untestable(Index commit, std::string reason) {
  findings_.push_back({commit, Kind::untestable, std::move(reason)});
}

bool Findings::contradicts(Index crash, const Finding& finding) const {
  if (finding.kind == Kind::untestable) return finding.commit == crash;
  if (finding.kind == Kind::crashes) return false;
  return fix_ ? graph_->is_ancestor(finding.commit, crash) : graph_->is_ancestor(crash, finding.commit);
}

std::vector<Findings::Index> Findings::of(Kind kind) const {
  std::vector<Index> commits;
  for (const Finding& finding : findings_) {
    if (finding.kind == kind) commits.push_back(finding.commit);
  }
  return commits;
}

std::optional<Findings::Kind> Findings::about(Index commit) const {
  for (const Finding& finding : findings_) {
    if (finding.commit == commit) return finding.kind;
  }
  return std::nullopt;
}

// Each is an ancestor of the one before, but for a crash that a late run showed on another branch.
std::optional<Findings::Index> Findings::newer() const {
  std::optional<Index> end;
  for (const Index commit : of(fix_ ? Kind::clean : Kind::crashes)) {
    if (!end || graph_->is_ancestor(commit, *end)) end = commit;
  }
  return end;
}

SearchState Findings::range() const {
  return SearchState{*graph_, *newer(), older(), of(Kind::untestable)};
}

}  // namespace rigbisect
