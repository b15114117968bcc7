#include "report/totals.h"

#include <set>

namespace rigbisect {

Totals add_up(const std::vector<Event>& events, Duration total) {
  Totals totals{.total = total};
  std::set<CommitId> tested;
  for (const Event& event : events) {
    if (const auto* build = std::get_if<BuildEnded>(&event)) {
      totals.build += build->elapsed;
      if (std::holds_alternative<BuildFailed>(build->outcome)) tested.insert(build->commit);
    } else if (const auto* run = std::get_if<RunEnded>(&event)) {
      totals.test += run->elapsed;
      ++totals.runs;
      tested.insert(run->commit);
    }
  }
  totals.revisions = static_cast<int>(tested.size());
  return totals;
}

}  // namespace rigbisect
