#include "device/line_errors.h"

namespace rigbisect {
namespace {

void add(std::string& text, std::uint64_t count, const char* what) {
  if (count == 0) return;
  text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

LineErrors& LineErrors::operator+=(const LineErrors& other) {
  overruns += other.overruns;
  framing += other.framing;
  parity += other.parity;
  breaks += other.breaks;
  return *this;
}

LineErrors LineErrors::operator-(const LineErrors& other) const {
  return {overruns - other.overruns, framing - other.framing, parity - other.parity, breaks - other.breaks};
}

std::string describe(const LineErrors& errors) {
  std::string text;
  add(text, errors.overruns, "overrun");
  add(text, errors.framing, "framing error");
  add(text, errors.parity, "parity error");
  add(text, errors.breaks, "break");
  return text;
}

}  // namespace rigbisect
