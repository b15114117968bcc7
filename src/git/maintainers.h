#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rigbisect::git {

// What the maintainers of a file also maintain, from the text of the kernel's MAINTAINERS: the paths of the
// sections that claim the file most closely ("mm/slub.c" is the slab allocator's before it is mm's). A path
// is a file or a directory; patterns with wildcards in the middle are left out. In the order of the text,
// each once; empty: nobody claims it. Pure.
//
// Source: the head of MAINTAINERS (F:, X:) and scripts/get_maintainer.pl.
std::vector<std::string> maintained_with(std::string_view maintainers, std::string_view file);

}  // namespace rigbisect::git
