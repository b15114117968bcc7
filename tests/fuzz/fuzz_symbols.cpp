// A vmlinux in which something is wrong: no crash, bounded time, and nothing but values out of it. The input
// is what is changed in the sample kernel of the symbols tests: first how much of the file there is, then
// places and the bytes that stand there instead.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "symbols/debug_file.h"
#include "symbols/symbolizer.h"
#include "tests/symbols/sample_kernel.h"

namespace {

using namespace rigbisect;

struct Function {
  const char* name;
  std::uint64_t size;
};

const std::string& whole_file() {
  static const std::string bytes = test::bytes_of(test::sample("vmlinux"));
  return bytes;
}

const std::vector<Function>& functions() {
  static const std::vector<Function> all = {{"ring_read", test::size_of_function("vmlinux.nm", "ring_read")},
                                            {"_start", test::size_of_function("vmlinux.nm", "_start")}};
  return all;
}

template <typename Number>
Number take(std::span<const std::uint8_t>& input) {
  Number number{};
  const auto size = std::min(sizeof number, input.size());
  std::memcpy(&number, input.data(), size);
  input = input.subspan(size);
  return number;
}

std::string changed_file(std::span<const std::uint8_t> input) {
  auto bytes = whole_file();
  const auto cut = take<std::uint16_t>(input);
  if (cut % 8 == 0) bytes.resize(bytes.size() - cut * (bytes.size() / 65536 + 1) % bytes.size());
  while (input.size() > 4 && !bytes.empty()) {
    const auto place = take<std::uint32_t>(input) % bytes.size();
    const auto count =
        std::min<std::size_t>({1 + take<std::uint8_t>(input) % 8U, input.size(), bytes.size() - place});
    std::memcpy(bytes.data() + place, input.data(), count);
    input = input.subspan(count);
  }
  return bytes;
}

void require(bool condition) {
  if (!condition) std::abort();
}

void look_up(DebugFile& file) {
  for (const auto& function : functions())
    for (std::uint64_t offset = 0; offset <= function.size; offset += 3)
      for (const auto& position : file.locate({function.name, offset, function.size, offset % 2 == 0}))
        require(position.line >= 0);
}

CrashReport report_with_frames() {
  CrashReport report;
  report.title = "WARNING in ring_read";
  for (const auto& function : functions()) {
    char frame[128];
    std::snprintf(frame, sizeof frame, " %s+0x1/0x%llx\n", function.name,
                  static_cast<unsigned long long>(function.size));
    report.report += frame;
  }
  return report;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = changed_file({data, size});
  const int memory = memfd_create("vmlinux", MFD_CLOEXEC);
  require(memory >= 0);
  require(write(memory, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  const auto path = "/proc/self/fd/" + std::to_string(memory);
  if (auto file = DebugFile::open(path)) look_up(*file);
  if (auto symbolizer = Symbolizer::open(path, {})) {
    const auto report = report_with_frames();
    const auto out = symbolizer->symbolize(report);
    require(out.title == report.title);
    require(out.report.size() >= report.report.size());
    require(symbolizer->tally().located <= symbolizer->tally().frames);
  }
  close(memory);
  return 0;
}
