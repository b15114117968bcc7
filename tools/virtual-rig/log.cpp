#include "log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace rigbisect::rig {

Result<Log> Log::open(const std::string& path, const Clock& clock) {
  Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file.valid()) return errno_error(path);
  return Log(std::move(file), clock);
}

void Log::line(const std::string& text) const {
  const double seconds = std::chrono::duration<double>(clock_->now() - start_).count();
  const std::string line = fmt::format("{:10.3f} {}\n", seconds, text);
  // A full disk must not stop the shelf; the log is a convenience.
  [[maybe_unused]] const auto written = ::write(file_.get(), line.data(), line.size());
}

}  // namespace rigbisect::rig
