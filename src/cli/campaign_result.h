#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "bisect/story.h"
#include "cli/exit_code.h"

namespace rigbisect {

// What a story has come to, in one line: "culprit 1a2b...", "inconclusive: 4 candidates", "" while there is
// no result.
std::string result_line(const std::vector<story::Item>& story);

// The exit code that the result stands for; done if there is none.
ExitCode exit_code_for(const std::vector<story::Item>& story);

// The exit code for an error that ended a command.
ExitCode exit_code_for(const Error& error);

// Says the error on `err` in the program's form and gives its exit code.
ExitCode report_error(std::ostream& err, const Error& error);

}  // namespace rigbisect
