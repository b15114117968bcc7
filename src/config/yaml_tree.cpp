#include "config/yaml_tree.h"

#include <cstdint>
#include <exception>
#include <map>
#include <sstream>
#include <system_error>
#include <utility>

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "base/text.h"
#include "os/file.h"

namespace rigbisect {
namespace {

// Ends the parser from inside its callbacks; caught in parse_yaml().
struct Refused : std::exception {
  Refused(Mark place, std::string reason) : mark(place), what_is_wrong(std::move(reason)) {}
  Mark mark;
  std::string what_is_wrong;
};

Mark to_mark(const YAML::Mark& mark) {
  return mark.is_null() ? Mark{} : Mark{mark.line + 1, mark.column + 1};
}

// Builds the tree from the parser's events: in contrast to yaml-cpp's own tree this can stop at a limit,
// keeps every place and sees a key that comes twice.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, Problems& problems, std::size_t most_nodes)
      : text_(text), problems_(problems), most_nodes_(most_nodes) {}

  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 0) return;
    throw Refused(to_mark(mark), "a second document begins here ('---'): a file describes one thing");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    place(make(YamlNode::Kind::empty, mark, "", anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { refuse_anchor(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = make(YamlNode::Kind::scalar, mark, tag, anchor);
    if (value.size() > kMostYamlScalar) {
      throw Refused(node.mark, "this text has " + std::to_string(value.size()) + " bytes; at most " +
                                   std::to_string(kMostYamlScalar) + " are allowed");
    }
    if (tag == "!" && is_unterminated(static_cast<std::size_t>(mark.pos))) {
      throw Refused(node.mark, "the closing quote of this text is missing");
    }
    node.scalar = value;
    place(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(make(YamlNode::Kind::list, mark, tag, anchor));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(make(YamlNode::Kind::map, mark, tag, anchor));
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map that is not complete yet; of a map also the key whose value comes next.
  struct Open {
    YamlNode node;
    bool has_key = false;
    bool duplicate = false;
    std::string key;
    Mark key_mark;
    std::map<std::string, Mark> seen;
  };

  [[noreturn]] static void refuse_anchor(const YAML::Mark& mark) {
    throw Refused(to_mark(mark), "anchors and aliases (& and *) are not used here: write the value out");
  }

  // yaml-cpp takes the end of the file for the closing quote.
  bool is_unterminated(std::size_t at) const {
    if (at >= text_.size() || (text_[at] != '\'' && text_[at] != '"')) return false;
    const char quote = text_[at];
    while (++at < text_.size()) {
      const bool doubled = quote == '\'' && text_.substr(at, 2) == "''";
      const bool escaped = quote == '"' && text_[at] == '\\';
      if (doubled || escaped) {
        ++at;
      } else if (text_[at] == quote) {
        return false;
      }
    }
    return true;
  }

  YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse_anchor(mark);
    if (!tag.empty() && tag != "?" && tag != "!") {  // yaml-cpp's tags for plain and for quoted text
      throw Refused(to_mark(mark), "tags such as " + shown(tag) + " are not used here: leave it out");
    }
    if (++nodes_ > most_nodes_) {
      throw Refused(to_mark(mark), "more than " + std::to_string(most_nodes_) + " values in one file");
    }
    YamlNode node;
    node.kind = kind;
    node.mark = to_mark(mark);
    return node;
  }

  void open(YamlNode node) {
    if (open_.size() >= kMostYamlDepth) {
      throw Refused(node.mark, "nested more than " + std::to_string(kMostYamlDepth) + " deep");
    }
    if (!open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().has_key) {
      throw Refused(node.mark, std::string("a key must be text, not ") + describe(node.kind));
    }
    Open level;
    level.node = std::move(node);
    open_.push_back(std::move(level));
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    place(std::move(node));
  }

  void place(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      take_key(parent, node);
    } else {
      parent.has_key = false;
      if (node.kind == YamlNode::Kind::empty)
        node.mark = parent.key_mark;  // yaml-cpp's is that of the next key
      if (!parent.duplicate) {
        parent.node.entries.push_back({std::move(parent.key), parent.key_mark, std::move(node)});
      }
    }
  }

  void take_key(Open& map, const YamlNode& node) {
    if (node.kind != YamlNode::Kind::scalar) {
      throw Refused(node.mark, std::string("a key must be text, not ") + describe(node.kind));
    }
    map.has_key = true;
    map.key = printable(node.scalar);
    map.key_mark = node.mark;
    const auto [first, is_new] = map.seen.emplace(map.key, node.mark);
    map.duplicate = !is_new;
    if (!is_new) {
      problems_.add(node.mark, "the key " + shown(map.key) + " comes twice; the first one is in line " +
                                   std::to_string(first->second.line));
    }
  }

  std::string_view text_;
  Problems& problems_;
  std::size_t most_nodes_;
  int documents_ = 0;
  std::size_t nodes_ = 0;
  std::vector<Open> open_;
  YamlNode root_;
};

// The parser's own words, and what usually causes them.
std::string explain(const std::string& parser_says) {
  const std::pair<std::string_view, std::string_view> hints[] = {
      {"illegal map value", "a ': ' inside a value? Put the value into quotes"},
      {"end of map not found", "is a line indented differently from those around it?"},
      {"end of sequence not found", "is a line indented differently from those around it?"},
      {"end of map flow not found", "is a '}' missing?"},
      {"end of sequence flow not found", "is a ']' missing?"},
      {"illegal EOF in scalar", "is a closing quote missing?"},
      {"unknown token", "text that begins with %, @ or ` must be put into quotes"},
  };
  for (const auto& [message, hint] : hints) {
    if (parser_says == message) return "not valid YAML: " + parser_says + " (" + std::string(hint) + ")";
  }
  return "not valid YAML: " + printable(parser_says);
}

// What yaml-cpp takes without complaint or reports in the wrong place: bytes that are no text, and tabs.
bool is_plain_text(std::string_view text, Problems& problems) {
  Mark mark;
  for (const std::string_view line : split(text, '\n')) {
    const std::string_view shorter =
        !line.empty() && line.back() == '\r' ? line.substr(0, line.size() - 1) : line;
    const std::string safe = printable(shorter);
    if (safe != shorter) {
      std::size_t first = 0;
      while (safe[first] == shorter[first]) ++first;
      mark.column = static_cast<int>(first) + 1;
      problems.add(mark, "a byte that is no text (" + safe.substr(first, 4) +
                             "): the file must be UTF-8 without control characters");
      return false;
    }
    const std::size_t tab = shorter.substr(0, shorter.find_first_not_of(" \t")).find('\t');
    if (tab != std::string_view::npos && !trim(shorter).empty()) {
      mark.column = static_cast<int>(tab) + 1;
      problems.add(mark, "a tab in the indentation: YAML wants blanks there");
      return false;
    }
    ++mark.line;
  }
  return true;
}

}  // namespace

std::optional<YamlNode> parse_yaml(std::string_view text, Problems& problems, const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    problems.add({}, "the file has more than " + std::to_string(limits.bytes) + " bytes");
    return std::nullopt;
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // byte order mark
  if (!is_plain_text(text, problems)) return std::nullopt;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(text, problems, limits.nodes);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take_root();
  } catch (const Refused& refused) {
    problems.add(refused.mark, refused.what_is_wrong);
  } catch (const YAML::Exception& error) {
    problems.add(to_mark(error.mark), explain(error.msg));
  } catch (const std::exception& error) {
    problems.add({}, explain(error.what()));
  }
  return std::nullopt;
}

const char* describe(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::empty:
      return "nothing";
    case YamlNode::Kind::scalar:
      return "text";
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
  }
  return "nothing";
}

Result<std::string> read_yaml_file(const std::filesystem::path& file, const YamlLimits& limits) {
  return read_file(file, limits.bytes);
}

std::filesystem::path absolute_file(const std::filesystem::path& file) {
  std::error_code error;  // the working directory is gone: then relative is the best there is
  const std::filesystem::path absolute = std::filesystem::absolute(file, error);
  return (error ? file : absolute).lexically_normal();
}

}  // namespace rigbisect
