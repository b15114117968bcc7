#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "crash/crash_report.h"

namespace rigbisect {

// What counts as the bug being chased.
struct Symptom {
  enum class Kind {
    any_crash,  // whatever the kernel reports
    title,      // one of `values`, compared with the title and the alternative titles
    type,       // one of `values`, compared with the type
    regex,      // values[0] (ECMAScript) found in the title or an alternative title
    hang,       // the machine stops answering without a report, or a report of type HANG
    reboot,     // the machine restarts by itself
  };
  Kind kind = Kind::any_crash;
  std::vector<std::string> values;

  bool operator==(const Symptom&) const = default;
};

// For people and messages: `title "KASAN: ..."`.
std::string describe(const Symptom& symptom);

// Errors: a regular expression that does not compile, a kind that needs a value without one.
Result<void> validate(const Symptom& symptom);

// What a crash says about the symptom.
enum class CrashClass {
  same,       // it is the symptom
  family,     // another title of probably the same bug (same type and frame or file, or an alternative title)
  unrelated,  // a real crash of another kind: says nothing about the bug
  noise,      // not a kernel bug at all (suppressed, lost connection, corrupted beyond recognition)
};

const char* to_string(CrashClass value);

CrashClass classify(const CrashReport& report, const Symptom& symptom);

// How alike two reports are, 0..1: titles, types, frames, stack functions.
double similarity(const CrashReport& a, const CrashReport& b);

// The symptom that a first reproduction defines: the title(s) seen, most frequent first; noise is left out.
Symptom symptom_from(const std::vector<CrashReport>& reports);

}  // namespace rigbisect
