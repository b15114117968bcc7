#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rigbisect::git {

// Who wants to know about a commit: its author and the people in its Signed-off-by, Reviewed-, Acked- and
// Tested- tags (also Co-and-Tested-by and the like), as bare addresses in lower case, sorted, each once.
// Plain Cc and stable@ lists are left out. Pure.
std::vector<std::string> recipients(std::string_view author_mail, std::string_view message);

}  // namespace rigbisect::git
