#include "config/problems.h"

#include "base/text.h"

namespace rigbisect {

void Problems::add(Mark mark, const std::string& what) {
  if (full()) {
    ++further_;
    return;
  }
  lines_.push_back(printable(file_.native()) + ":" + std::to_string(mark.line) + ":" +
                   std::to_string(mark.column) + ": " + what);
}

Error Problems::error() const {
  std::string text = join(lines_, "\n");
  if (further_ > 0) text += "\n... and " + std::to_string(further_) + " more";
  return Error{Errc::invalid, text};
}

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 60;
  if (text.size() <= longest) return "'" + printable(text) + "'";
  std::size_t cut = longest;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0U) == 0x80) --cut;  // not inside a character
  return "'" + printable(text.substr(0, cut)) + "...'";
}

}  // namespace rigbisect
