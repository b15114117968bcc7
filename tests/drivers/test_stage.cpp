#include <doctest/doctest.h>
#include <sys/stat.h>

#include "drivers/registry.h"
#include "os/file.h"
#include "tests/drivers/driver_test.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct Site : DriverWorld {
  Site() {
    REQUIRE(write_file_atomically(intent.kernel, "KERNEL"));
    REQUIRE(write_file_atomically(intent.initramfs, "INITRD"));
    fs::permissions(intent.kernel, fs::perms::owner_read);
    fs::create_directories(root());
  }
  fs::path root() const { return scratch.path() / "srv"; }
  std::unique_ptr<BootMedium> medium(std::map<std::string, std::vector<std::string>> more = {}) {
    more.emplace("root", std::vector{root().native()});
    more.emplace("mac", std::vector<std::string>{"52:54:00:77:00:1a"});
    auto made = make(stage_driver(), more);
    if (!made) FAIL(made.error().what);
    return std::move(*made);
  }
  std::string content(const std::string& name) const {
    const auto text = read_file(root() / name);
    return text ? *text : text.error().what;
  }

  ScratchDirectory scratch;
  BootIntent intent{scratch.path() / "bzImage", scratch.path() / "initrd", "console=ttyS0,115200 panic=5",
                    "0001-run"};
};

}  // namespace

TEST_CASE_FIXTURE(Site, "pxelinux finds its configuration, and everything that it names") {
  const auto staged = medium();
  REQUIRE(staged->arm(intent, in(10s), {}));
  CHECK(content("pxelinux.cfg/01-52-54-00-77-00-1a") ==
        "# made by rigbisect\nDEFAULT rigbisect\nPROMPT 0\nLABEL rigbisect\n  KERNEL "
        "/rigbisect/board-1/0001-run/kernel\n"
        "  INITRD /rigbisect/board-1/0001-run/initrd\n  APPEND console=ttyS0,115200 panic=5\n");
  CHECK(content("rigbisect/board-1/0001-run/kernel") == "KERNEL");
  CHECK(content("rigbisect/board-1/0001-run/initrd") == "INITRD");
  for (const char* name : {"pxelinux.cfg/01-52-54-00-77-00-1a", "rigbisect/board-1/0001-run/kernel"}) {
    struct stat info {};
    REQUIRE(::stat((root() / name).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0644U);
  }
  REQUIRE(staged->disarm());
  CHECK_FALSE(fs::exists(root() / "pxelinux.cfg/01-52-54-00-77-00-1a"));
  CHECK(fs::is_empty(root() / "rigbisect/board-1"));
  CHECK(staged->disarm());
}

TEST_CASE_FIXTURE(Site, "iPXE fetches from the site's own server") {
  const auto staged = medium({{"url", {"http://10.77.0.1/"}}});
  REQUIRE(staged->arm(intent, in(10s), {}));
  CHECK(content("rigbisect/52-54-00-77-00-1a.ipxe") ==
        "#!ipxe\n# made by rigbisect\nkernel --name kernel "
        "http://10.77.0.1/rigbisect/board-1/0001-run/kernel initrd=initrd "
        "console=ttyS0,115200 panic=5\ninitrd --name initrd "
        "http://10.77.0.1/rigbisect/board-1/0001-run/initrd\nboot\n");
  intent.command_line = "a && b";
  CHECK(staged->arm(intent, in(10s), {}).error().code == Errc::invalid);
}

TEST_CASE_FIXTURE(Site,
                  "a new run replaces the one before, and a kernel that is missing leaves nothing armed") {
  const auto staged = medium();
  REQUIRE(staged->arm(intent, in(10s), {}));
  intent.run_id = "0002-run";
  REQUIRE(staged->arm(intent, in(10s), {}));
  CHECK_FALSE(fs::exists(root() / "rigbisect/board-1/0001-run"));
  intent.kernel = scratch.path() / "nowhere";
  CHECK_FALSE(staged->arm(intent, in(10s), {}));
  CHECK_FALSE(fs::exists(root() / "pxelinux.cfg/01-52-54-00-77-00-1a"));
}

TEST_CASE_FIXTURE(Site, "a directory that is not there is said before anything is armed") {
  const std::string nowhere = (scratch.path() / "nowhere").native();
  const auto made = make(stage_driver(), {{"root", {nowhere}}, {"mac", {"52:54:00:77:00:1a"}}});
  REQUIRE_FALSE(made);
  CHECK(made.error().what.find(nowhere + " is no directory") != std::string::npos);
}
