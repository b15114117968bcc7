#include <csignal>
#include <thread>

#include "os/file.h"
#include "os/process.h"
#include "tests/drivers/console/console_test.h"
#include "tests/fakes/running_program.h"
#include "tests/fakes/scratch_directory.h"

// TLS consoles behind a real stunnel, with certificates of a real CA program.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;

class Stunnel : public DriverWorld {
 public:
  // `more`: further lines of its configuration, with our directory for '@'.
  explicit Stunnel(std::string more = "") : port_(free_port(SOCK_STREAM)) {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does
    make_certificate("server", "127.0.0.1");
    make_certificate("client", "127.0.0.2");
    if (const auto at = more.find('@'); at != std::string::npos) more.replace(at, 1, scratch_.path());
    const auto written = write_file_atomically(
        file("stunnel.conf"),
        "foreground = yes\npid =\n[console]\naccept = 127.0.0.1:" + std::to_string(port_) +
            "\nconnect = 127.0.0.1:" + std::to_string(board.port()) + "\ncert = " + file("server.pem") +
            "\n" + more);
    REQUIRE(written.ok());
    start();
  }
  void start() {
    program_.emplace(std::vector<std::string>{"stunnel4", file("stunnel.conf")}, file("log"));
    for (const Deadline patience = in(10s); clock.now() < patience;) {
      if (read_file(file("log")).value().find("Configuration successful") != std::string::npos) return;
      (void)clock.sleep_until(in(20ms), {});
    }
    FAIL("stunnel does not start: " << read_file(file("log")).value());
  }
  void stop() {
    program_.reset();
    std::filesystem::remove(file("log"));
  }
  std::string file(const std::string& name) const { return scratch_.path() / name; }

  Result<std::unique_ptr<SerialConsole>> connect(std::map<std::string, std::vector<std::string>> given) {
    given.insert({{"host", {"127.0.0.1"}}, {"port", {std::to_string(port_)}}});
    return make(tls_driver(), given);
  }

  Server board;

 private:
  void make_certificate(const std::string& name, const std::string& address) {
    const Command command{.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                   "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                                   "-addext", "subjectAltName=IP:" + address, "-keyout", file(name + ".pem"),
                                   "-out", file(name + ".crt")}};
    const auto done = run_command(command, {}, clock);
    REQUIRE(done.ok());
    REQUIRE_MESSAGE(done->ok(), done->output);
    const std::string both = read_file(file(name + ".pem")).value() + read_file(file(name + ".crt")).value();
    REQUIRE(write_file_atomically(file(name + ".pem"), both).ok());
  }

  ScratchDirectory scratch_;
  int port_;
  std::optional<RunningProgram> program_;
};

const auto skipped = doctest::skip(!has_program("stunnel4") || !has_program("openssl"));

TEST_CASE("bytes pass through TLS in both directions, from a server that is known" * skipped) {
  Stunnel tunnel;
  const auto console = std::move(tunnel.connect({{"ca", {tunnel.file("server.crt")}}})).value();
  const Fd wire = tunnel.board.accept();
  const std::string bytes("boot\0\xff\r\n", 8);
  say(wire.get(), bytes);
  CHECK(read_until(*console, "\n") == bytes);
  std::array<char, 64> buffer{};
  CHECK(console->read(buffer, tunnel.in(1ms), {}).error().code == Errc::timeout);
  // a reader that waits does not keep a writer from writing
  std::jthread reader([&] { CHECK(read_until(*console, "heard") == "heard"); });
  const std::string much(1 << 20, 'x');
  std::jthread listener([&] {
    CHECK(hear(wire.get(), much.size()) == much);
    say(wire.get(), "heard");
  });
  CHECK(console->write(much, tunnel.in(20s), {}).ok());
}

TEST_CASE("a server with a certificate of another CA or host is refused, unless it need not be checked" *
          skipped) {
  Stunnel tunnel;
  for (const char* ca : {"client.crt", ""}) {
    const auto unknown = ca[0] == '\0' ? tunnel.connect({}) : tunnel.connect({{"ca", {tunnel.file(ca)}}});
    REQUIRE_FALSE(unknown.ok());
    CHECK(unknown.error().code == Errc::denied);
    CHECK(unknown.error().what.find("its certificate is not trusted (self-signed certificate)") !=
          std::string::npos);
  }
  const auto elsewhere = tunnel.connect({{"ca", {tunnel.file("server.crt")}}, {"host", {"localhost"}}});
  REQUIRE_FALSE(elsewhere.ok());
  CHECK(elsewhere.error().what.find("hostname mismatch") != std::string::npos);
  CHECK(tunnel.connect({{"verify", {"false"}}}).ok());
}

TEST_CASE("a server that wants to know us gets our certificate" * skipped) {
  Stunnel tunnel("verifyPeer = yes\nCAfile = @/client.crt\n");
  const std::vector<std::string> ca{tunnel.file("server.crt")};
  const auto console = tunnel.connect({{"ca", ca}, {"certificate", {tunnel.file("client.pem")}}});
  REQUIRE(console.ok());
  const Fd wire = tunnel.board.accept();
  say(wire.get(), "hello");
  CHECK(read_until(**console, "hello") == "hello");
  const auto broken = tunnel.connect({{"ca", ca}, {"certificate", {tunnel.file("client.crt")}}});
  REQUIRE_FALSE(broken.ok());
  CHECK(broken.error().what.find("cannot use the certificate and key") != std::string::npos);
}

TEST_CASE("a tunnel that goes away and comes back is one gap" * skipped) {
  Stunnel tunnel;
  const auto console = std::move(tunnel.connect({{"ca", {tunnel.file("server.crt")}}})).value();
  { const Fd wire = tunnel.board.accept(); }
  std::array<char, 64> buffer{};
  CHECK(console->read(buffer, tunnel.in(5s), {}).error().code == Errc::disconnected);
  CHECK(console->read(buffer, tunnel.in(2s), {}).error().code == Errc::timeout);
  const Fd wire = tunnel.board.accept();
  say(wire.get(), "again");
  CHECK(read_until(*console, "again") == "again");
}

TEST_CASE("a server that does not speak TLS is told as such" * skipped) {
  Stunnel tunnel;
  std::jthread plain([&] {
    const Fd wire = tunnel.board.accept();
    say(wire.get(), "login: plain text\r\n");
    hear(wire.get(), 10000);
  });
  const auto made = tunnel.connect({{"port", {std::to_string(tunnel.board.port())}}});
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().what.find("the TLS connection ended: wrong version number") != std::string::npos);
}

}  // namespace
}  // namespace rigbisect
