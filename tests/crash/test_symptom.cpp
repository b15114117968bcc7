#include <string>

#include <doctest/doctest.h>

#include "crash/symptom.h"

using namespace rigbisect;
using Kind = Symptom::Kind;

namespace {

CrashReport crash(const std::string& title, const std::string& type, const std::string& frame = "") {
  CrashReport report;
  report.title = title;
  report.type = type;
  report.frame = frame;
  return report;
}

CrashReport uaf() {
  auto report = crash("KASAN: use-after-free Read in ring_read", "KASAN-USE-AFTER-FREE-READ", "ring_read");
  report.alt_titles = {"bad-access in ring_read"};
  report.report = "Call Trace:\n ring_read+0x1/0x2\n ring_ioctl+0x1/0x2\n";
  return report;
}

std::vector<CrashReport> times(int count, const CrashReport& report) {
  return std::vector<CrashReport>(static_cast<std::size_t>(count), report);
}

std::vector<CrashReport> operator+(std::vector<CrashReport> a, const std::vector<CrashReport>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

using Values = std::vector<std::string>;

}  // namespace

TEST_CASE("the title or an alternative title makes a crash the same") {
  CHECK(classify(uaf(), {Kind::title, {uaf().title}}) == CrashClass::same);
  CHECK(classify(uaf(), {Kind::title, {"x", "bad-access in ring_read"}}) == CrashClass::same);
}

TEST_CASE("another title that blames the same function is of the family") {
  const Symptom symptom{Kind::title, {"general protection fault in ring_read"}};
  CHECK(classify(uaf(), symptom) == CrashClass::family);
}

TEST_CASE("the same type with the function in its stack is of the family") {
  const Symptom symptom{Kind::title, {"KASAN: use-after-free Read in ring_ioctl"}};
  CHECK(classify(uaf(), symptom) == CrashClass::family);
}

TEST_CASE("a damaged report of the same type is of the family, of another type it is noise") {
  auto damaged = crash("KASAN: use-after-free Read in corrupted", "KASAN-USE-AFTER-FREE-READ");
  damaged.corrupted = true;
  CHECK(classify(damaged, {Kind::title, {uaf().title}}) == CrashClass::family);
  CHECK(classify(damaged, {Kind::title, {"WARNING in ring_grow"}}) == CrashClass::noise);
}

TEST_CASE("a crash of another kind is unrelated") {
  CHECK(classify(crash("WARNING in usb_probe", "WARNING", "usb_probe"), {Kind::title, {uaf().title}}) ==
        CrashClass::unrelated);
}

TEST_CASE("what is no bug of the kernel is noise, whatever the symptom") {
  auto suppressed = uaf();
  suppressed.suppressed = true;
  CHECK(classify(suppressed, {}) == CrashClass::noise);
  CHECK(classify(crash("lost connection to test machine", "LOST_CONNECTION"), {}) == CrashClass::noise);
  CHECK(classify(crash("SYZFAIL: SIGBUS", "SYZ_FAILURE"), {}) == CrashClass::noise);
}

TEST_CASE("kinds without a title compare what they say") {
  const auto hang = crash("INFO: task hung in f", "HANG", "f");
  const auto reboot = crash("unexpected kernel reboot", "REBOOT");
  CHECK(classify(uaf(), {Kind::any_crash, {}}) == CrashClass::same);
  CHECK(classify(uaf(), {Kind::type, {"KASAN-USE-AFTER-FREE-READ"}}) == CrashClass::same);
  CHECK(classify(uaf(), {Kind::type, {"WARNING"}}) == CrashClass::unrelated);
  CHECK(classify(uaf(), {Kind::regex, {"KASAN: .* in ring_"}}) == CrashClass::same);
  CHECK(classify(uaf(), {Kind::regex, {"^bad-access"}}) == CrashClass::same);
  CHECK(classify(uaf(), {Kind::regex, {"usb"}}) == CrashClass::unrelated);
  CHECK(classify(hang, {Kind::hang, {}}) == CrashClass::same);
  CHECK(classify(uaf(), {Kind::hang, {}}) == CrashClass::unrelated);
  CHECK(classify(reboot, {Kind::reboot, {}}) == CrashClass::same);
}

TEST_CASE("a symptom that cannot match anything is refused") {
  CHECK(validate({Kind::title, {"x"}}).ok());
  CHECK(validate({Kind::any_crash, {}}).ok());
  CHECK(validate({Kind::regex, {"a|b"}}).ok());
  CHECK_FALSE(validate({Kind::title, {}}).ok());
  CHECK_FALSE(validate({Kind::type, {""}}).ok());
  CHECK_FALSE(validate({Kind::regex, {"a", "b"}}).ok());
  const auto bad = validate({Kind::regex, {"(a"}});
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().code == Errc::invalid);
  CHECK(bad.error().what.find("\"(a\" is no regular expression") == 0);
}

TEST_CASE("a symptom is described for people") {
  CHECK(describe({Kind::title, {"a", "b"}}) == "title \"a\" or \"b\"");
  CHECK(describe({Kind::any_crash, {}}) == "any crash");
  CHECK(describe({Kind::regex, {"x\x1b"}}) == "title matching \"x\\x1b\"");
}

TEST_CASE("likeness is 1 for the same report and falls with what differs") {
  const auto a = uaf();
  auto other_frame = uaf();
  other_frame.title = "KASAN: use-after-free Read in ring_poll";
  other_frame.alt_titles = {"bad-access in ring_poll"};
  other_frame.frame = "ring_poll";
  const auto unrelated = crash("WARNING in usb_probe", "WARNING", "usb_probe");
  CHECK(similarity(a, a) == doctest::Approx(1));
  CHECK(similarity(a, other_frame) < 0.7);
  CHECK(similarity(a, other_frame) > similarity(a, unrelated));
  CHECK(similarity(a, unrelated) == doctest::Approx(similarity(unrelated, a)));
}

TEST_CASE("the symptom of a reproduction is made of the representative types") {
  const auto kasan = uaf();
  const auto bug = crash("kernel BUG in f", "BUG", "f");
  const auto lockdep = crash("possible deadlock in f", "LOCKDEP", "f");
  const auto hang = crash("INFO: task hung in f", "HANG", "f");
  const auto warning = crash("WARNING in f", "WARNING", "f");
  const auto unknown = crash("INFO: odd", "");
  const auto lost = crash("lost connection to test machine", "LOST_CONNECTION");
  CHECK(symptom_from(times(4, kasan) + times(2, bug) + times(1, lockdep)).values ==
        Values{kasan.title, bug.title});
  CHECK(symptom_from(times(3, kasan) + times(3, hang) + times(1, warning)).values ==
        Values{kasan.title, warning.title});
  CHECK(symptom_from(times(2, kasan) + times(4, hang)).values == Values{hang.title, kasan.title});
  CHECK(symptom_from(times(4, unknown) + times(2, hang)).values == Values{unknown.title});
  CHECK(symptom_from(times(3, lost) + times(3, warning)).values == Values{warning.title});
  CHECK(symptom_from(times(6, lost)).values == Values{lost.title});
}

TEST_CASE("titles of a symptom come most frequent first, noise is left out") {
  auto rare = uaf();
  rare.title = "KASAN: use-after-free Read in ring_poll";
  auto suppressed = crash("WARNING in f", "WARNING");
  suppressed.suppressed = true;
  const auto symptom = symptom_from(times(1, rare) + times(2, uaf()) + times(5, suppressed));
  CHECK(symptom.kind == Kind::title);
  CHECK(symptom.values == Values{uaf().title, rare.title});
  CHECK(symptom_from({}).kind == Kind::any_crash);
}
