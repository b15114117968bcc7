#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "crash/crash_report.h"
#include "symbols/debug_file.h"
#include "symbols/frame_text.h"
#include "symbols/module_index.h"

namespace rigbisect {

// Gives the frames of crash reports their source positions, from what the build left:
//   ring_read+0x21/0x80 [ring 0123abcd]   becomes   ring_first drivers/misc/ring.h:30 [inline]
//                                                   ring_read+0x21/0x80 drivers/misc/ring.c:77 [ring]
// Frames are found by the function's name and size, so it does not matter where the kernel was loaded, and a
// vmlinux of another build changes nothing. The first report takes a part of a second (a large vmlinux is
// listed), those after it milliseconds. One thread at a time.
class Symbolizer {
 public:
  // `modules`: a directory with the modules of the same build, searched with what is below it; "" for none.
  // Errors name the file.
  static Result<Symbolizer> open(const std::filesystem::path& vmlinux, const std::filesystem::path& modules);

  // The report with positions, and its guilty file taken from them. Returned as it is if it has positions
  // already. Blocks while files are read.
  CrashReport symbolize(CrashReport report);

  // What became of the frames of all reports so far.
  struct Tally {
    std::size_t frames = 0;
    std::size_t located = 0;
  };
  const Tally& tally() const { return tally_; }

 private:
  Symbolizer(DebugFile vmlinux, const std::filesystem::path& modules)
      : vmlinux_(std::move(vmlinux)), modules_(modules) {}

  std::string symbolize_line(std::string_view line);
  std::vector<SourcePosition> locate(const FrameText& frame);
  DebugFile* module(std::string_view name);

  DebugFile vmlinux_;
  ModuleIndex modules_;
  std::map<std::string, std::optional<DebugFile>, std::less<>> open_modules_;
  Tally tally_;
};

}  // namespace rigbisect
