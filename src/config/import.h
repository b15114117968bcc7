#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/problems.h"

// Files of other tools for board farms as board files of ours: what maps is mapped, and of everything else it
// is said in which line it stands and why not. Pure; any bytes are fine.
namespace rigbisect {

// One of `power`, `console`, `boot`: a driver of ours with its options, as text.
struct ImportedPart {
  int line = 0;  // where it comes from
  std::string driver;
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<std::pair<std::string, std::vector<std::string>>> lists;  // options that are lists
};

struct ImportedBoard {
  std::string name;
  std::optional<ImportedPart> power;
  std::optional<ImportedPart> console;
  std::optional<ImportedPart> boot;
};

struct ImportNote {
  int line = 0;
  std::string text;
};

struct Imported {
  std::vector<ImportedBoard> boards;
  std::vector<ImportNote> notes;
};

// An environment file (targets with resources and drivers) or an exporter's configuration (groups of
// resources), of labgrid 23 and later. Errors (as text of `problems`): no such YAML.
Result<Imported> import_labgrid(std::string_view text, const std::string& file);

// pdudaemon.conf: a board for each PDU, with our own driver where there is one that reads the state back.
Result<Imported> import_pdudaemon(std::string_view text, const std::string& file);

// A LAVA device dictionary (Jinja2): its `{% set ... %}` lines; what it extends is not followed. `name`: of
// the board.
Result<Imported> import_lava(std::string_view text, const std::string& name);

// The board as a file of ours, with CHANGE for what is missing.
std::string board_text(const ImportedBoard& board);

// "line 12: ...": sorted, one a line.
std::string notes_text(std::vector<ImportNote> notes);

}  // namespace rigbisect
