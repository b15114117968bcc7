#include "target/run_config.h"

#include <charconv>
#include <optional>

#include "base/escape.h"

namespace rigbisect {
namespace {

constexpr std::size_t kLongestFile = 64 * 1024;
constexpr std::size_t kMostWords = 256;
constexpr std::string_view kHexDigits = "0123456789abcdef";

std::optional<std::chrono::milliseconds> parse_ms(std::string_view value) {
  constexpr int kLongest = 24 * 60 * 60 * 1000;
  int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || number < 1 || number > kLongest)
    return std::nullopt;
  return std::chrono::milliseconds(number);
}

bool is_nonce(std::string_view value) {
  return value.size() == 16 && value.find_first_not_of(kHexDigits) == std::string_view::npos;
}

// A C string goes to the kernel in the end: no NUL inside.
bool add_word(std::vector<std::string>& words, std::string_view value) {
  auto word = unescape(value);
  if (!word || word->find('\0') != std::string::npos || words.size() >= kMostWords) return false;
  words.push_back(std::move(*word));
  return true;
}

bool set_duration(std::chrono::milliseconds& to, std::string_view value) {
  const auto parsed = parse_ms(value);
  if (parsed) to = *parsed;
  return parsed.has_value();
}

// Takes one line over into `config`; false if the key is unknown or its value wrong.
bool apply(RunConfig& config, std::string_view key, std::string_view value) {
  if (key == "duration_ms") return set_duration(config.duration, value);
  if (key == "per_run_ms") return set_duration(config.per_run, value);
  if (key == "arg") return add_word(config.argv, value);
  if (key == "env") return value.find('=') != std::string_view::npos && add_word(config.environment, value);
  if (key == "nonce" && is_nonce(value)) {
    config.nonce = value;
    return true;
  }
  if (key == "once" && (value == "0" || value == "1")) {
    config.once = value == "1";
    return true;
  }
  return false;
}

Error invalid(const std::string& what) {
  return Error{Errc::invalid, std::string(kRunConfigPath) + ": " + what};
}

Result<RunConfig> complete(RunConfig config) {
  if (config.nonce.empty()) return invalid("no nonce");
  if (config.duration.count() == 0) return invalid("no duration_ms");
  if (config.argv.empty() || config.argv[0].empty()) return invalid("no arg: nothing to run");
  if (config.per_run.count() == 0) config.per_run = config.duration;
  return config;
}

}  // namespace

Result<RunConfig> parse_run_config(std::string_view text) {
  if (text.size() > kLongestFile) return invalid("longer than 64 KiB");
  RunConfig config;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line[0] == '#') continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || !apply(config, line.substr(0, equals), line.substr(equals + 1)))
      return invalid("line " + std::to_string(number) + " is not understood: " + escape(line.substr(0, 80)));
  }
  return complete(std::move(config));
}

std::string format_run_config(const RunConfig& config) {
  std::string text = "nonce=" + config.nonce + "\n";
  text += "duration_ms=" + std::to_string(config.duration.count()) + "\n";
  if (config.per_run.count() > 0) text += "per_run_ms=" + std::to_string(config.per_run.count()) + "\n";
  text += std::string("once=") + (config.once ? "1" : "0") + "\n";
  for (const auto& word : config.argv) text += "arg=" + escape(word) + "\n";
  for (const auto& variable : config.environment) text += "env=" + escape(variable) + "\n";
  return text;
}

}  // namespace rigbisect
