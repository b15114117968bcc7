#include <doctest/doctest.h>

#include "symbols/source_path.h"

using namespace rigbisect;

TEST_CASE("a source file is named as the kernel's developers name it") {
  const auto named = [](const char* file, const char* directory) {
    return kernel_source(absolute_source(file, directory), "/home/me/linux/", directory);
  };
  CHECK(named("kernel/fork.c", "/home/me/linux") == "kernel/fork.c");
  CHECK(named("./include/linux/slab.h", "/home/me/linux") == "include/linux/slab.h");
  CHECK(named("arch/x86/../../mm/slub.c", "/home/me/linux") == "mm/slub.c");
  CHECK(named("/home/me/linux/kernel/fork.c", "/home/me/obj") == "kernel/fork.c");
  CHECK(named("../linux/kernel/fork.c", "/home/me/obj") == "kernel/fork.c");
  CHECK(named("./arch/x86/include/generated/asm/syscalls.h", "/home/me/obj") ==
        "arch/x86/include/generated/asm/syscalls.h");
}

TEST_CASE("a file from elsewhere is cut at a top directory of the kernel, if it has one") {
  CHECK(kernel_source("/build/linux-6.1/arch/x86/entry/entry_64.S", "", "") == "arch/x86/entry/entry_64.S");
  CHECK(kernel_source("/home/me/ring/ring.c", "/home/me/linux/", "/home/me/obj") == "/home/me/ring/ring.c");
  CHECK(kernel_source("debian/build/kernel/fork.c", "debian/build/", "") == "kernel/fork.c");
}

TEST_CASE("a tree's name that another's begins with is not cut off") {
  CHECK(kernel_source("/home/me/linux-next/fork.c", "/home/me/linux", "") == "/home/me/linux-next/fork.c");
}
