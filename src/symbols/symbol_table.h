#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace rigbisect {

// A function (or label in executable code) of an ELF file.
struct Symbol {
  std::string_view name;
  std::uint64_t address = 0;
  std::uint64_t size = 0;  // as the compiler says
  unsigned section = 0;    // where sections are placed only when loaded (modules): its index; else 0
};

// The functions of one ELF file, by name. The names must outlive it.
class SymbolTable {
 public:
  explicit SymbolTable(std::vector<Symbol> symbols);

  // Where the functions of this name start that the kernel would print with this size. Usually one; none if
  // the file belongs to another build; several if static functions share name and size.
  std::vector<std::uint64_t> find(std::string_view name, std::uint64_t printed_size) const;

 private:
  struct Entry {
    Symbol symbol;
    std::uint64_t reach = 0;  // distance to the next symbol of the section, 0: there is none
  };

  std::vector<Entry> by_name_;
};

}  // namespace rigbisect
