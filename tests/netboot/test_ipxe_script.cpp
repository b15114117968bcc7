#include <doctest/doctest.h>

#include "netboot/ipxe_script.h"

using namespace rigbisect;
using namespace rigbisect::netboot;

namespace {

ScriptFacts facts(std::string command_line) {
  return {"run-17", "http://10.77.0.1:8069/0123", std::move(command_line), true};
}

}  // namespace

TEST_CASE("the script fetches each file twice at most and says what failed") {
  const auto script = ipxe_script(facts("console=ttyS0,115200 panic=0"));
  REQUIRE(script);
  CHECK(*script ==
        "#!ipxe\n"
        "echo rigbisect: run run-17\n"
        "kernel --name kernel http://10.77.0.1:8069/0123/kernel initrd=initramfs console=ttyS0,115200 "
        "panic=0 || "
        "kernel --name kernel http://10.77.0.1:8069/0123/kernel initrd=initramfs console=ttyS0,115200 "
        "panic=0 || "
        "goto failed\n"
        "initrd --name initramfs http://10.77.0.1:8069/0123/initramfs || "
        "initrd --name initramfs http://10.77.0.1:8069/0123/initramfs || goto failed\n"
        "boot || goto failed\n"
        ":failed\n"
        "echo rigbisect: network boot failed\n"
        "sleep 2\n"
        "exit 1\n");
}

TEST_CASE("a kernel with its initramfs inside needs no initrd") {
  ScriptFacts alone = facts("quiet");
  alone.has_initramfs = false;
  const auto script = ipxe_script(alone);
  REQUIRE(script);
  CHECK(script->find("initr") == std::string::npos);
  CHECK(script->find("/kernel quiet ||") != std::string::npos);
}

TEST_CASE("ordinary command lines pass, quotes and dashes included") {
  for (const char* fine :
       {"", "dyndbg=\"file a.c +p; file b.c +p\" -- --verbose", "a=b#c x=$HOME y={z}", "a||b c;d"})
    CHECK_MESSAGE(ipxe_script(facts(fine)).ok(), fine);
}

TEST_CASE("a command line cannot break out of the script") {
  for (const std::string bad : {"a\nshell", "a\rb", "quiet || shell", "quiet && shell", "quiet ; shell",
                                "x=${net0/mac}", "a #b", "\x1b[2J", "t\tab", "caf\xc3\xa9"}) {
    const auto script = ipxe_script(facts(bad));
    CAPTURE(bad);
    REQUIRE_FALSE(script.ok());
    CHECK(script.error().code == Errc::invalid);
    CHECK(script.error().what.find('\x1b') == std::string::npos);
  }
  CHECK(ipxe_script(facts(std::string(2000, 'x'))).ok());
  CHECK_FALSE(ipxe_script(facts(std::string(2048, 'x'))).ok());
}
