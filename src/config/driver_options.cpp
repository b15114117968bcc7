#include "config/driver_options.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/duration.h"
#include "base/text.h"

namespace rigbisect {
namespace {

using Values = std::optional<std::vector<std::string>>;

bool is_choice(const std::string& value, const YamlNode& node, const std::string& name,
               const OptionSpec& spec, Problems& problems) {
  if (spec.choices.empty() || std::count(spec.choices.begin(), spec.choices.end(), value) > 0) return true;
  problems.add(node.mark, name + ": expected one of " + join(spec.choices, ", ") + ", not " + shown(value) +
                              did_you_mean_suffix(value, spec.choices));
  return false;
}

// "52-54-00-77-00-1A" -> "52:54:00:77:00:1a"
std::optional<std::string> read_mac(const YamlNode& node, const std::string& name, Problems& problems) {
  const auto text = read_text(node, name, problems);
  if (!text) return std::nullopt;
  std::string mac;
  bool good = text->size() == 17;
  for (std::size_t i = 0; good && i < text->size(); ++i) {
    const char c = (*text)[i];
    const bool separator = i % 3 == 2;
    good = separator ? (c == ':' || c == '-') && c == (*text)[2]
                     : std::isxdigit(static_cast<unsigned char>(c)) != 0;
    mac += separator ? ':' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (!good) {
    problems.add(node.mark, name + ": expected a MAC address such as 52:54:00:77:00:11, not " + shown(*text));
    return std::nullopt;
  }
  const bool group = std::string_view("13579bdf").find(mac[1]) != std::string_view::npos;
  if (group || mac == "00:00:00:00:00:00") {
    problems.add(node.mark, name + ": " + mac + " is no address of a network card (" +
                                (group ? "it is a group address" : "it is all zeroes") + ")");
    return std::nullopt;
  }
  return mac;
}

template <typename T>
Values one(std::optional<T> value) {
  if (!value) return std::nullopt;
  return std::vector<std::string>{std::move(*value)};
}

Values read_list(const YamlNode& node, const std::string& name, const OptionSpec& spec, Problems& problems) {
  auto list = read_texts(node, name, problems);
  if (list && list->empty() && spec.required) {
    problems.add(node.mark, name + ": the list is empty: " + spec.help);
    return std::nullopt;
  }
  const auto allowed = [&](const std::string& item) { return is_choice(item, node, name, spec, problems); };
  if (list && !std::all_of(list->begin(), list->end(), allowed)) return std::nullopt;
  return list;
}

// {file: PATH}, {env: NAME} or {keyring: NAME}. A value that stands there in plain is not repeated in the
// message.
Values read_secret(const YamlNode& node, const std::string& name, const std::filesystem::path& directory,
                   Problems& problems) {
  if (node.kind != YamlNode::Kind::map) {
    problems.add(node.mark,
                 name +
                     ": a secret does not stand in a board file: write {file: PATH} for a file that "
                     "only you may read, {env: NAME} for an environment variable, or {keyring: NAME} "
                     "for a key of the kernel's keyrings");
    return std::nullopt;
  }
  MapReader map(node, name, problems);
  std::vector<std::pair<std::string, const YamlNode*>> named;
  for (const auto place : kSecretPlaces) {
    if (const YamlNode* found = map.find(to_string(place))) named.emplace_back(to_string(place), found);
  }
  map.finish();
  if (named.size() != 1) {
    problems.add(node.mark, name + ": expected one of {file: PATH}, {env: NAME} and {keyring: NAME}");
    return std::nullopt;
  }
  const auto& [key, value] = named.front();
  if (key == "file") {
    const auto path = read_path(*value, map.name_of(key), directory, problems);
    return path ? Values({key, path->string()}) : std::nullopt;
  }
  const auto text = read_text(*value, map.name_of(key), problems);
  if (text && key == "env" && text->find('=') != std::string::npos) {
    problems.add(value->mark, map.name_of(key) + ": expected the name of an environment variable");
    return std::nullopt;
  }
  return text ? Values({key, *text}) : std::nullopt;
}

Values read_option(const YamlNode& node, const std::string& name, const OptionSpec& spec,
                   const std::filesystem::path& directory, Problems& problems) {
  switch (spec.type) {
    case OptionType::text: {
      auto text = read_text(node, name, problems);
      if (text && !is_choice(*text, node, name, spec, problems)) return std::nullopt;
      return one(std::move(text));
    }
    case OptionType::integer: {
      const auto number = read_integer(node, name, spec.min, spec.max, problems);
      if (!number || !is_choice(std::to_string(*number), node, name, spec, problems)) return std::nullopt;
      return one(std::optional(std::to_string(*number)));
    }
    case OptionType::boolean: {
      const auto flag = read_boolean(node, name, problems);
      return flag ? one(std::optional<std::string>(*flag ? "true" : "false")) : std::nullopt;
    }
    case OptionType::duration: {
      const auto duration = read_duration(node, name, problems);
      return duration ? one(std::optional(format_duration(*duration))) : std::nullopt;
    }
    case OptionType::path: {
      const auto path = read_path(node, name, directory, problems);
      return path ? one(std::optional(path->string())) : std::nullopt;
    }
    case OptionType::mac:
      return one(read_mac(node, name, problems));
    case OptionType::list:
      return read_list(node, name, spec, problems);
    case OptionType::secret:
      return read_secret(node, name, directory, problems);
  }
  return std::nullopt;
}

// A default is written as YAML and takes the same way as a user's value. It can only be wrong by our own
// mistake, which the self-check of the driver table finds before a user does.
Values read_default(const std::string& name, const OptionSpec& spec, const std::filesystem::path& directory,
                    Mark mark, Problems& problems) {
  Problems own("default of " + name);
  const auto node = parse_yaml(spec.default_value, own);
  Values values = node ? read_option(*node, name, spec, directory, own) : std::nullopt;
  if (!own.empty()) problems.add(mark, "a mistake in the driver's own table: " + own.error().what);
  return values;
}

}  // namespace

DriverChoice read_driver(const YamlNode& node, const std::string& role, const std::vector<std::string>& names,
                         const std::vector<const std::vector<OptionSpec>*>& options,
                         const std::filesystem::path& directory, Problems& problems) {
  DriverChoice choice;
  MapReader map(node, role, problems);
  const YamlNode* driver = map.require("driver", "one of " + join(names, ", "));
  const auto name = driver == nullptr ? std::nullopt : read_text(*driver, map.name_of("driver"), problems);
  if (!name) return choice;
  const auto row = std::find(names.begin(), names.end(), *name);
  if (row == names.end()) {
    problems.add(driver->mark, map.name_of("driver") + ": there is no " + role + " driver " + shown(*name) +
                                   did_you_mean_suffix(*name, names) + "; known: " + join(names, ", "));
    return choice;
  }
  choice.driver = *name;
  for (const OptionSpec& spec : *options[static_cast<std::size_t>(row - names.begin())]) {
    const YamlNode* value = spec.required ? map.require(spec.name, spec.help) : map.find(spec.name);
    Values values;
    if (value != nullptr) {
      values = read_option(*value, map.name_of(spec.name), spec, directory, problems);
    } else if (!spec.required && !spec.default_value.empty()) {
      values = read_default(map.name_of(spec.name), spec, directory, map.mark(), problems);
    }
    if (values) choice.options.set(spec.name, std::move(*values));
  }
  map.finish();
  return choice;
}

}  // namespace rigbisect
