#include "drivers/secret.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <keyutils.h>
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
  return content;
}

Result<std::string> from_environment(const std::string& name, const std::string& what) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) return Error{Errc::not_found, what + ": it is not set"};
  return std::string(value);
}

// request_key(2): the first of the thread's, the process's and the session's keyrings that has it; the latter
// links the user's.
Result<std::string> from_keyring(const std::string& name, const std::string& what) {
  const auto key = ::request_key("user", name.c_str(), nullptr, 0);
  if (key < 0) {
    if (errno != ENOKEY) return errno_error(what);
    return Error{Errc::not_found, what + ": there is no such key: keyctl padd user NAME @u < FILE"};
  }
  std::string content(kLongestSecret + 1, '\0');
  const auto size = ::keyctl_read(key, content.data(), content.size());
  if (size < 0) return errno_error(what);
  content.resize(std::min(content.size(), static_cast<std::size_t>(size)));
  return content;
}

Result<std::string> content_of(const SecretReference& reference, const std::string& what) {
  switch (reference.place) {
    case SecretReference::Place::file:
      return from_file(reference.name, what);
    case SecretReference::Place::environment:
      return from_environment(reference.name, what);
    case SecretReference::Place::keyring:
      return from_keyring(reference.name, what);
  }
  return Error{Errc::invalid, what + ": nowhere to be found"};
}

std::string place_name(const SecretReference& reference) {
  switch (reference.place) {
    case SecretReference::Place::environment:
      return "variable " + printable(reference.name);
    case SecretReference::Place::keyring:
      return "key " + printable(reference.name);
    default:
      return printable(reference.name);
  }
}

}  // namespace

Result<std::string> fetch_secret(const SecretReference& reference, const std::string& option) {
  const std::string what = option + " from " + place_name(reference);
  auto secret = content_of(reference, what);
  if (!secret) return secret;
  while (secret->ends_with('\n') || secret->ends_with('\r')) secret->pop_back();
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
