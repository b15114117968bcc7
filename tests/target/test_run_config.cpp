#include <doctest/doctest.h>

#include "target/run_config.h"

using namespace rigbisect;
using std::chrono::milliseconds;

namespace {

constexpr const char* kSmallest = "nonce=0123456789abcdef\nduration_ms=4000\narg=/rigbisect/reproducer\n";

std::string error_of(const std::string& text) {
  const auto config = parse_run_config(text);
  return config ? std::string() : config.error().what;
}

}  // namespace

TEST_CASE("the smallest run.conf runs the reproducer again and again for the whole time") {
  const auto config = parse_run_config(kSmallest);
  REQUIRE(config);
  CHECK(config->nonce == "0123456789abcdef");
  CHECK(config->duration == milliseconds(4000));
  CHECK(config->per_run == milliseconds(4000));
  CHECK_FALSE(config->once);
  CHECK(config->argv == std::vector<std::string>{"/rigbisect/reproducer"});
  CHECK(config->environment.empty());
}

TEST_CASE("comments and empty lines are skipped") {
  CHECK(parse_run_config(std::string("# made by hand\n\n") + kSmallest));
}

TEST_CASE("what was written is read back") {
  RunConfig config;
  config.nonce = "fedcba9876543210";
  config.duration = milliseconds(1);
  config.per_run = milliseconds(86'400'000);
  config.once = true;
  config.argv = {"/rigbisect/reproducer", "", "two words", "a\nb\\x41\xff", "-n=3"};
  config.environment = {"A=1", "EMPTY=", "LINES=x\ny"};
  const auto again = parse_run_config(format_run_config(config));
  REQUIRE(again);
  CHECK(*again == config);
}

TEST_CASE("a line that is not understood is named by number") {
  CHECK(error_of(std::string(kSmallest) + "colour=blue\n").find("line 4") != std::string::npos);
  CHECK(error_of("nonce=0123456789ABCDEF\n").find("line 1") != std::string::npos);
  CHECK(error_of("nonce\n").find("line 1") != std::string::npos);
  CHECK(error_of("\n\nduration_ms=0\n").find("line 3") != std::string::npos);
  CHECK(error_of("duration_ms=10s\n").find("line 1") != std::string::npos);
  CHECK(error_of("duration_ms=99999999999999\n").find("line 1") != std::string::npos);
  CHECK(error_of("once=yes\n").find("line 1") != std::string::npos);
  CHECK(error_of("env=NOVALUE\n").find("line 1") != std::string::npos);
  CHECK(error_of("arg=a\\n\n").find("line 1") != std::string::npos);
  CHECK(error_of("arg=a\\x0\n").find("line 1") != std::string::npos);
  CHECK(error_of("arg=a\\x00b\n").find("line 1") != std::string::npos);
}

TEST_CASE("a run.conf without nonce, time or program is refused") {
  CHECK(error_of("").find("nonce") != std::string::npos);
  CHECK(error_of("nonce=0123456789abcdef\narg=/a\n").find("duration_ms") != std::string::npos);
  CHECK(error_of("nonce=0123456789abcdef\nduration_ms=5\n").find("arg") != std::string::npos);
  CHECK(error_of("nonce=0123456789abcdef\nduration_ms=5\narg=\n").find("arg") != std::string::npos);
}

TEST_CASE("words and bytes are limited") {
  std::string many = kSmallest;
  for (int i = 0; i < 255; ++i) many += "arg=x\n";
  CHECK(parse_run_config(many));
  CHECK_FALSE(parse_run_config(many + "arg=x\n"));
  CHECK_FALSE(parse_run_config(std::string(kSmallest) + "#" + std::string(65536, 'x')));
}

TEST_CASE("an error message shows no control characters") {
  CHECK(error_of("\x1b[2J\n").find("\\x1b[2J") != std::string::npos);
}
