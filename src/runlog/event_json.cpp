#include <nlohmann/json.hpp>

#include "runlog/run_log.h"

namespace rigbisect {
namespace {

using nlohmann::json;

json to_json(const CrashReport& report) {
  json out{{"title", report.title},
           {"alt_titles", report.alt_titles},
           {"type", report.type},
           {"corrupted", report.corrupted},
           {"suppressed", report.suppressed},
           {"panicked", report.panicked},
           {"frame", report.frame},
           {"guilty_file", report.guilty_file},
           {"start", report.start},
           {"end", report.end},
           {"report", report.report},
           {"prefix_size", report.prefix_size},
           {"repairs", report.repairs}};
  if (report.executor) out["executor"] = {{"proc", report.executor->proc}, {"id", report.executor->id}};
  return out;
}

CrashReport report_from(const json& in) {
  CrashReport report;
  report.title = in.at("title");
  report.alt_titles = in.at("alt_titles").get<std::vector<std::string>>();
  report.type = in.at("type");
  report.corrupted = in.at("corrupted");
  report.suppressed = in.at("suppressed");
  report.panicked = in.at("panicked");
  report.frame = in.at("frame");
  report.guilty_file = in.at("guilty_file");
  report.start = in.at("start");
  report.end = in.at("end");
  report.report = in.at("report");
  report.prefix_size = in.value("prefix_size", std::size_t{0});  // not in older logs
  report.repairs = in.value("repairs", std::vector<std::string>{});
  if (in.contains("executor")) report.executor = Executor{in["executor"].at("proc"), in["executor"].at("id")};
  return report;
}

json to_json(const Error& error) {
  return {{"code", to_string(error.code)}, {"what", error.what}};
}

Error error_from(const json& in) {
  const std::string name = in.at("code");
  for (int code = 0; code <= static_cast<int>(Errc::internal); ++code) {
    if (name == to_string(static_cast<Errc>(code))) return {static_cast<Errc>(code), in.at("what")};
  }
  throw std::invalid_argument("unknown error code " + name);
}

json to_json(Duration duration) {
  return duration.count();
}
Duration duration_from(const json& in) {
  return Duration{in.get<Duration::rep>()};
}

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

json to_json(const RunOutcome& outcome) {
  return std::visit(
      Overloaded{
          [](const Survived& o) {
            return json{{"kind", "survived"}, {"ran", to_json(o.ran)}};
          },
          [](const Crashed& o) {
            json reports = json::array();
            for (const auto& report : o.reports) reports.push_back(to_json(report));
            return json{{"kind", "crashed"},
                        {"reports", reports},
                        {"after", to_json(o.after)},
                        {"during_boot", o.during_boot}};
          },
          [](const Hung& o) {
            return json{{"kind", "hung"}, {"evidence", o.evidence}, {"after", to_json(o.after)}};
          },
          [](const BootFailed& o) {
            return json{{"kind", "boot_failed"}, {"stage", o.stage}, {"why", o.why}};
          },
          [](const BenchFault& o) {
            return json{{"kind", "bench_fault"}, {"error", to_json(o.error)}};
          },
      },
      outcome);
}

RunOutcome run_outcome_from(const json& in) {
  const std::string kind = in.at("kind");
  if (kind == "survived") return Survived{duration_from(in.at("ran"))};
  if (kind == "crashed") {
    Crashed crashed{{}, duration_from(in.at("after")), in.at("during_boot")};
    for (const auto& report : in.at("reports")) crashed.reports.push_back(report_from(report));
    return crashed;
  }
  if (kind == "hung") return Hung{in.at("evidence"), duration_from(in.at("after"))};
  if (kind == "boot_failed") return BootFailed{in.at("stage"), in.at("why")};
  if (kind == "bench_fault") return BenchFault{error_from(in.at("error"))};
  throw std::invalid_argument("unknown run outcome " + kind);
}

json to_json(const BuildOutcome& outcome) {
  return std::visit(Overloaded{
                        [](const Built& o) {
                          return json{{"kind", "built"}, {"signature", o.signature}, {"cached", o.cached}};
                        },
                        [](const BuildFailed& o) {
                          return json{{"kind", "failed"}, {"first_error", o.first_error}};
                        },
                        [](const BuildFault& o) {
                          return json{{"kind", "fault"}, {"error", to_json(o.error)}};
                        },
                    },
                    outcome);
}

BuildOutcome build_outcome_from(const json& in) {
  const std::string kind = in.at("kind");
  if (kind == "built") return Built{in.at("signature"), in.at("cached")};
  if (kind == "failed") return BuildFailed{in.at("first_error")};
  if (kind == "fault") return BuildFault{error_from(in.at("error"))};
  throw std::invalid_argument("unknown build outcome " + kind);
}

Event event_from(const json& in) {
  const std::string kind = in.at("event");
  if (kind == "build_ended") {
    return BuildEnded{in.at("commit"), build_outcome_from(in.at("outcome")), in.at("compiler"),
                      duration_from(in.at("elapsed"))};
  }
  if (kind == "run_ended") {
    return RunEnded{in.at("commit"), in.at("board"), run_outcome_from(in.at("outcome")),
                    duration_from(in.at("elapsed")), in.at("console")};
  }
  if (kind == "board_set_aside") return BoardSetAside{in.at("board"), error_from(in.at("error"))};
  throw std::invalid_argument("unknown event " + kind);
}

}  // namespace

std::string event_to_json(const Event& event) {
  const json out = std::visit(
      Overloaded{
          [](const BuildEnded& e) {
            return json{{"event", "build_ended"},
                        {"commit", e.commit},
                        {"outcome", to_json(e.outcome)},
                        {"compiler", e.compiler},
                        {"elapsed", to_json(e.elapsed)}};
          },
          [](const RunEnded& e) {
            return json{{"event", "run_ended"},
                        {"commit", e.commit},
                        {"board", e.board},
                        {"outcome", to_json(e.outcome)},
                        {"elapsed", to_json(e.elapsed)},
                        {"console", e.console}};
          },
          [](const BoardSetAside& e) {
            return json{{"event", "board_set_aside"}, {"board", e.board}, {"error", to_json(e.error)}};
          },
      },
      event);
  // Console text may hold any bytes; what is not UTF-8 is replaced here, the raw bytes are in the artefacts.
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Event> event_from_json(const std::string& text) {
  try {
    return event_from(json::parse(text));
  } catch (const std::exception& error) {
    return Error{Errc::invalid, "the run log has an event that this version does not understand (" +
                                    std::string(error.what()) + ")"};
  }
}

}  // namespace rigbisect
