#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kernel/make_kernel_builder.h"

namespace rigbisect {

// The compiler that a kernel of some version is built with, as it is installed here.
struct Toolchain {
  std::string cc;        // as make's CC
  std::string compiler;  // what `cc --version` calls itself: "gcc (Debian 12.2.0-14+deb12u1) 12.2.0"
  std::string identity;  // compiler and linker: another one may make other code
};

// The program that the rules name for a kernel which contains `release` ("" if none): the newest rule not
// newer than the release, with the cross prefix in front of a plain gcc name. No rules: gcc. Errc::invalid if
// none fits or one is wrong. Pure.
Result<std::string> choose_compiler(const std::vector<CompilerChoice>& rules, const std::string& release,
                                    const std::string& cross_compile);

// Asks the compiler and the linker what they are. Errc::not_found names what is to be installed. Blocks for
// milliseconds.
Result<Toolchain> identify_toolchain(const std::string& cc, const std::string& cross_compile, Clock& clock,
                                     const std::stop_token& stop);

}  // namespace rigbisect
