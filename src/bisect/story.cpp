#include "bisect/story.h"

namespace rigbisect::story {

const char* to_string(Mark mark) {
  switch (mark) {
    case Mark::good:
      return "good";
    case Mark::bad:
      return "bad";
    case Mark::skip:
      return "skip";
  }
  return "?";
}

}  // namespace rigbisect::story
