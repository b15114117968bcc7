#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/import.h"
#include "config/import_parts.h"

// Source: labgrid's doc/configuration.rst (resources and drivers), version 23.0 and later.
namespace rigbisect {
namespace {

// NetworkPowerPort: labgrid's model -> our driver, what the outlet is called there, further option.
struct PowerModel {
  std::string_view model, driver, address, outlet, option, value;
};
constexpr auto kModels = std::to_array<PowerModel>({
    {"apc", "snmp", "host", "outlet", "", ""},
    {"eaton", "snmp", "host", "outlet", "", ""},
    {"raritan", "snmp", "host", "outlet", "", ""},
    {"digipower", "", "", "", "", ""},
    {"poe_mib", "snmp", "host", "outlet", "family", "poe"},
    {"netio", "netio", "url", "outlet", "", ""},
    {"netio_kshell", "netio", "url", "outlet", "", ""},
    {"digitalloggers_http", "digital-loggers", "url", "outlet", "", ""},
    {"digitalloggers_restapi", "digital-loggers", "url", "outlet", "", ""},
    {"shelly_gen1", "shelly", "url", "relay", "generation", "1"},
    {"shelly_gen2", "shelly", "url", "relay", "generation", "2"},
    {"tasmota", "tasmota", "url", "relay", "", ""},
});

class LabgridImporter {
 public:
  explicit LabgridImporter(Imported& result) : result_(result) {}

  void group(const std::string& name, const YamlNode& resources, const YamlNode* drivers) {
    board_ = {};
    board_.name = name;
    each(resources, [this](const std::string& kind, const YamlNode& node) { resource(kind, node); });
    if (drivers != nullptr) {
      each(*drivers, [this](const std::string& kind, const YamlNode& node) { driver(kind, node); });
    }
    if (board_.power || board_.console || board_.boot) result_.boards.push_back(board_);
  }

 private:
  // Resources are a map of classes, or a list of them where one class comes twice.
  template <typename Take>
  void each(const YamlNode& node, const Take& take) {
    for (const YamlEntry& entry : node.entries) {
      const std::string named = scalar(entry.value, "cls");  // exporter: NAME: {cls: CLASS, ...}
      take(named.empty() ? entry.key : named, entry.value);
    }
    for (const YamlNode& item : node.items) each(item, take);
  }

  void resource(const std::string& kind, const YamlNode& node) {
    const int line = node.mark.line;
    if (kind == "RawSerialPort") {
      console({line,
               "serial",
               {{"port", scalar(node, "port", "CHANGE")}, {"baud", scalar(node, "speed", "115200")}},
               {}});
    } else if (kind == "USBSerialPort") {
      usb_serial(node);
    } else if (kind == "NetworkSerialPort") {
      network_serial(node);
    } else if (kind == "NetworkPowerPort") {
      network_power(node);
    } else if (kind == "PDUDaemonPort") {
      power({line,
             "pdudaemon",
             {{"url", "http://" + scalar(node, "host", "CHANGE") + ":16421"},
              {"pdu", scalar(node, "pdu", "CHANGE")},
              {"outlet", scalar(node, "index", "CHANGE")}},
             {}});
    } else if (kind == "ModbusTCPCoil" || kind == "WaveshareModbusTCPCoil") {
      power({line,
             "modbus",
             {{"host", scalar(node, "host", "CHANGE")}, {"coil", scalar(node, "coil", "CHANGE")}},
             {}});
      if (scalar(node, "invert") == "True" || scalar(node, "invert") == "true")
        note(line, kind + ": 'invert' has no counterpart: wire the relay's other contact");
    } else if (kind == "HIDRelay" || kind == "SiSPMPowerPort" || kind == "USBPowerPort") {
      usb_power(kind, node);
    } else if (kind == "RawNetworkInterface" || kind == "EthernetPort" || kind == "USBNetworkInterface") {
      boot({line, "pxe", {{"interface", scalar(node, "ifname", "CHANGE")}, {"mac", "CHANGE"}}, {}});
    } else if (kind == "USBSDMuxDevice") {
      boot({line, "flash", {{"sd_mux", "CHANGE"}, {"device", "CHANGE"}}, {}});
      note(line,
           kind + ": `sd_mux` is its link below /dev/usb-sd-mux, `device` the card's below /dev/disk/by-id");
    } else if (kind == "USBSDWireDevice") {
      boot({line, "flash", {{"device", "CHANGE"}}, {}});
      note(line,
           kind +
               ": `device` is the card's link below /dev/disk/by-id; name the programs that switch it in "
               "`to_host` and `to_board`");
    } else if (kind != "location" && kind != "NetworkService" && kind != "TFTPProvider") {
      note(line, "resource " + kind + " has no counterpart");
    }
  }

  void driver(const std::string& kind, const YamlNode& node) {
    if (kind == "ExternalPowerDriver") {
      ImportedPart part{node.mark.line, "command", {}, {}};
      for (const auto& [key, option] : {std::pair("cmd_on", "on"), std::pair("cmd_off", "off")}) {
        const auto words = command_words(scalar(node, key));
        if (!words || words->empty())
          return note(node.mark.line, std::string("ExternalPowerDriver: ") + key +
                                          " needs a shell: write a script and name it");
        part.lists.emplace_back(option, *words);
      }
      return power(std::move(part));
    }
    if (kind == "ManualPowerDriver")
      return note(node.mark.line, "ManualPowerDriver: a bisection runs at night; give the board a switch");
    if (kind == "ShellDriver" || kind == "SSHDriver" || kind == "UBootDriver" || kind == "BareboxDriver")
      note(node.mark.line, kind + " is not needed: rigbisect boots its own init");
  }

  void usb_serial(const YamlNode& node) {
    const YamlNode* match = child(node, "match");
    const std::string path = match == nullptr ? "" : scalar(*match, "ID_PATH");
    const std::string serial = match == nullptr ? "" : scalar(*match, "ID_SERIAL_SHORT");
    std::string port = "CHANGE";
    if (!path.empty())
      port = "/dev/serial/by-path/" + path;
    else
      note(node.mark.line, "USBSerialPort: find the link below /dev/serial/by-id" +
                               (serial.empty() ? std::string() : " with " + serial) +
                               " (`rigbisect board suggest` lists them)");
    if (!path.empty())
      note(node.mark.line,
           "USBSerialPort: the link by path usually ends in -port0: see `ls /dev/serial/by-path`");
    console({node.mark.line, "serial", {{"port", port}, {"baud", scalar(node, "speed", "115200")}}, {}});
  }

  void network_serial(const YamlNode& node) {
    const bool raw = scalar(node, "protocol", "rfc2217") == "raw";
    ImportedPart part{node.mark.line,
                      raw ? "tcp" : "rfc2217",
                      {{"host", scalar(node, "host", "CHANGE")}, {"port", scalar(node, "port", "CHANGE")}},
                      {}};
    if (!raw) part.options.emplace_back("baud", scalar(node, "speed", "115200"));
    console(std::move(part));
  }

  void network_power(const YamlNode& node) {
    const std::string model = scalar(node, "model");
    const auto row = std::find_if(kModels.begin(), kModels.end(),
                                  [&](const PowerModel& each) { return each.model == model; });
    if (row == kModels.end() || row->driver.empty()) {
      return note(node.mark.line, "NetworkPowerPort: there is no driver for model '" + model +
                                      "'; `http` or `command` may do");
    }
    const std::string host = scalar(node, "host", "CHANGE");
    const bool url = row->address == "url" && host.find("://") == std::string::npos && host != "CHANGE";
    ImportedPart part{node.mark.line,
                      std::string(row->driver),
                      {{std::string(row->address), url ? "http://" + host : host},
                       {std::string(row->outlet), scalar(node, "index", "CHANGE")}},
                      {}};
    if (!row->option.empty()) part.options.emplace_back(row->option, row->value);
    if (row->driver != "tasmota" && row->driver != "shelly")
      note(node.mark.line,
           "NetworkPowerPort: labgrid hard-codes passwords of this model; name yours (`rigbisect drivers " +
               part.driver + "`)");
    power(std::move(part));
  }

  void usb_power(const std::string& kind, const YamlNode& node) {
    const std::string driver = kind == "HIDRelay"         ? "hid-relay"
                               : kind == "SiSPMPowerPort" ? "sispm"
                                                          : "usb-hub";
    const std::string index = scalar(node, "index", "1");
    const std::string outlet = driver == "hid-relay" ? "channel" : driver == "sispm" ? "outlet" : "port";
    note(node.mark.line,
         kind + ": put in where it is plugged in, as below /sys/bus/usb/devices (`rigbisect board suggest`)");
    power({node.mark.line, driver, {{driver == "usb-hub" ? "hub" : "place", "CHANGE"}, {outlet, index}}, {}});
  }

  void power(ImportedPart part) { set(board_.power, std::move(part), "power switch"); }
  void console(ImportedPart part) { set(board_.console, std::move(part), "console"); }
  void boot(ImportedPart part) { set(board_.boot, std::move(part), "way to boot"); }
  void set(std::optional<ImportedPart>& place, ImportedPart part, const std::string& what) {
    if (place) return note(part.line, "a second " + what + " (" + part.driver + ") of one board is left out");
    place = std::move(part);
  }
  void note(int line, const std::string& text) { result_.notes.push_back({line, text}); }

  Imported& result_;
  ImportedBoard board_;
};

// labgrid's own tags (`!template ...`) mean text that it fills in itself; the columns stay.
std::string without_tags(std::string_view text) {
  std::string plain(text);
  for (const std::string_view tag : {"!template ", "!include "}) {
    for (std::size_t at = 0; (at = plain.find(tag, at)) != std::string::npos;)
      plain.replace(at, tag.size(), tag.size(), ' ');
  }
  return plain;
}

}  // namespace

Result<Imported> import_labgrid(std::string_view text, const std::string& file) {
  const auto root = foreign_yaml(without_tags(text), file);
  if (!root) return root.error();
  Imported result;
  LabgridImporter importer(result);
  if (const YamlNode* targets = child(*root, "targets")) {
    for (const YamlEntry& target : targets->entries) {
      const YamlNode* resources = child(target.value, "resources");
      static const YamlNode none;
      importer.group(target.key, resources == nullptr ? none : *resources, child(target.value, "drivers"));
      if (resources != nullptr && (child(*resources, "RemotePlace") != nullptr)) {
        result.notes.push_back(
            {resources->mark.line,
             "RemotePlace: what it stands for is in the exporter's configuration: import that"});
      }
    }
  } else {
    for (const YamlEntry& group : root->entries) importer.group(group.key, group.value, nullptr);
  }
  return result;
}

}  // namespace rigbisect
