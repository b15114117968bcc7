#include "symbols/symbolizer.h"

#include "base/text.h"
#include "crash/guilty.h"
#include "crash/text_lines.h"

namespace rigbisect {
namespace {

// Open files of a process are few, and so are the modules in honest reports.
constexpr std::size_t max_open_modules = 64;

bool has_positions(std::string_view report) {
  TextLines lines(report);
  for (std::string_view line; lines.next(line);)
    if (has_position(line)) return true;
  return false;
}

std::string to_text(const SourcePosition& position) {
  return position.file + ":" + std::to_string(position.line);
}

}  // namespace

Result<Symbolizer> Symbolizer::open(const std::filesystem::path& vmlinux,
                                    const std::filesystem::path& modules) {
  auto file = DebugFile::open(vmlinux);
  if (!file) return Error{file.error().code, printable(vmlinux.native()) + " " + file.error().what};
  if (!modules.empty() && !std::filesystem::is_directory(modules))
    return Error{Errc::not_found, printable(modules.native()) + " is not a directory"};
  return Symbolizer(std::move(*file), modules);
}

CrashReport Symbolizer::symbolize(CrashReport report) {
  const auto text =
      std::string_view(report.report).substr(std::min(report.prefix_size, report.report.size()));
  if (has_positions(text)) return report;
  std::string out;
  TextLines lines(text);
  for (std::string_view line; lines.next(line);) out += symbolize_line(line) + "\n";
  if (!text.ends_with('\n') && !out.empty()) out.pop_back();
  report.guilty_file = guilty_file(report.title, out);
  report.report.replace(report.prefix_size, std::string::npos, out);
  return report;
}

std::string Symbolizer::symbolize_line(std::string_view line) {
  const auto frame = find_frame(line);
  if (!frame) return std::string(line);
  ++tally_.frames;
  const auto positions = locate(*frame);
  if (positions.empty()) return std::string(line);
  ++tally_.located;
  const auto head = std::string(line.substr(0, frame->begin));
  std::string out;
  for (std::size_t i = 0; i + 1 < positions.size(); ++i)
    out += head + positions[i].function + " " + to_text(positions[i]) + " [inline]\n";
  out += std::string(line.substr(0, frame->end)) + " " + to_text(positions.back());
  if (!frame->module.empty()) out += " [" + std::string(frame->module) + "]";
  return out + std::string(line.substr(frame->next));
}

std::vector<SourcePosition> Symbolizer::locate(const FrameText& frame) {
  DebugFile* const file = frame.module.empty() ? &vmlinux_ : module(frame.module);
  if (file == nullptr) return {};
  return file->locate({frame.function, frame.offset, frame.size, frame.exact}, vmlinux_.tree());
}

DebugFile* Symbolizer::module(std::string_view name) {
  auto known = open_modules_.find(name);
  if (known == open_modules_.end()) {
    if (open_modules_.size() >= max_open_modules) return nullptr;
    known = open_modules_.emplace(name, std::nullopt).first;
    for (const auto& path : modules_.find(name)) {
      auto file = DebugFile::open(path);
      if (file) known->second = std::move(*file);
      if (file) break;
    }
  }
  return known->second ? &*known->second : nullptr;
}

}  // namespace rigbisect
