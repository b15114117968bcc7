#include "symbols/symbol_table.h"

#include <algorithm>
#include <tuple>

namespace rigbisect {
namespace {

// Compilers align functions to this, and other tools count the filling as the function's.
constexpr std::uint64_t alignment = 16;
// Behind the last function of a module's section the kernel counts what fills the page.
constexpr std::uint64_t largest_filling = 4096;

// The kernel does not know the sizes of its functions: it prints how far it is to the next symbol.
bool size_fits(const Symbol& symbol, std::uint64_t reach, std::uint64_t printed) {
  if (printed == reach || printed == symbol.size) return printed != 0;
  if (printed == (symbol.size + alignment - 1) / alignment * alignment) return true;
  return reach == 0 && symbol.section != 0 && printed > symbol.size &&
         printed - symbol.size < largest_filling;
}

}  // namespace

SymbolTable::SymbolTable(std::vector<Symbol> symbols) {
  std::sort(symbols.begin(), symbols.end(), [](const Symbol& a, const Symbol& b) {
    return std::tie(a.section, a.address) < std::tie(b.section, b.address);
  });
  by_name_.resize(symbols.size());
  const Symbol* next = nullptr;  // the first symbol behind the addresses of the current one
  for (std::size_t i = symbols.size(); i-- > 0;) {
    const bool shares_address = i + 1 < symbols.size() && symbols[i + 1].section == symbols[i].section &&
                                symbols[i + 1].address == symbols[i].address;
    if (!shares_address) next = i + 1 < symbols.size() ? &symbols[i + 1] : nullptr;
    const bool in_section = next != nullptr && next->section == symbols[i].section;
    by_name_[i] = {symbols[i], in_section ? next->address - symbols[i].address : 0};
  }
  std::stable_sort(by_name_.begin(), by_name_.end(),
                   [](const Entry& a, const Entry& b) { return a.symbol.name < b.symbol.name; });
}

std::vector<std::uint64_t> SymbolTable::find(std::string_view name, std::uint64_t printed_size) const {
  std::vector<std::uint64_t> starts;
  auto entry = std::lower_bound(by_name_.begin(), by_name_.end(), name,
                                [](const Entry& e, std::string_view n) { return e.symbol.name < n; });
  for (; entry != by_name_.end() && entry->symbol.name == name; ++entry)
    if (size_fits(entry->symbol, entry->reach, printed_size)) starts.push_back(entry->symbol.address);
  return starts;
}

}  // namespace rigbisect
