#include "cli/recorded_campaign.h"

#include "cli/goal.h"

namespace rigbisect {

Result<Bisection> replay(const RunLog& run_log, const CampaignHeader& header, const Recipe& recipe,
                         const Repository& repository, std::vector<LoggedEvent>& events,
                         std::stop_token stop) {
  auto bisection = begin_bisection(recipe, {header.bad, header.good, header.releases}, repository, stop);
  if (!bisection) return bisection;
  auto logged = run_log.events(header.id);
  if (!logged) return logged.error();
  events = std::move(*logged);
  for (const LoggedEvent& entry : events) bisection->record(entry.event);
  return bisection;
}

Result<RecordedCampaign> load_campaign(RunLog& run_log, const std::string& campaign, std::stop_token stop) {
  auto header = run_log.header(campaign);
  if (!header) return header.error();
  auto recipe = parse_recipe(header->recipe_text, header->recipe_file);
  if (!recipe) return recipe.error().within("the recipe as kept with campaign " + header->id);
  auto repository = Repository::open(recipe->tree);
  if (!repository) return repository.error();
  std::vector<LoggedEvent> logged;
  auto bisection = replay(run_log, *header, *recipe, *repository, logged, stop);
  if (!bisection) return bisection.error();

  const std::int64_t last_ms = logged.empty() ? header->started_ms : logged.back().wall_ms;
  std::vector<Event> events;
  events.reserve(logged.size());
  for (auto& entry : logged) events.push_back(std::move(entry.event));
  const Totals totals = add_up(events, std::chrono::milliseconds(last_ms - header->started_ms));
  const bool running = run_log.is_running(header->id);
  auto directory = run_log.artefacts(header->id);
  std::error_code ignored;
  const bool boards_off = std::filesystem::exists(directory / kBoardsOff, ignored);
  return RecordedCampaign{.header = std::move(*header),
                          .recipe = std::move(*recipe),
                          .repository = std::move(*repository),
                          .bisection = std::move(*bisection),
                          .events = std::move(events),
                          .totals = totals,
                          .boards_off = boards_off,
                          .running = running,
                          .directory = std::move(directory)};
}

}  // namespace rigbisect
