#include "drivers/redfish_service.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace rigbisect {
namespace {

using nlohmann::json;

constexpr const char* kSystems = "/redfish/v1/Systems";
constexpr const char* kSessions = "/redfish/v1/SessionService/Sessions";
constexpr const char* kJson = "application/json";

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

std::vector<OptionSpec> RedfishService::options() {
  auto options = HttpClient::options();
  options.push_back({.name = "login",
                     .default_value = "basic",
                     .help = "basic authentication with each request, or a session for each exchange",
                     .choices = {"basic", "session"}});
  options.push_back(
      {.name = "system",
       .help = "the last part of the system's path, where a service has several: 1, Self, Node2"});
  return options;
}

Result<RedfishService> RedfishService::make(const DriverOptions& options) {
  auto client = HttpClient::make(options);
  if (!client) return client.error();
  const bool by_session = options.text("login") == "session";
  const HttpAccess access = client->access();
  if (by_session && access.user.empty()) {
    return Error{Errc::invalid, "'login: session' needs 'user' and 'password'"};
  }
  HttpAccess without = access;
  without.user.clear();
  without.password.clear();
  const std::string system = options.has("system") ? kSystems + ("/" + options.text("system")) : "";
  return RedfishService(by_session ? HttpClient(std::move(without)) : std::move(*client),
                        by_session ? access.user : "", access.password, system);
}

template <typename Work>
auto RedfishService::in_session(const Work& work, Deadline deadline, const std::stop_token& stop) {
  using Outcome = decltype(work());
  if (user_.empty()) return work();
  const HttpRequest login{.path = kSessions,
                          .method = "POST",
                          .body = json{{"UserName", user_}, {"Password", password_}}.dump(),
                          .content_type = kJson};
  const auto session = client_.exchange(login, deadline, stop);
  if (!session) return Outcome(session.error());
  token_ = session->header("x-auth-token");
  if (token_.empty())
    return Outcome(Error{Errc::protocol, "the service began a session without X-Auth-Token"});
  auto outcome = work();
  // It would end by itself some time; there are few, so its end is asked for, whatever becomes of that.
  const std::string location = session->header("location");
  const auto path = location.find("/redfish/");
  if (path != std::string::npos) {
    (void)send({.path = location.substr(path), .method = "DELETE"}, deadline, stop);
  }
  token_.clear();
  return outcome;
}

Result<std::string> RedfishService::send(HttpRequest request, Deadline deadline,
                                         const std::stop_token& stop) const {
  if (!token_.empty()) request.headers.push_back("X-Auth-Token: " + token_);
  if (!request.body.empty()) request.content_type = kJson;
  return client_.request(request, deadline, stop);
}

Result<std::string> RedfishService::find_system(Deadline deadline, const std::stop_token& stop) {
  if (!system_.empty()) return system_;
  const auto body = send({.path = kSystems}, deadline, stop);
  if (!body) return body.error();
  const auto members = redfish_members(*body);
  if (!members) return members.error();
  if (members->size() != 1) {
    return Error{Errc::invalid, "the service has " + std::to_string(members->size()) +
                                    " systems: say in 'system' which one is meant: " +
                                    printable(join(*members, ", ").substr(0, 400))};
  }
  system_ = members->front();
  return system_;
}

Result<RedfishSystem> RedfishService::get_system(Deadline deadline, const std::stop_token& stop) {
  const auto path = find_system(deadline, stop);
  if (!path) return path.error();
  const auto body = send({.path = *path}, deadline, stop);
  if (!body) return body.error();
  return redfish_system(*body);
}

Result<RedfishSystem> RedfishService::system(Deadline deadline, std::stop_token stop) {
  return in_session([&] { return get_system(deadline, stop); }, deadline, stop);
}

Result<void> RedfishService::reset(const std::vector<std::string>& wishes, Deadline deadline,
                                   std::stop_token stop) {
  const auto work = [&]() -> Result<void> {
    auto now = get_system(deadline, stop);
    if (!now) return now.error();
    if (!now->reset_types && !now->reset_info.empty()) {
      const auto info = send({.path = now->reset_info}, deadline, stop);
      if (!info) return info.error();
      auto types = redfish_reset_types(*info);
      if (!types) return types.error();
      now->reset_types = std::move(*types);
    }
    const auto type = std::find_if(wishes.begin(), wishes.end(), [&](const std::string& wish) {
      return !now->reset_types || contains(*now->reset_types, wish);
    });
    if (type == wishes.end()) {
      return Error{Errc::invalid, "the service offers no reset " + join(wishes, " or ") + ", only " +
                                      printable(join(*now->reset_types, ", ").substr(0, 400))};
    }
    const HttpRequest post{.path = now->reset, .method = "POST", .body = json{{"ResetType", *type}}.dump()};
    const auto done = send(post, deadline, stop);
    return done ? Result<void>() : done.error();
  };
  return in_session(work, deadline, stop);
}

Result<void> RedfishService::boot_once(const std::string& target, bool uefi, Deadline deadline,
                                       std::stop_token stop) {
  const auto work = [&]() -> Result<void> {
    const auto before = get_system(deadline, stop);
    if (!before) return before.error();
    if (!before->boot_targets.empty() && !contains(before->boot_targets, target)) {
      return Error{Errc::invalid, "the service cannot boot from " + target + ", only from " +
                                      printable(join(before->boot_targets, ", ").substr(0, 400))};
    }
    json boot{{"BootSourceOverrideEnabled", "Once"}, {"BootSourceOverrideTarget", target}};
    if (before->has_boot_mode) boot["BootSourceOverrideMode"] = uefi ? "UEFI" : "Legacy";
    HttpRequest patch{.path = system_, .method = "PATCH", .body = json{{"Boot", boot}}.dump()};
    if (!before->etag.empty()) patch.headers.push_back("If-Match: " + before->etag);
    if (const auto done = send(patch, deadline, stop); !done) return done.error();
    const auto after = get_system(deadline, stop);
    if (!after) return after.error();
    if (after->boot_enabled == "Once" && after->boot_target == target) return {};
    return Error{Errc::protocol, "the service took the boot override and reports '" +
                                     printable(after->boot_enabled + " " + after->boot_target) + "'"};
  };
  return in_session(work, deadline, stop);
}

}  // namespace rigbisect
