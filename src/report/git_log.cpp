#include "report/git_log.h"

#include "base/text.h"

namespace rigbisect {
namespace {

// Lines are told apart by their first word when git replays them, so nothing from outside may break one:
// commits are written by id, and subjects stand in comments, made printable.
class GitLog {
 public:
  explicit GitLog(const SubjectOf& subject_of) : subject_of_(subject_of) {}

  void operator()(const story::RangeFound& range) {
    text_.clear();
    comment("bad", range.bad);
    comment("good", range.good);
    text_ += "git bisect start '" + printable(range.bad) + "' '" + printable(range.good) + "'\n";
  }
  void operator()(const story::Marked& marked) {
    comment(to_string(marked.mark), marked.commit);
    text_ += std::string("git bisect ") + to_string(marked.mark) + " " + printable(marked.commit) + "\n";
  }
  void operator()(const story::Culprit& culprit) { comment("first bad commit", culprit.commit); }
  void operator()(const story::Inconclusive& range) {
    text_ += "# only skipped commits left to test\n";
    for (const CommitId& commit : range.candidates) comment("possible first bad commit", commit);
  }
  template <typename Other>
  void operator()(const Other&) {}

  const std::string& text() const { return text_; }

 private:
  void comment(const std::string& what, const CommitId& commit) {
    text_ += "# " + what + ": [" + printable(commit) + "] " + printable(subject_of_(commit)) + "\n";
  }

  const SubjectOf& subject_of_;
  std::string text_;
};

}  // namespace

std::string git_bisect_log(const std::vector<story::Item>& story, const SubjectOf& subject_of) {
  GitLog log(subject_of);
  for (const story::Item& item : story) std::visit(log, item);
  return log.text();
}

}  // namespace rigbisect
