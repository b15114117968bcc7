#pragma once

#include <cstring>
#include <string>
#include <vector>

#include <elf.h>

namespace rigbisect::test {

struct ElfSection {
  std::string name;
  unsigned type = SHT_PROGBITS;
  unsigned long flags = SHF_ALLOC;
  std::string content;
  unsigned long address = 0x1000;
};

inline std::string elf_note(const std::string& name, unsigned type, const std::string& content) {
  const auto word = [](unsigned long value) {
    const auto w = static_cast<unsigned>(value);
    return std::string(reinterpret_cast<const char*>(&w), 4);
  };
  const auto padded = [](std::string text) {
    text.resize((text.size() + 3) / 4 * 4);
    return text;
  };
  return word(name.size() + 1) + word(content.size()) + word(type) + padded(name + '\0') + padded(content);
}

// A 64-bit little-endian ELF file with these sections.
inline std::string elf_file(std::vector<ElfSection> sections) {
  sections.insert(sections.begin(), ElfSection{"", SHT_NULL, 0, "", 0});
  std::string names;
  for (const auto& section : sections) names += section.name + '\0';
  names += ".shstrtab";
  names += '\0';
  sections.push_back({".shstrtab", SHT_STRTAB, 0, names, 0});
  std::string body(sizeof(Elf64_Ehdr), '\0');
  std::string table;
  for (const auto& section : sections) {
    Elf64_Shdr header{};
    header.sh_name = static_cast<Elf64_Word>(names.find(section.name + '\0'));
    header.sh_type = section.type;
    header.sh_flags = section.flags;
    header.sh_addr = section.address;
    header.sh_offset = body.size();
    header.sh_size = section.content.size();
    if (section.type != SHT_NOBITS) body += section.content;
    table.append(reinterpret_cast<const char*>(&header), sizeof header);
  }
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = EM_X86_64;
  header.e_shoff = body.size();
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = static_cast<Elf64_Half>(sections.size());
  header.e_shstrndx = static_cast<Elf64_Half>(sections.size() - 1);
  std::memcpy(body.data(), &header, sizeof header);
  return body + table;
}

}  // namespace rigbisect::test
