#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>
#include <keyutils.h>

#include "drivers/secret.h"
#include "os/file.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using Place = SecretReference::Place;

namespace {

std::string message(const SecretReference& reference) {
  const auto secret = fetch_secret(reference, "power.password");
  REQUIRE_FALSE(secret);
  return secret.error().what;
}

// A key of this process, gone with the object.
struct Key {
  Key(const char* name, const std::string& content)
      : id(::add_key("user", name, content.data(), content.size(), KEY_SPEC_PROCESS_KEYRING)) {}
  ~Key() { ::keyctl_unlink(id, KEY_SPEC_PROCESS_KEYRING); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  key_serial_t id;
};

}  // namespace

TEST_CASE("a secret in a file counts without its line feed, and only if nobody else may read it") {
  const ScratchDirectory scratch;
  const auto file = scratch.path() / "password";
  REQUIRE(write_file_atomically(file, "hunter2\n"));
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  CHECK(fetch_secret({Place::file, file}, "power.password").value() == "hunter2");
  std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  CHECK(message({Place::file, file}).find("open to every user: chmod 600 " + file.string()) !=
        std::string::npos);
  CHECK(message({Place::file, scratch.path() / "none"}).find("No such file") != std::string::npos);
}

TEST_CASE("a secret in a variable") {
  ::setenv("RIGBISECT_TEST_SECRET", "hunter2", 1);
  CHECK(fetch_secret({Place::environment, "RIGBISECT_TEST_SECRET"}, "power.password").value() == "hunter2");
  ::setenv("RIGBISECT_TEST_SECRET", "", 1);
  CHECK(message({Place::environment, "RIGBISECT_TEST_SECRET"}) ==
        "power.password from variable RIGBISECT_TEST_SECRET: it is empty");
  ::unsetenv("RIGBISECT_TEST_SECRET");
  CHECK(message({Place::environment, "RIGBISECT_TEST_SECRET"}) ==
        "power.password from variable RIGBISECT_TEST_SECRET: it is not set");
}

TEST_CASE("a secret in the kernel's keyrings") {
  const Key key("rigbisect-test:bmc", "hunter2\n");
  if (key.id < 0) {
    MESSAGE("skipped: this kernel gives no keyrings here");
    return;
  }
  CHECK(fetch_secret({Place::keyring, "rigbisect-test:bmc"}, "power.password").value() == "hunter2");
  const Key long_one("rigbisect-test:long", std::string(5000, 'x'));
  CHECK(message({Place::keyring, "rigbisect-test:long"}).ends_with("expected one line of text"));
  CHECK(message({Place::keyring, "rigbisect-test:none"}).find("there is no such key") != std::string::npos);
}
