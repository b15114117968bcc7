#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <elfutils/libdw.h>

// Private to this room: where machine code comes from, read from DWARF with libdw.
namespace rigbisect {

// A function and a position in it, as the debug information has them.
struct SourceFrame {
  std::string function;
  std::string file;  // from the root, or from the build directory's parent: as the compiler was called
  int line = 0;

  bool operator==(const SourceFrame&) const = default;
};

// The compilation units of one file. Units are listed when first needed, the functions of a unit when an
// address in it is asked for; both are kept.
class DwarfUnits {
 public:
  explicit DwarfUnits(Dwarf* dwarf) : dwarf_(dwarf) {}

  // The functions inlined at `address`, innermost first, and last the function itself (its name is ""). Empty
  // if the debug information does not know the address.
  std::vector<SourceFrame> frames_at(Dwarf_Addr address);

  // The directory of the kernel tree that holds "init/main.c", with its last '/'; "" if that is not here.
  const std::string& tree();

  // Where the compiler ran for the unit of this address; "" if unknown.
  std::string build_directory(Dwarf_Addr address);

 private:
  struct Range {
    Dwarf_Addr low = 0;
    Dwarf_Addr high = 0;
    Dwarf_Die die = {};
  };
  using Ranges = std::vector<Range>;  // by `low`

  static const Range* covering(const Ranges& ranges, Dwarf_Addr address);
  static void add_ranges(Dwarf_Die die, Ranges& ranges);
  static void sort(Ranges& ranges);
  void list_units();
  void look_for_tree(Dwarf_Die& unit);
  const Range* unit_at(Dwarf_Addr address);
  const Ranges& functions_of(Dwarf_Die unit);

  Dwarf* dwarf_;
  bool listed_ = false;
  Ranges units_;
  std::string tree_;
  std::map<Dwarf_Off, Ranges> functions_;  // by the unit's offset
};

}  // namespace rigbisect
