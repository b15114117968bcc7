#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

// Files of tests, whole and without ceremony.
namespace rigbisect::test {

// Makes the directories on the way.
inline void write(const std::filesystem::path& file, const std::string& content) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

// "" if there is no such file.
inline std::string read(const std::filesystem::path& file) {
  std::ostringstream content;
  content << std::ifstream(file, std::ios::binary).rdbuf();
  return content.str();
}

}  // namespace rigbisect::test
