#include "drivers/secret.h"

#include <cstdlib>

#include <sys/stat.h>

#include "base/text.h"
#include "os/fd.h"
#include "os/file.h"

namespace rigbisect {
namespace {

constexpr std::size_t kLongestSecret = 4096;

Result<std::string> from_file(const std::string& path, const std::string& what) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return errno_error(what);
  if ((info.st_mode & 0007U) != 0) {
    return Error{Errc::denied, what + ": the file is open to every user: chmod 600 " + printable(path)};
  }
  auto content = read_file(path, kLongestSecret);
  if (!content) return content.error().within(what);
  while (content->ends_with('\n') || content->ends_with('\r')) content->pop_back();
  return content;
}

}  // namespace

Result<std::string> fetch_secret(const SecretReference& reference, const std::string& option) {
  const bool file = reference.place == SecretReference::Place::file;
  const std::string what = option + " from " + (file ? "" : "variable ") + printable(reference.name);
  const char* value = file ? nullptr : std::getenv(reference.name.c_str());  // NOLINT(concurrency-mt-unsafe)
  if (!file && value == nullptr) return Error{Errc::not_found, what + ": it is not set"};
  auto secret = file ? from_file(reference.name, what) : Result<std::string>(std::string(value));
  if (!secret) return secret;
  if (secret->empty()) return Error{Errc::invalid, what + ": it is empty"};
  if (secret->size() > kLongestSecret || secret->find('\0') != std::string::npos) {
    return Error{Errc::invalid, what + ": expected one line of text"};
  }
  return secret;
}

Result<std::string> fetch_secret(const DriverOptions& options, const std::string& option,
                                 const std::string& otherwise) {
  const auto reference = options.secret(option);
  return reference ? fetch_secret(*reference, option) : Result<std::string>(otherwise);
}

}  // namespace rigbisect
