#include "crash/oops_scan.h"

#include <vector>

#include "crash/find_text.h"

namespace rigbisect {
namespace {

// The families with the words that their lines have.
class FamilyList {
 public:
  FamilyList() {
    for (const auto& family : oops_families()) {
      rows_.push_back({&family, words_for(family.literal), RuleList(family.ignore)});
      words_ |= rows_.back().words;
    }
  }

  const OopsFamily* family_of(std::string_view line, const WordSet& words) const {
    if (!words_.meets(words)) return nullptr;
    for (const auto& row : rows_)
      if (row.words.meets(words) && has_text(line, row.family->literal) && !row.ignore.fits(line, words))
        return row.family;
    return nullptr;
  }

 private:
  struct Row {
    const OopsFamily* family = nullptr;
    WordSet words;
    RuleList ignore;
  };

  std::vector<Row> rows_;
  WordSet words_;  // of all rows
};

}  // namespace

const OopsFamily* oops_family_of(std::string_view line, const WordSet& words) {
  static const FamilyList families;
  return families.family_of(line, words);
}

const OopsFamily* oops_family_of(std::string_view line) {
  return oops_family_of(line, words_in(line));
}

bool is_replay_note(std::string_view line) {
  return has_text(line, "** replaying previous printk message **");
}

}  // namespace rigbisect
