#include <doctest/doctest.h>

#include "kernel/build_diagnosis.h"

using namespace rigbisect;

namespace {

BuildDiagnosis read(const std::string& output) {
  BuildDiagnosis diagnosis;
  for (const char c : output) diagnosis.add(std::string(1, c));  // pieces may be cut anywhere
  diagnosis.finish();
  return diagnosis;
}

}  // namespace

TEST_CASE("the first error of a build is the line a person wants to see") {
  struct Row {
    const char* name;
    std::string output, first_error;
  };
  const Row rows[] = {
      {"compiler",
       "  CC      mm/util.o\nmm/util.c: In function 'f':\nmm/util.c:3:2: warning: unused\n"
       "mm/util.c:12:5: error: 'x' undeclared (first use in this function)\n   12 |     x = 1;\n"
       "make[2]: *** [scripts/Makefile.build:250: mm/util.o] Error 1\nmake: *** [Makefile:2020: mm] Error "
       "2\n",
       "mm/util.c:12:5: error: 'x' undeclared (first use in this function)"},
      {"header", "a.c:1:10: fatal error: linux/nope.h: No such file or directory\ncompilation terminated.\n",
       "a.c:1:10: fatal error: linux/nope.h: No such file or directory"},
      {"no rule",
       "make[3]: *** No rule to make target 'mm/gone.o', needed by 'mm/built-in.a'.  Stop.\nmake: *** [x] "
       "Error 2",
       "make[3]: *** No rule to make target 'mm/gone.o', needed by 'mm/built-in.a'.  Stop."},
      {"linker",
       "ld: mm/a.o: in function `f':\na.c:(.text+0x1): undefined reference to `g'\nmake: *** [vmlinux] Error "
       "1\n",
       "a.c:(.text+0x1): undefined reference to `g'"},
      {"modpost", "ERROR: modpost: \"x\" [drivers/y.ko] undefined!\nmake[1]: *** [m] Error 1\n",
       "ERROR: modpost: \"x\" [drivers/y.ko] undefined!"},
      {"kconfig", "mm/Kconfig:12: syntax error\nmake[2]: *** [olddefconfig] Error 1\n",
       "mm/Kconfig:12: syntax error"},
      {"assembler",
       "a.S: Assembler messages:\na.S:4: Error: no such instruction: `foo'\nmake: *** [a.o] Error 1\n",
       "a.S:4: Error: no such instruction: `foo'"},
      {"only make", "x\nmake[1]: *** [Makefile:5: thing] Error 7\nmake: *** [all] Error 2\n",
       "make[1]: *** [Makefile:5: thing] Error 7"},
      {"nothing known", "something odd\n\n", "something odd"},
      {"silence", "", ""},
      {"no line end", "a.c:1:1: error: cut", "a.c:1:1: error: cut"},
      {"escapes", "\x1b[31ma.c:1:1: error: red\x1b[0m\n", "\\x1b[31ma.c:1:1: error: red\\x1b[0m"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const BuildDiagnosis diagnosis = read(row.output);
    CHECK(diagnosis.first_error() == row.first_error);
    CHECK(!diagnosis.fault());
  }
}

TEST_CASE("what is wrong with the machine is no verdict on the commit") {
  const std::pair<const char*, const char*> rows[] = {
      {"/tmp/ccX.s: error writing: No space left on device\n", "disk is full"},
      {"gcc: fatal error: Killed signal terminated program cc1\n", "want of memory"},
      {"cc1: out of memory allocating 65536 bytes after a total of 1 bytes\n", "out of memory"},
      {"/bin/sh: 1: flex: not found\n", "apt-get install flex"},
      {"/bin/sh: line 1: bc: command not found\n", "apt-get install bc"},
      {"scripts/sign-file.c:25:10: fatal error: openssl/opensslv.h: No such file or directory\n",
       "libssl-dev"},
      {"as: x.o: Read-only file system\n", "read-only"},
      {"make: fork: Resource temporarily unavailable\n", "too many processes"},
  };
  for (const auto& [output, advice] : rows) {
    CAPTURE(output);
    const auto fault = read(std::string(output) + "make: *** [x] Error 1\n").fault();
    REQUIRE(fault.has_value());
    CHECK(fault->find(advice) != std::string::npos);
  }
}

TEST_CASE("source text that speaks of a full disk is not a full disk") {
  CHECK(!read("   12 |   pr_err(\"x: No space left on device\");\n").fault());
  CHECK(!read("a.c:1:1: warning: 'x: No space left on device' directive\n").fault());
}

TEST_CASE("endless lines do not fill the memory") {
  BuildDiagnosis diagnosis;
  for (int i = 0; i < 1000; ++i) diagnosis.add(std::string(10'000, 'x'));
  diagnosis.finish();
  CHECK(diagnosis.first_error().size() <= 2000);
}
