#include <doctest/doctest.h>

#include "symbols/symbol_table.h"

using namespace rigbisect;
using Addresses = std::vector<std::uint64_t>;

TEST_CASE("a function is found with the size that the kernel prints: up to the next symbol") {
  const SymbolTable table({{"b", 0x1040, 0x20, 0}, {"a", 0x1000, 0x33, 0}, {"also_b", 0x1040, 0, 0}});
  CHECK(table.find("a", 0x40) == Addresses{0x1000});
  CHECK(table.find("a", 0x33) == Addresses{0x1000});
  CHECK(table.find("also_b", 0x0).empty());
}

TEST_CASE("a function of another size belongs to another build") {
  const SymbolTable table({{"a", 0x1000, 0x33, 0}, {"b", 0x1040, 0x20, 0}});
  CHECK(table.find("a", 0x50).empty());
  CHECK(table.find("a", 0x30).empty());
  CHECK(table.find("c", 0x40).empty());
}

TEST_CASE("of several functions of a name the size chooses") {
  const SymbolTable table({{"show", 0x1000, 0x10, 0}, {"show", 0x1010, 0x40, 0}, {"end", 0x1050, 0, 0}});
  CHECK(table.find("show", 0x40) == Addresses{0x1010});
  CHECK(table.find("show", 0x10) == Addresses{0x1000});
}

TEST_CASE("functions that share name and size are all found") {
  const SymbolTable table({{"show", 0x1000, 0x10, 0}, {"show", 0x1010, 0x10, 0}, {"end", 0x1020, 0, 0}});
  CHECK(table.find("show", 0x10) == Addresses{0x1000, 0x1010});
}

TEST_CASE("the last function of a module's section may be larger by what fills the page") {
  const SymbolTable table({{"last", 0x40, 0x33, 1}, {"init", 0, 0x10, 2}});
  CHECK(table.find("last", 0x40) == Addresses{0x40});
  CHECK(table.find("last", 0xfc0) == Addresses{0x40});
  CHECK(table.find("last", 0x2fc0).empty());
  CHECK(table.find("last", 0x20).empty());
}
