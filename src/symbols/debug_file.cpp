#include "symbols/debug_file.h"

#include <optional>

#include <elfutils/libdwfl.h>

#include "symbols/dwarf_units.h"
#include "symbols/source_path.h"
#include "symbols/symbol_table.h"

namespace rigbisect {
namespace {

struct EndDwfl {
  void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
};
using DwflPtr = std::unique_ptr<Dwfl, EndDwfl>;

// Debug information is in the file that was named: no other file is looked for, here or in the network.
int no_other_file(Dwfl_Module*, void**, const char*, Dwarf_Addr, const char*, const char*, GElf_Word,
                  char**) {
  return -1;
}

const Dwfl_Callbacks callbacks = {
    .find_elf = nullptr,
    .find_debuginfo = no_other_file,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = nullptr,
};

bool is_code(Elf* elf, GElf_Word section) {
  GElf_Shdr header;
  Elf_Scn* const scn = elf_getscn(elf, section);
  return scn != nullptr && gelf_getshdr(scn, &header) != nullptr && (header.sh_flags & SHF_EXECINSTR) != 0;
}

bool is_relocatable(Elf* elf) {
  GElf_Ehdr header;
  return gelf_getehdr(elf, &header) != nullptr && header.e_type == ET_REL;
}

// Names that the kernel does not know either.
bool is_local_label(std::string_view name) {
  return name.empty() || name.starts_with(".L") || name.starts_with('$');
}

std::vector<Symbol> read_symbols(Dwfl_Module* module) {
  std::vector<Symbol> symbols;
  std::vector<std::optional<bool>> code;  // by section
  const int count = dwfl_module_getsymtab(module);
  for (int i = 0; i < count; ++i) {
    GElf_Sym symbol;
    GElf_Addr address = 0;
    GElf_Word section = 0;
    Elf* elf = nullptr;
    Dwarf_Addr bias = 0;
    const char* const name = dwfl_module_getsym_info(module, i, &symbol, &address, &section, &elf, &bias);
    const int type = GELF_ST_TYPE(symbol.st_info);
    if (name == nullptr || elf == nullptr || is_local_label(name) || type == STT_SECTION ||
        type == STT_FILE || section == SHN_UNDEF || section >= SHN_LORESERVE)
      continue;
    if (section >= code.size()) code.resize(section + 1);
    if (!code[section]) code[section] = is_code(elf, section);
    if (!*code[section]) continue;
    symbols.push_back({name, address, symbol.st_size, is_relocatable(elf) ? section : 0});
  }
  return symbols;
}

}  // namespace

struct DebugFile::Open {
  DwflPtr dwfl;
  Dwarf_Addr bias = 0;
  SymbolTable symbols;
  DwarfUnits units;

  std::vector<SourcePosition> positions_at(Dwarf_Addr address, std::string_view tree);
};

std::vector<SourcePosition> DebugFile::Open::positions_at(Dwarf_Addr address, std::string_view tree) {
  std::vector<SourcePosition> positions;
  const auto frames = units.frames_at(address);
  if (frames.empty()) return positions;
  const auto directory = units.build_directory(address);
  if (!units.tree().empty()) tree = units.tree();
  for (const auto& frame : frames) {
    const auto file = kernel_source(absolute_source(frame.file, directory), tree, directory);
    positions.push_back({frame.function, file, frame.line});
  }
  return positions;
}

DebugFile::DebugFile(std::unique_ptr<Open> open) : open_(std::move(open)) {}
DebugFile::~DebugFile() = default;
DebugFile::DebugFile(DebugFile&&) noexcept = default;
DebugFile& DebugFile::operator=(DebugFile&&) noexcept = default;

Result<DebugFile> DebugFile::open(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) return Error{Errc::not_found, "is not there, or may not be read"};
  if (!std::filesystem::is_regular_file(status)) return Error{Errc::invalid, "is not a file"};

  DwflPtr dwfl(dwfl_begin(&callbacks));
  if (!dwfl) return Error{Errc::internal, "libdwfl cannot start"};
  Dwfl_Module* const module = dwfl_report_offline(dwfl.get(), "", file.c_str(), -1);
  if (module == nullptr)
    return Error{Errc::invalid, std::string("is not an ELF file that can be read (") + dwfl_errmsg(-1) + ")"};
  dwfl_report_end(dwfl.get(), nullptr, nullptr);

  auto symbols = read_symbols(module);
  if (symbols.empty())
    return Error{Errc::invalid, "has no symbols of functions; is it stripped? Name the build's own file"};
  Dwarf_Addr bias = 0;
  Dwarf* const dwarf = dwfl_module_getdwarf(module, &bias);
  if (dwarf == nullptr)
    return Error{
        Errc::invalid,
        "has no debug information; build the kernel with CONFIG_DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=y"};
  return DebugFile(std::make_unique<Open>(
      Open{std::move(dwfl), bias, SymbolTable(std::move(symbols)), DwarfUnits(dwarf)}));
}

std::vector<SourcePosition> DebugFile::locate(const FrameAddress& frame, std::string_view tree) {
  if (frame.offset > frame.size) return {};  // a damaged line
  const std::uint64_t back = frame.exact || frame.offset == 0 ? 0 : 1;
  std::vector<SourcePosition> found;
  for (const auto start : open_->symbols.find(frame.function, frame.size)) {
    auto positions = open_->positions_at(start + frame.offset - back - open_->bias, tree);
    if (positions.empty() || (!found.empty() && positions != found)) return {};
    found = std::move(positions);
  }
  return found;
}

const std::string& DebugFile::tree() {
  return open_->units.tree();
}

}  // namespace rigbisect
