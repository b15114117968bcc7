#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>

// The kernel of a few lines that the build made of tests/symbols/sample.
namespace rigbisect::test {

inline std::filesystem::path sample(const std::string& file) {
  return std::filesystem::path(SAMPLE_KERNEL) / file;
}

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The size of a function by `nm -S` ("vmlinux.nm", "module.nm"): its first if there are several of the name.
inline std::uint64_t size_of_function(const std::string& list, const std::string& function) {
  std::ifstream in(sample(list));
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);  // those without a size have one field less
    std::string address;
    std::string size;
    std::string type;
    std::string name;
    if (fields >> address >> size >> type >> name && name == function) return std::stoull(size, nullptr, 16);
  }
  throw std::runtime_error("no function " + function);
}

}  // namespace rigbisect::test
