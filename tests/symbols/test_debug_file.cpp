#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "sample_kernel.h"
#include "symbols/debug_file.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using namespace rigbisect::test;

namespace {

using Chain = std::vector<SourcePosition>;

// What every address of a function says.
std::vector<Chain> chains(DebugFile& file, const std::string& function, std::uint64_t size) {
  std::vector<Chain> all;
  for (std::uint64_t offset = 0; offset < size; ++offset)
    all.push_back(file.locate({function, offset, size, true}));
  return all;
}

bool contains(const std::vector<Chain>& chains, const Chain& chain) {
  return std::find(chains.begin(), chains.end(), chain) != chains.end();
}

std::string refusal(const std::filesystem::path& file) {
  const auto opened = DebugFile::open(file);
  return opened ? "" : opened.error().what;
}

// The list of the sizes of a sample.
std::string list_of(const std::string& name) {
  return name.ends_with(".ko") ? "module.nm" : "vmlinux.nm";
}

// Uses whatever of a damaged file can be opened. `list`: sizes in the whole file.
void try_all(const std::filesystem::path& path, const std::string& list) {
  auto file = DebugFile::open(path);
  if (!file) return;
  for (const char* function : {"ring_read", "twin"}) {
    const auto size = size_of_function(list, function);
    for (std::uint64_t offset = 0; offset < size; offset += 3)
      for (const auto& position : file->locate({function, offset, size, false})) CHECK(position.line >= 0);
  }
}

}  // namespace

TEST_CASE("inlined functions come innermost first, each with its own position") {
  for (const char* name : {"vmlinux", "vmlinux.dwarf4"}) {
    CAPTURE(name);
    auto file = DebugFile::open(sample(name));
    REQUIRE(file);
    const auto all = chains(*file, "ring_read", size_of_function("vmlinux.nm", "ring_read"));
    CHECK(contains(all, {{"ring_slot", "include/ring.h", 6},
                         {"ring_pair", "drivers/ring.c", 11},
                         {"", "drivers/ring.c", 18}}));
    CHECK(contains(all, {{"ring_slot", "include/ring.h", 6},
                         {"ring_pair", "drivers/ring.c", 10},
                         {"", "drivers/ring.c", 18}}));
    CHECK(contains(all, {{"", "drivers/ring.c", 19}}));
  }
}

TEST_CASE("a return address is that of the call before it") {
  auto file = DebugFile::open(sample("vmlinux"));
  REQUIRE(file);
  const auto size = size_of_function("vmlinux.nm", "_start");
  bool differs = false;
  for (std::uint64_t offset = 1; offset < size; ++offset) {
    const auto before = file->locate({"_start", offset - 1, size, true});
    CHECK(file->locate({"_start", offset, size, false}) == before);
    differs = differs || file->locate({"_start", offset, size, true}) != before;
  }
  CHECK(differs);
}

TEST_CASE("functions that share name and size and differ in place are left alone") {
  auto file = DebugFile::open(sample("vmlinux"));
  REQUIRE(file);
  CHECK(file->locate({"twin", 1, size_of_function("vmlinux.nm", "twin"), true}).empty());
}

TEST_CASE("a module's debug information is relocated, and the kernel's tree is taken off") {
  auto kernel = DebugFile::open(sample("vmlinux"));
  auto module = DebugFile::open(sample("modules/misc/ring-buffer.ko"));
  REQUIRE(kernel);
  REQUIRE(module);
  CHECK(module->tree().empty());
  const auto size = size_of_function("module.nm", "ring_read");
  bool found = false;
  for (std::uint64_t offset = 0; offset < size; ++offset)
    found = found || module->locate({"ring_read", offset, size, true}, kernel->tree()) ==
                         Chain{{"", "drivers/ring.c", 19}};
  CHECK(found);
}

TEST_CASE("a function of another size, an unknown one and an offset beyond the end have no position") {
  auto file = DebugFile::open(sample("vmlinux"));
  REQUIRE(file);
  const auto size = size_of_function("vmlinux.nm", "ring_read");
  CHECK(file->locate({"ring_read", 1, size + 0x100, true}).empty());
  CHECK(file->locate({"ring_write", 1, size, true}).empty());
  CHECK(file->locate({"ring_read", size + 1, size, true}).empty());
}

TEST_CASE("what cannot be used says why") {
  CHECK(refusal("/nonexistent/vmlinux").find("is not there") != std::string::npos);
  CHECK(refusal("/").find("is not a file") != std::string::npos);
  CHECK(refusal(sample("vmlinux.nm")).find("is not an ELF file") != std::string::npos);
  CHECK(refusal(sample("vmlinux.stripped")).find("has no symbols") != std::string::npos);
  CHECK(refusal(sample("vmlinux.nodebug")).find("CONFIG_DEBUG_INFO") != std::string::npos);
}

TEST_CASE("a file that was cut off anywhere is read without harm") {
  ScratchDirectory scratch;
  const auto path = scratch.path() / "vmlinux";
  for (const char* name : {"vmlinux", "modules/misc/ring-buffer.ko"}) {
    const auto whole = bytes_of(sample(name));
    REQUIRE(whole.size() > 1000);
    for (std::size_t size = 0; size < whole.size(); size += 97) {
      std::ofstream(path, std::ios::binary) << whole.substr(0, size);
      try_all(path, list_of(name));
    }
  }
}

TEST_CASE("damaged files are read without harm") {
  ScratchDirectory scratch;
  const auto path = scratch.path() / "vmlinux";
  std::minstd_rand random(1);
  for (const char* name : {"vmlinux", "vmlinux.dwarf4", "modules/misc/ring-buffer.ko"}) {
    const auto whole = bytes_of(sample(name));
    for (int round = 0; round < 300; ++round) {
      auto bytes = whole;
      for (int flips = 1 + round % 20; flips > 0; --flips)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      std::ofstream(path, std::ios::binary) << bytes;
      try_all(path, list_of(name));
    }
  }
}
