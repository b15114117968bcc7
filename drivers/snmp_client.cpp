#include "drivers/snmp_client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <mutex>

// net-snmp's headers want to come in this order
#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "base/text.h"
#include "drivers/secret.h"
#include "os/fd.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

constexpr Duration kRetry = 1s;
// Nothing can be below it: the library would make what is missing, as root even in "/".
constexpr const char* kNoDirectory = "/dev/null";

// Held around everything but waiting, and in version 3 for a whole exchange (a second at most): net-snmp
// keeps users and engines in lists that it does not lock.
std::mutex& library_lock() {
  static std::mutex mutex;
  return mutex;
}

void start_netsnmp() {
  static std::once_flag once;
  std::call_once(once, [] {
    // It would print to stderr what agents send, and that it has no MIBs.
    netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG);
    const auto set = [](int what) { netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, what, 1); };
    set(NETSNMP_DS_LIB_DONT_READ_CONFIGS);  // nobody's ~/.snmp decides here
    set(NETSNMP_DS_LIB_DONT_PERSIST_STATE);
    set(NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD);
    set(NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE);
    for (const int directory : {NETSNMP_DS_LIB_MIBDIRS, NETSNMP_DS_LIB_PERSISTENT_DIR}) {
      netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, directory, kNoDirectory);
    }
    init_snmp("rigbisect");
  });
}

struct PduDeleter {
  void operator()(netsnmp_pdu* pdu) const { snmp_free_pdu(pdu); }
};
using Pdu = std::unique_ptr<netsnmp_pdu, PduDeleter>;

// Else the library would go on with the first password that it saw for a user of an engine.
void forget_users() {
  while (usmUser* user = usm_get_userList()) usm_free_user(usm_remove_user(user));
}

struct SessionCloser {
  void operator()(void* session) const {
    snmp_sess_close(session);
    forget_users();
  }
};
using Session = std::unique_ptr<void, SessionCloser>;

// What the library's callback was given.
struct Arrival {
  bool came = false;
  Pdu pdu;
};

int on_arrival(int operation, netsnmp_session*, int, netsnmp_pdu* pdu, void* magic) {
  auto* arrival = static_cast<Arrival*>(magic);
  if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || arrival->came) return 1;
  arrival->came = true;
  arrival->pdu.reset(snmp_clone_pdu(pdu));
  return 1;
}

// An algorithm of version 3, by its name in a board file.
struct Algorithm {
  const char* name;
  const oid* id;
  std::size_t length;
};

const Algorithm* find(std::span<const Algorithm> algorithms, const std::string& name) {
  const auto found = std::find_if(algorithms.begin(), algorithms.end(),
                                  [&](const Algorithm& each) { return each.name == name; });
  return found == algorithms.end() ? nullptr : &*found;
}

const std::array kAuth{
    Algorithm{"md5", usmHMACMD5AuthProtocol, USM_AUTH_PROTO_MD5_LEN},
    Algorithm{"sha", usmHMACSHA1AuthProtocol, USM_AUTH_PROTO_SHA_LEN},
    Algorithm{"sha256", usmHMAC192SHA256AuthProtocol, USM_AUTH_PROTO_SHA_LEN},
    Algorithm{"sha512", usmHMAC384SHA512AuthProtocol, USM_AUTH_PROTO_SHA_LEN},
};
const std::array kPrivacy{
    Algorithm{"des", usmDESPrivProtocol, USM_PRIV_PROTO_DES_LEN},
    Algorithm{"aes", usmAESPrivProtocol, USM_PRIV_PROTO_AES_LEN},
};

Result<void> make_key(const Algorithm& auth, const std::string& password, u_char* key, std::size_t& size) {
  std::string copy = password;  // the library wants to write
  const int failure = generate_Ku(auth.id, static_cast<u_int>(auth.length),
                                  reinterpret_cast<u_char*>(copy.data()), copy.size(), key, &size);
  if (failure == SNMPERR_SUCCESS) return {};
  return Error{Errc::invalid, "a password of SNMP version 3 needs at least 8 characters"};
}

// `session` points into `access` afterwards.
Result<void> set_user(netsnmp_session& session, SnmpAccess& access) {
  session.version = SNMP_VERSION_3;
  session.securityName = access.user.data();
  session.securityNameLen = access.user.size();
  session.securityLevel = SNMP_SEC_LEVEL_NOAUTH;
  const Algorithm* auth = find(kAuth, access.auth);
  if (auth == nullptr) return {};
  session.securityLevel = SNMP_SEC_LEVEL_AUTHNOPRIV;
  session.securityAuthProto = const_cast<oid*>(auth->id);
  session.securityAuthProtoLen = auth->length;
  session.securityAuthKeyLen = USM_AUTH_KU_LEN;
  auto key = make_key(*auth, access.auth_password, session.securityAuthKey, session.securityAuthKeyLen);
  const Algorithm* privacy = find(kPrivacy, access.privacy);
  if (!key || privacy == nullptr) return key;
  session.securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
  session.securityPrivProto = const_cast<oid*>(privacy->id);
  session.securityPrivProtoLen = privacy->length;
  session.securityPrivKeyLen = USM_PRIV_KU_LEN;
  return make_key(*auth, access.privacy_password, session.securityPrivKey, session.securityPrivKeyLen);
}

Error no_answer() {
  return Error{
      Errc::timeout,
      "no answer: address, community (a wrong one is not answered either), or the agent's access list?"};
}

Error library_error(int number, int system_error) {
  switch (number) {
    case SNMPERR_TIMEOUT:
      return no_answer();
    case SNMPERR_BAD_ADDRESS:
      return Error{Errc::not_found, "the host's name cannot be resolved"};
    case SNMPERR_AUTHENTICATION_FAILURE:
    case SNMPERR_UNKNOWN_USER_NAME:
    case SNMPERR_USM_AUTHENTICATIONFAILURE:
    case SNMPERR_USM_UNKNOWNSECURITYNAME:
    case SNMPERR_USM_UNSUPPORTEDSECURITYLEVEL:
      return Error{Errc::denied, std::string("the agent refuses the user: ") + snmp_api_errstring(number)};
    default:
      break;
  }
  errno = system_error;
  return Error{Errc::disconnected, std::string(snmp_api_errstring(number)) +
                                       (system_error == 0 ? "" : ": " + errno_error("").what)};
}

Error agent_error(long status) {
  Error error{Errc::protocol, std::string("the agent refuses: ") +
                                  snmp_errstring(static_cast<int>(std::clamp(status, 0L, 18L)))};
  switch (status) {
    case SNMP_ERR_NOACCESS:
    case SNMP_ERR_NOTWRITABLE:
    case SNMP_ERR_READONLY:
    case SNMP_ERR_AUTHORIZATIONERROR:
      return Error{Errc::denied, error.what + " (may this community or user write?)"};
    default:
      return error;
  }
}

// The counter in a report of version 3 says why a request was refused (RFC 3414, 5.).
Error report_error(const netsnmp_pdu& pdu) {
  const netsnmp_variable_list* counter = pdu.variables;
  const oid which = counter != nullptr && counter->name_length == 11 ? counter->name[9] : 0;
  constexpr const char* reasons[] = {"unsupported security level",
                                     "not in time window",
                                     "unknown user",
                                     "unknown engine",
                                     "wrong password",
                                     "decryption error (wrong privacy password?)"};
  const bool known = which >= 1 && which <= 6;
  const bool user = known && which != 2 && which != 4;
  return Error{user ? Errc::denied : Errc::protocol,
               std::string("the agent refuses: ") + (known ? reasons[which - 1] : "unknown report")};
}

Result<Session> open_session(SnmpAccess access, Arrival& arrival) {
  const std::string peer = "udp:" + access.host + ":" + access.port;
  netsnmp_session session{};
  snmp_sess_init(&session);
  session.peername = const_cast<char*>(peer.c_str());
  session.retries = 0;
  session.timeout = std::chrono::duration_cast<std::chrono::microseconds>(kRetry)
                        .count();  // of the engine's discovery in version 3
  session.callback = on_arrival;
  session.callback_magic = &arrival;
  session.version = access.version == "1" ? SNMP_VERSION_1 : SNMP_VERSION_2c;
  session.community = reinterpret_cast<u_char*>(access.community.data());
  session.community_len = access.community.size();
  if (access.version == "3") {
    session.community_len = 0;
    if (auto user = set_user(session, access); !user) return user.error();
  }
  void* opened = snmp_sess_open(&session);
  if (opened == nullptr) return library_error(session.s_snmp_errno, session.s_errno);
  return Session(opened);
}

Result<std::vector<oid>> parse_oid(const std::string& text) {
  std::vector<oid> parts;
  for (const std::string_view word : split(text, '.')) {
    oid number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc{} || end != word.data() + word.size() || parts.size() >= MAX_OID_LEN) {
      return Error{Errc::invalid, "'" + printable(text) + "' is no OID"};
    }
    parts.push_back(number);
  }
  return parts;
}

Result<Pdu> make_request(const std::string& text, const long* value) {
  const auto id = parse_oid(text);
  if (!id) return id.error();
  Pdu pdu(snmp_pdu_create(value == nullptr ? SNMP_MSG_GET : SNMP_MSG_SET));
  if (value == nullptr) {
    snmp_add_null_var(pdu.get(), id->data(), id->size());
  } else {
    snmp_pdu_add_variable(pdu.get(), id->data(), id->size(), ASN_INTEGER, value, sizeof *value);
  }
  return pdu;
}

void read_socket(void* session, int fd) {
  netsnmp_large_fd_set ready;
  netsnmp_large_fd_set_init(&ready, FD_SETSIZE);
  netsnmp_large_fd_setfd(fd, &ready);
  snmp_sess_read2(session, &ready);
  netsnmp_large_fd_set_cleanup(&ready);
}

// Sends once and waits until `until`.
Result<void> exchange(const SnmpAccess& access, const std::string& id, const long* value, Arrival& arrival,
                      Deadline until, const std::stop_token& stop) {
  auto request = make_request(id, value);
  if (!request) return request.error();
  std::unique_lock lock(library_lock());
  const auto session = open_session(access, arrival);
  if (!session) return session.error();
  if (snmp_sess_send(session->get(), request->get()) == 0) {
    int system_error = 0, number = 0;
    snmp_sess_error(session->get(), &system_error, &number, nullptr);
    return library_error(number, system_error);
  }
  (void)request->release();  // the library's after it was sent
  const std::array<int, 1> fds{snmp_sess_transport(session->get())->sock};
  while (!arrival.came) {
    if (access.version != "3") lock.unlock();
    const auto ready = wait_ready(fds, false, until, stop);
    if (!lock.owns_lock()) lock.lock();
    if (!ready) return ready.error().code == Errc::timeout ? no_answer() : ready.error();
    read_socket(session->get(), fds[0]);
  }
  return {};
}

// The variable of the answer to a GET or SET, or nullptr if there is no such object.
Result<Pdu> ask(const SnmpAccess& access, const std::string& id, const long* value, Deadline deadline,
                const std::stop_token& stop) {
  start_netsnmp();
  Arrival arrival;
  for (;;) {
    const Deadline now = std::chrono::steady_clock::now();
    const auto done = exchange(access, id, value, arrival, std::min(deadline, now + kRetry), stop);
    if (done) break;
    const bool again = done.error().code == Errc::timeout && now + kRetry < deadline;
    if (!again || stop.stop_requested()) return done.error();
  }
  if (arrival.pdu == nullptr) return Error{Errc::protocol, "the agent's answer cannot be read"};
  if (arrival.pdu->command == SNMP_MSG_REPORT) return report_error(*arrival.pdu);
  const bool absent_in_v1 = arrival.pdu->errstat == SNMP_ERR_NOSUCHNAME && value == nullptr;
  if (absent_in_v1) return Pdu();
  if (arrival.pdu->errstat != SNMP_ERR_NOERROR) return agent_error(arrival.pdu->errstat);
  const auto wanted = parse_oid(id);
  const netsnmp_variable_list* variable = arrival.pdu->variables;
  if (variable == nullptr ||
      snmp_oid_compare(variable->name, variable->name_length, wanted->data(), wanted->size()) != 0) {
    return Error{Errc::protocol, "the agent answers something that was not asked for"};
  }
  const bool absent = variable->type == SNMP_NOSUCHOBJECT || variable->type == SNMP_NOSUCHINSTANCE ||
                      variable->type == SNMP_ENDOFMIBVIEW;
  return absent ? Pdu() : std::move(arrival.pdu);
}

}  // namespace

Result<std::optional<long>> SnmpClient::get(const std::string& oid, Deadline deadline,
                                            std::stop_token stop) const {
  const auto answer = ask(access_, oid, nullptr, deadline, stop);
  if (!answer) return answer.error();
  if (*answer == nullptr) return std::optional<long>{};
  const netsnmp_variable_list& variable = *(*answer)->variables;
  const bool number =
      variable.type == ASN_INTEGER || variable.type == ASN_GAUGE || variable.type == ASN_COUNTER;
  if (!number || variable.val_len > sizeof(long)) {
    return Error{Errc::protocol, "the agent's value of " + oid + " is no number"};
  }
  return std::optional(*variable.val.integer);
}

Result<std::optional<std::string>> SnmpClient::get_oid(const std::string& oid, Deadline deadline,
                                                       std::stop_token stop) const {
  const auto answer = ask(access_, oid, nullptr, deadline, stop);
  if (!answer) return answer.error();
  if (*answer == nullptr) return std::optional<std::string>{};
  const netsnmp_variable_list& variable = *(*answer)->variables;
  if (variable.type != ASN_OBJECT_ID)
    return Error{Errc::protocol, "the agent's value of " + oid + " is no OID"};
  std::string text;
  for (std::size_t i = 0; i < variable.val_len / sizeof *variable.val.objid; ++i) {
    text += (i == 0 ? "" : ".") + std::to_string(variable.val.objid[i]);
  }
  return std::optional(text);
}

Result<void> SnmpClient::set(const std::string& oid, long value, Deadline deadline,
                             std::stop_token stop) const {
  const auto answer = ask(access_, oid, &value, deadline, stop);
  if (!answer) return answer.error();
  return {};
}

std::string SnmpClient::name() const {
  return printable(access_.host) + ":" + access_.port;
}

std::vector<OptionSpec> SnmpClient::options() {
  return {
      {.name = "host", .required = true, .help = "the device's address or name"},
      {.name = "port",
       .type = OptionType::integer,
       .default_value = "161",
       .help = "its UDP port",
       .min = 1,
       .max = 65535},
      {.name = "version", .default_value = "2c", .help = "of SNMP", .choices = {"1", "2c", "3"}},
      {.name = "community",
       .type = OptionType::secret,
       .help = "the community that may write, of versions 1 and 2c; 'private' if absent"},
      {.name = "user", .default_value = "rigbisect", .help = "user of version 3"},
      {.name = "auth",
       .default_value = "sha",
       .help = "authentication of version 3",
       .choices = {"none", "md5", "sha", "sha256", "sha512"}},
      {.name = "auth_password",
       .type = OptionType::secret,
       .help = "password of that, at least 8 characters"},
      {.name = "privacy",
       .default_value = "aes",
       .help = "encryption of version 3",
       .choices = {"none", "des", "aes"}},
      {.name = "privacy_password",
       .type = OptionType::secret,
       .help = "password of that, at least 8 characters"},
  };
}

Result<SnmpClient> SnmpClient::make(const DriverOptions& options) {
  SnmpAccess access;
  access.host = options.text("host");
  access.port = options.text("port");
  access.version = options.text("version");
  access.user = options.text("user");
  access.auth = options.text("auth");
  access.privacy = options.text("privacy");
  struct {
    const char* option;
    std::string& into;
    bool needed;
  } const secrets[] = {
      {"community", access.community, false},
      {"auth_password", access.auth_password, access.version == "3" && access.auth != "none"},
      {"privacy_password", access.privacy_password, access.version == "3" && access.privacy != "none"},
  };
  for (const auto& each : secrets) {
    auto secret =
        fetch_secret(options, each.option, std::string(each.option) == "community" ? "private" : "");
    if (!secret) return secret.error();
    if (each.needed && secret->empty()) {
      return Error{Errc::invalid, std::string("version 3 needs '") + each.option + "'"};
    }
    each.into = std::move(*secret);
  }
  if (access.version == "3" && access.auth == "none" && access.privacy != "none") {
    return Error{Errc::invalid, "'privacy' needs 'auth': set 'privacy: none', or an authentication"};
  }
  return SnmpClient(std::move(access));
}

}  // namespace rigbisect
