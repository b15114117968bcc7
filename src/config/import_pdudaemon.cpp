#include <algorithm>
#include <array>

#include "config/import.h"
#include "config/import_parts.h"

// Source: pdudaemon's README and share/pdudaemon.conf, version 1.0 and Debian's 0.0.8.
namespace rigbisect {
namespace {

struct PduDriver {
  std::string_view prefix, driver, address, outlet;
};
// The first that fits. Those without a driver of ours are switched through pdudaemon itself.
constexpr auto kDrivers = std::to_array<PduDriver>({
    {"apc", "snmp", "host", "outlet"},
    {"snmpv", "snmp", "host", "outlet"},
    {"cyberpower", "snmp", "host", "outlet"},
    {"eatonepdu", "snmp", "host", "outlet"},
    {"tripplite", "snmp", "host", "outlet"},
    {"ip9258", "snmp", "host", "outlet"},
    {"netiojson", "netio", "url", "outlet"},
    {"shelly", "shelly", "url", "relay"},
    {"tasmota", "tasmota", "url", "relay"},
    {"modbustcp", "modbus", "host", "coil"},
});

ImportedPart part_for(const YamlEntry& pdu, const std::string& driver, const std::string& daemon) {
  const auto row = std::find_if(kDrivers.begin(), kDrivers.end(),
                                [&](const PduDriver& each) { return driver.starts_with(each.prefix); });
  const std::string host = scalar(pdu.value, "hostname", scalar(pdu.value, "ip", pdu.key));
  if (row == kDrivers.end()) {
    return {pdu.mark.line, "pdudaemon", {{"url", daemon}, {"pdu", pdu.key}, {"outlet", "CHANGE"}}, {}};
  }
  const std::string address = row->address == "url" ? "http://" + host : host;
  return {pdu.mark.line,
          std::string(row->driver),
          {{std::string(row->address), address}, {std::string(row->outlet), "CHANGE"}},
          {}};
}

}  // namespace

Result<Imported> import_pdudaemon(std::string_view text, const std::string& file) {
  const auto root = foreign_yaml(text, file);
  if (!root) return root.error();
  Imported result;
  const YamlNode* daemon = child(*root, "daemon");
  const std::string port = daemon == nullptr ? "16421" : scalar(*daemon, "port", "16421");
  const std::string url = "http://CHANGE:" + port;
  if (const YamlNode* pdus = child(*root, "pdus")) {
    for (const YamlEntry& pdu : pdus->entries) {
      const std::string driver = scalar(pdu.value, "driver");
      ImportedBoard board;
      board.name = pdu.key;
      board.power = part_for(pdu, driver, url);
      if (board.power->driver == "pdudaemon") {
        result.notes.push_back(
            {pdu.mark.line, "there is no driver for '" + driver +
                                "': pdudaemon itself stays in between, and the state cannot be read back"});
      } else {
        result.notes.push_back(
            {pdu.mark.line, "'" + driver + "' is switched by our own driver " + board.power->driver +
                                ", which reads the state back; copy user, password or community by hand"});
      }
      result.boards.push_back(std::move(board));
    }
    result.notes.push_back(
        {pdus->mark.line, "a PDU is no machine: give each outlet its board, with console and boot"});
  } else {
    result.notes.push_back({root->mark.line, "there is no map 'pdus' in this file"});
  }
  return result;
}

}  // namespace rigbisect
