#include <doctest/doctest.h>

#include "git/maintainers.h"

using rigbisect::git::maintained_with;

namespace {

using Paths = std::vector<std::string>;

constexpr const char* kText = R"(List of maintainers
===================

	F: *Files* and directories wildcard patterns.
	X: *Excluded* files

Maintainers List
----------------

MEMORY MANAGEMENT
M:	Andrew <a@example.org>
F:	include/linux/mm.h
F:	mm/
X:	mm/odd/

SLAB ALLOCATOR
M:	Vlastimil <v@example.org>
F:	include/linux/sl?b*.h
F:	include/linux/slab.h
F:	mm/sl?b*
F:	mm/slab_common.c

RING DRIVER
F:	Documentation/misc/ring.rst
F:	drivers/misc/ring/*
F:	drivers/*/ring_helper.c

THE REST
F:	*
F:	*/
)";

}  // namespace

TEST_CASE("the section that claims a file most closely says what goes with it") {
  CHECK(maintained_with(kText, "mm/page_alloc.c") == Paths{"include/linux/mm.h", "mm"});
  CHECK(maintained_with(kText, "mm/hwpoison/deep.c") == Paths{"include/linux/mm.h", "mm"});
  CHECK(maintained_with(kText, "mm/slab_common.c") == Paths{"include/linux/slab.h", "mm/slab_common.c"});
  CHECK(maintained_with(kText, "drivers/misc/ring/ring.c") ==
        Paths{"Documentation/misc/ring.rst", "drivers/misc/ring"});
  CHECK(maintained_with(kText, "drivers/char/ring_helper.c") ==
        Paths{"Documentation/misc/ring.rst", "drivers/misc/ring"});
}

TEST_CASE("a star stands for no slash, excluded files are not claimed, and the rest is nobody's") {
  CHECK(maintained_with(kText, "drivers/misc/ring/sub/x.c").empty());
  CHECK(maintained_with(kText, "mm/odd/x.c").empty());
  CHECK(maintained_with(kText, "drivers/misc/other.c").empty());
  CHECK(maintained_with(kText, "Makefile").empty());
  CHECK(maintained_with("", "mm/slub.c").empty());
  CHECK(maintained_with("F:", "").empty());
  CHECK(maintained_with("F: a*b*c*d\nF: ****/", "aXbXcX").empty());
}
