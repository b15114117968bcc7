#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bisect/bisection.h"
#include "run/crew.h"

namespace rigbisect {

// What a campaign tells those who watch. Called on the campaign's thread.
class CampaignObserver {
 public:
  virtual ~CampaignObserver() = default;

  virtual void started(const Task& task) = 0;
  // The task is pointless now and is being ended; may be told more than once.
  virtual void cancelled(const Task&) {}
  virtual void recorded(const Event& event) = 0;
  // The story has grown; items before `first_new` were told before.
  virtual void told(const std::vector<story::Item>& story, std::size_t first_new) = 0;
  virtual void stands(const Standing& standing) = 0;
};

// How a campaign ended. `finished`: the story's last item is the result. Otherwise it can be resumed.
enum class CampaignEnd { finished, interrupted, no_board };

// One bisection under way: plan, start, wait, append, record. The event is appended (durable) before it
// counts.
class Campaign {
 public:
  using Append = std::function<Result<void>(const Event&)>;

  // All references outlive the campaign. `bisection` may already hold replayed events.
  Campaign(Bisection& bisection, Crew& crew, Append append, CampaignObserver& observer);

  // Blocks until the result is there, a stop, or the last board was set aside. Errors: an event could not be
  // made durable (it does not count then, and the campaign must be resumed).
  Result<CampaignEnd> run(std::stop_token stop);

 private:
  void dispatch();
  void tell();

  Bisection& bisection_;
  Crew& crew_;
  Append append_;
  CampaignObserver& observer_;
  std::size_t told_ = 0;
};

}  // namespace rigbisect
