#include "symbols/dwarf_units.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <string_view>

#include <dwarf.h>

#include "symbols/source_path.h"

namespace rigbisect {
namespace {

// Damaged debug information may have loops: nothing of the kernel has nearly as many entries in a unit, nor
// functions inlined so deeply.
constexpr int max_entries = 2'000'000;
constexpr std::size_t max_depth = 64;
constexpr std::size_t max_ranges = 1'000'000;

std::string_view text(const char* chars) {
  return chars == nullptr ? std::string_view{} : std::string_view(chars);
}

std::string_view string_of(Dwarf_Die& die, unsigned name) {
  Dwarf_Attribute attribute;
  return text(dwarf_formstring(dwarf_attr_integrate(&die, name, &attribute)));
}

Dwarf_Word number_of(Dwarf_Die& die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  return dwarf_formudata(dwarf_attr_integrate(&die, name, &attribute), &value) == 0 ? value : 0;
}

// Walks over the children of `parent`; false when `budget` is used up.
template <typename Visit>
bool each_child(Dwarf_Die& parent, int& budget, Visit visit) {
  Dwarf_Die child;
  for (int found = dwarf_child(&parent, &child); found == 0; found = dwarf_siblingof(&child, &child)) {
    if (--budget < 0) return false;
    if (!visit(child)) return true;
  }
  return true;
}

// Scopes in which functions may stand, in languages that have them.
bool holds_functions(int tag) {
  return tag == DW_TAG_namespace || tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
         tag == DW_TAG_enumeration_type || tag == DW_TAG_module;
}

// The functions inlined at `address` in `function`, outermost first.
std::vector<Dwarf_Die> inlined_at(Dwarf_Die function, Dwarf_Addr address) {
  std::vector<Dwarf_Die> chain;
  int budget = max_entries;
  Dwarf_Die scope = function;
  for (std::size_t depth = 0; depth < max_depth; ++depth) {
    Dwarf_Die inner = {};
    each_child(scope, budget, [&](Dwarf_Die& child) {
      const int tag = dwarf_tag(&child);
      const bool is_scope = tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine;
      if (!is_scope || dwarf_haspc(&child, address) != 1) return true;
      inner = child;
      return false;
    });
    if (inner.addr == nullptr) return chain;
    if (dwarf_tag(&inner) == DW_TAG_inlined_subroutine) chain.push_back(inner);
    scope = inner;
  }
  return chain;
}

// A line that no source has comes of a damaged file: 0, as compilers say when there is none.
int line_number(std::uint64_t number) {
  return number <= INT_MAX ? static_cast<int>(number) : 0;
}

// Where `inlined` was called from.
SourceFrame call_site(Dwarf_Die& inlined, Dwarf_Files* files) {
  SourceFrame site;
  const auto index = number_of(inlined, DW_AT_call_file);
  if (files != nullptr) site.file = text(dwarf_filesrc(files, index, nullptr, nullptr));
  site.line = line_number(number_of(inlined, DW_AT_call_line));
  return site;
}

}  // namespace

const DwarfUnits::Range* DwarfUnits::covering(const Ranges& ranges, Dwarf_Addr address) {
  auto range = std::upper_bound(ranges.begin(), ranges.end(), address,
                                [](Dwarf_Addr a, const Range& r) { return a < r.low; });
  if (range == ranges.begin()) return nullptr;
  --range;
  return address < range->high ? &*range : nullptr;
}

void DwarfUnits::add_ranges(Dwarf_Die die, Ranges& ranges) {
  Dwarf_Addr base = 0;
  Dwarf_Addr low = 0;
  Dwarf_Addr high = 0;
  for (std::ptrdiff_t at = 0; (at = dwarf_ranges(&die, at, &base, &low, &high)) > 0;) {
    if (ranges.size() >= max_ranges) return;
    if (low < high) ranges.push_back({low, high, die});
  }
}

void DwarfUnits::sort(Ranges& ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.low < b.low; });
}

void DwarfUnits::look_for_tree(Dwarf_Die& unit) {
  constexpr std::string_view known = "init/main.c";
  const auto name = string_of(unit, DW_AT_name);
  if (!name.ends_with(known)) return;
  auto file = absolute_source(name, string_of(unit, DW_AT_comp_dir));
  file.resize(file.size() - known.size());
  if (file.ends_with('/') && (tree_.empty() || file.size() < tree_.size())) tree_ = file;
}

void DwarfUnits::list_units() {
  listed_ = true;
  Dwarf_CU* unit = nullptr;
  Dwarf_Die die;
  for (int budget = max_entries; --budget > 0;) {
    std::uint8_t type = 0;
    if (dwarf_get_units(dwarf_, unit, &unit, nullptr, &type, &die, nullptr) != 0) break;
    if (type != DW_UT_compile && type != DW_UT_skeleton) continue;
    add_ranges(die, units_);
    look_for_tree(die);
  }
  sort(units_);
}

const DwarfUnits::Range* DwarfUnits::unit_at(Dwarf_Addr address) {
  if (!listed_) list_units();
  return covering(units_, address);
}

const std::string& DwarfUnits::tree() {
  if (!listed_) list_units();
  return tree_;
}

std::string DwarfUnits::build_directory(Dwarf_Addr address) {
  const auto* unit = unit_at(address);
  if (unit == nullptr) return "";
  Dwarf_Die die = unit->die;
  return std::string(string_of(die, DW_AT_comp_dir));
}

const DwarfUnits::Ranges& DwarfUnits::functions_of(Dwarf_Die unit) {
  const auto [known, fresh] = functions_.try_emplace(dwarf_dieoffset(&unit));
  auto& functions = known->second;
  if (!fresh) return functions;
  int budget = max_entries;
  std::vector<Dwarf_Die> scopes{unit};
  while (!scopes.empty()) {
    Dwarf_Die scope = scopes.back();
    scopes.pop_back();
    each_child(scope, budget, [&](Dwarf_Die& child) {
      const int tag = dwarf_tag(&child);
      if (tag == DW_TAG_subprogram) add_ranges(child, functions);
      if (holds_functions(tag)) scopes.push_back(child);
      return true;
    });
  }
  sort(functions);
  return functions;
}

std::vector<SourceFrame> DwarfUnits::frames_at(Dwarf_Addr address) {
  const auto* unit = unit_at(address);
  if (unit == nullptr) return {};
  Dwarf_Die die = unit->die;
  Dwarf_Line* row = dwarf_getsrc_die(&die, address);
  SourceFrame here;
  if (row == nullptr || dwarf_lineno(row, &here.line) != 0) return {};
  here.line = std::max(here.line, 0);  // as line_number() has it
  here.file = text(dwarf_linesrc(row, nullptr, nullptr));

  std::vector<SourceFrame> frames;
  if (const auto* function = covering(functions_of(die), address)) {
    Dwarf_Files* files = nullptr;
    std::size_t count = 0;
    if (dwarf_getsrcfiles(&die, &files, &count) != 0) files = nullptr;
    auto chain = inlined_at(function->die, address);
    for (auto inlined = chain.rbegin(); inlined != chain.rend(); ++inlined) {
      here.function = string_of(*inlined, DW_AT_name);
      frames.push_back(here);
      here = call_site(*inlined, files);
    }
  }
  frames.push_back(here);
  return frames;
}

}  // namespace rigbisect
