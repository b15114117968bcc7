#include "cli/campaign_result.h"

#include <ostream>

#include "base/text.h"

namespace rigbisect {
namespace {

struct Ending {
  std::string line;
  ExitCode code = ExitCode::done;
};

struct EndingOf {
  Ending operator()(const story::Culprit& item) const { return {"culprit " + item.commit, ExitCode::done}; }
  Ending operator()(const story::Inconclusive& item) const {
    return {"inconclusive: " + std::to_string(item.candidates.size()) + " candidates: " + item.why,
            ExitCode::no_culprit};
  }
  Ending operator()(const story::NotReproduced& item) const {
    return {"not reproduced: " + item.why, ExitCode::no_culprit};
  }
  Ending operator()(const story::OldestBad& item) const {
    return {"the oldest release tested crashes already: " + item.oldest, ExitCode::no_culprit};
  }
  Ending operator()(const story::StillBroken& item) const {
    return {item.why.empty() ? "the newest commit still crashes: " + item.newest
                             : "no fix is known yet: the newest commit is " + item.newest + ", " + item.why,
            ExitCode::no_culprit};
  }
  Ending operator()(const story::GaveUp& item) const {
    return {"gave up: " + item.why, ExitCode::host_failed};
  }
  template <typename Other>
  Ending operator()(const Other&) const {
    return {};
  }
};

Ending ending(const std::vector<story::Item>& story) {
  return story.empty() ? Ending{} : std::visit(EndingOf{}, story.back());
}

}  // namespace

std::string result_line(const std::vector<story::Item>& story) {
  return ending(story).line;
}

ExitCode exit_code_for(const std::vector<story::Item>& story) {
  return ending(story).code;
}

ExitCode exit_code_for(const Error& error) {
  switch (error.code) {
    case Errc::invalid:
    case Errc::not_found:
      return ExitCode::bad_input;
    case Errc::busy:
    case Errc::timeout:
    case Errc::disconnected:
    case Errc::protocol:
      return ExitCode::rig_failed;
    case Errc::cancelled:
      return ExitCode::interrupted;
    case Errc::denied:
    case Errc::io:
    case Errc::internal:
      return ExitCode::host_failed;
  }
  return ExitCode::host_failed;
}

ExitCode report_error(std::ostream& err, const Error& error) {
  err << "rigbisect: " << printable(error.what, true) << "\n";
  return exit_code_for(error);
}

}  // namespace rigbisect
