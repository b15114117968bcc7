#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crash/oops_table.h"
#include "crash/rule_words.h"

// From report text to a title: choose the format, pick the frame, fill in the template, clean up.
namespace rigbisect {

struct Title {
  std::string text;
  std::vector<std::string> alternatives;  // without `text`, each once
  std::string frame;                      // the function that the title blames, "" if none
  bool fits = false;                      // a format fitted; otherwise `text` is what the oops line says
  bool corrupted = false;                 // text or frame could not be had from the report
  bool needs_trace = false;               // the report ought to show a stack
};

// `report` starts with the oops line of `family`; `lines` are its lines.
Title make_title(const OopsFamily& family, std::string_view report, std::span<const WordedLine> lines);

// The function that a title blames: the word behind its last " in ", "" if there is none.
std::string title_frame(std::string_view title);

// What differs from run to run (addresses, numbers, lines) replaced by a word; at most 120 printable bytes.
std::string clean_title(std::string title);

}  // namespace rigbisect
