#include "run/campaign.h"

namespace rigbisect {

Campaign::Campaign(Bisection& bisection, Crew& crew, Append append, CampaignObserver& observer)
    : bisection_(bisection), crew_(crew), append_(std::move(append)), observer_(observer) {}

Result<CampaignEnd> Campaign::run(std::stop_token stop) {
  tell();
  while (!bisection_.finished()) {
    dispatch();
    if (!crew_.has_board()) return CampaignEnd::no_board;
    auto event = crew_.wait(stop);
    if (!event) {
      if (event.error().code == Errc::cancelled) return CampaignEnd::interrupted;
      return event.error();
    }
    if (!*event) continue;
    if (auto durable = append_(**event); !durable) return durable.error();
    bisection_.record(**event);
    observer_.recorded(**event);
    tell();
  }
  return CampaignEnd::finished;
}

void Campaign::dispatch() {
  for (const Task& task : crew_.capacity().in_flight) {
    if (!bisection_.obsolete(task)) continue;
    crew_.cancel(task);
    observer_.cancelled(task);
  }
  for (const Task& task : bisection_.plan(crew_.capacity())) {
    crew_.start(task);
    observer_.started(task);
  }
  observer_.stands(bisection_.standing());
}

void Campaign::tell() {
  const auto& story = bisection_.story();
  if (story.size() > told_) observer_.told(story, told_);
  told_ = story.size();
}

}  // namespace rigbisect
