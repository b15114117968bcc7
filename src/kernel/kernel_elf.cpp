#include "kernel/kernel_elf.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <elf.h>

#include "base/text.h"
#include "kernel/sha256.h"

// ELF as in the System V gABI, chapter 4 and 5. Offsets come from the file, so every access is checked.
namespace rigbisect {
namespace {

struct Section {
  std::uint32_t name = 0, type = 0;
  std::uint64_t flags = 0, address = 0, offset = 0, size = 0;
};

class ElfFile {
 public:
  explicit ElfFile(std::string_view bytes) : bytes_(bytes) {}

  bool valid() {
    if (bytes_.size() < EI_NIDENT || !bytes_.starts_with(std::string_view(ELFMAG, SELFMAG))) return false;
    wide_ = bytes_[EI_CLASS] == ELFCLASS64;
    big_endian_ = bytes_[EI_DATA] == ELFDATA2MSB;
    return wide_ || bytes_[EI_CLASS] == ELFCLASS32;
  }

  // An unsigned number of `size` bytes; 0 outside of the file.
  std::uint64_t number(std::uint64_t offset, unsigned size) const {
    const std::string_view field = slice(offset, size);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < field.size(); ++i) {
      value = value << 8 | static_cast<unsigned char>(field[big_endian_ ? i : field.size() - 1 - i]);
    }
    return value;
  }
  std::uint64_t half(std::uint64_t offset) const { return number(offset, 2); }
  std::uint32_t word(std::uint64_t offset) const { return static_cast<std::uint32_t>(number(offset, 4)); }

  std::string_view slice(std::uint64_t offset, std::uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) return {};
    return bytes_.substr(offset, size);
  }

  // The field that stands at `narrow` in 32-bit and at `wide` in 64-bit structures, as wide as an address.
  std::uint64_t address(std::uint64_t base, unsigned narrow, unsigned wide) const {
    return wide_ ? number(base + wide, 8) : number(base + narrow, 4);
  }

  std::vector<Section> sections() const {
    const std::uint64_t table = address(0, 32, 40);
    const std::uint64_t entry = half(wide_ ? 58 : 46);
    const std::uint64_t count = half(wide_ ? 60 : 48);
    std::vector<Section> result;
    for (std::uint64_t i = 0; table != 0 && i < count; ++i) {
      const std::uint64_t at = table + i * entry;
      if (slice(at, wide_ ? 64 : 40).empty()) return {};
      result.push_back({word(at), word(at + 4), address(at, 8, 8), address(at, 12, 16), address(at, 16, 24),
                        address(at, 20, 32)});
    }
    return result;
  }

  std::string_view name(const std::vector<Section>& sections, const Section& section) const {
    const std::uint64_t strings = half(wide_ ? 62 : 50);
    if (strings >= sections.size()) return {};
    const std::string_view table = slice(sections[strings].offset, sections[strings].size);
    const std::string_view rest =
        section.name < table.size() ? table.substr(section.name) : std::string_view();
    return rest.substr(0, rest.find('\0'));
  }

  // The file content of the first program header of this type.
  std::optional<std::string_view> segment(std::uint32_t type) const {
    const std::uint64_t table = address(0, 28, 32);
    const std::uint64_t entry = half(wide_ ? 54 : 42);
    const std::uint64_t count = half(wide_ ? 56 : 44);
    for (std::uint64_t i = 0; table != 0 && i < count; ++i) {
      const std::uint64_t at = table + i * entry;
      if (!slice(at, 4).empty() && word(at) == type) return slice(address(at, 4, 8), address(at, 16, 32));
    }
    return std::nullopt;
  }

 private:
  std::string_view bytes_;
  bool wide_ = false;
  bool big_endian_ = false;
};

std::uint64_t aligned(std::uint64_t size) {
  return (size + 3) / 4 * 4;
}

// Adds the notes of one section to the signature, without the build id, which goes to `build_id`.
void add_notes(const ElfFile& elf, const Section& section, Sha256& hash, std::string& build_id) {
  std::uint64_t at = section.offset;
  const std::uint64_t end = section.offset + section.size;
  while (at < end && end - at >= 12) {
    const std::uint64_t name_size = elf.word(at);
    const std::uint64_t size = elf.word(at + 4);
    const std::uint32_t type = elf.word(at + 8);
    const std::string_view name = elf.slice(at + 12, name_size);
    const std::string_view content = elf.slice(at + 12 + aligned(name_size), size);
    if (type == NT_GNU_BUILD_ID && name == std::string_view("GNU\0", 4)) {
      build_id = to_hex({reinterpret_cast<const unsigned char*>(content.data()), content.size()});
    } else {
      hash.add_field(name).add_field(std::to_string(type)).add_field(content);
    }
    at += 12 + aligned(name_size) + aligned(size);
  }
}

Error no_elf() {
  return Error{Errc::invalid, "not an ELF file, or a damaged one"};
}

}  // namespace

Result<ElfIdentity> identify_elf(std::string_view file) {
  ElfFile elf(file);
  if (!elf.valid()) return no_elf();
  const std::vector<Section> sections = elf.sections();
  if (sections.empty()) return no_elf();
  Sha256 hash;
  ElfIdentity identity;
  for (const Section& section : sections) {
    if ((section.flags & SHF_ALLOC) == 0) continue;
    const bool in_file = section.type != SHT_NOBITS;
    if (in_file && section.size > 0 && elf.slice(section.offset, section.size).empty()) return no_elf();
    hash.add_field(elf.name(sections, section));
    hash.add_field(std::to_string(section.address) + "+" + std::to_string(section.size));
    if (section.type == SHT_NOTE) {
      add_notes(elf, section, hash, identity.build_id);
    } else if (in_file) {
      hash.add_field(elf.slice(section.offset, section.size));
    }
  }
  identity.signature = hash.hex();
  return identity;
}

Result<ElfProgram> inspect_program(std::string_view file) {
  ElfFile elf(file);
  if (!elf.valid()) return no_elf();
  const auto interpreter = elf.segment(PT_INTERP).value_or("");
  return ElfProgram{static_cast<int>(elf.half(18)),
                    std::string(interpreter.substr(0, interpreter.find('\0')))};
}

}  // namespace rigbisect
