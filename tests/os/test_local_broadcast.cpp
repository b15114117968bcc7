#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/socket.h>

#include "os/file.h"
#include "os/local_broadcast.h"
#include "tests/fakes/scratch_directory.h"

namespace rigbisect {
namespace {

struct Desk {
  ScratchDirectory scratch;
  std::filesystem::path path = scratch.path() / "board.console";

  std::unique_ptr<LocalBroadcast> teller() const {
    auto teller = LocalBroadcast::create(path);
    REQUIRE_MESSAGE(teller.ok(), teller.error().what);
    return std::move(*teller);
  }
  Fd listener() const {
    auto listener = listen_to(path);
    REQUIRE_MESSAGE(listener.ok(), listener.error().what);
    return std::move(*listener);
  }
};

// All that lies there for a listener; "END" after it when the teller is gone.
std::string heard(const Fd& listener) {
  std::string text(1u << 20, '\0');
  std::size_t size = 0;
  for (;;) {
    const ssize_t count = ::recv(listener.get(), text.data() + size, text.size() - size, MSG_DONTWAIT);
    if (count <= 0) {
      text.resize(size);
      return count == 0 ? text + "END" : text;
    }
    size += static_cast<std::size_t>(count);
  }
}

TEST_CASE_FIXTURE(Desk, "every listener hears what is told, and first the last of what was told before") {
  const auto teller = this->teller();
  teller->tell("before ");
  const Fd one = listener();
  teller->tell("and ");
  const Fd two = listener();
  teller->tell("after");
  CHECK(heard(one) == "before and after");
  CHECK(heard(two) == "before and after");
  teller->tell("");
  CHECK(heard(one) == "");
}

TEST_CASE_FIXTURE(Desk, "what is remembered for new listeners is bounded") {
  const auto teller = this->teller();
  teller->tell(std::string(LocalBroadcast::kRemembered, 'a'));
  teller->tell("end");
  const Fd one = listener();
  teller->tell("");
  const std::string text = heard(one);
  CHECK(text.size() == LocalBroadcast::kRemembered);
  CHECK(text.ends_with("aend"));
}

TEST_CASE_FIXTURE(Desk, "what is remembered begins with a line") {
  const auto teller = this->teller();
  teller->tell(std::string(LocalBroadcast::kRemembered, 'a') + "\nwhole line\n");
  const Fd one = listener();
  teller->tell("");
  CHECK(heard(one) == "whole line\n");
}

TEST_CASE_FIXTURE(Desk, "a listener that does not read misses bytes, is told how many, and holds up nobody") {
  const auto teller = this->teller();
  const Fd slow = listener();
  const Fd quick = listener();
  std::size_t told = 0, quick_heard = 0;
  for (int i = 0; i < 1000; ++i) {
    teller->tell(std::string(4096, 'x'));
    told += 4096;
    quick_heard += heard(quick).size();
  }
  CHECK(quick_heard == told);
  const std::size_t kept = heard(slow).size();
  CHECK(kept < told);
  teller->tell("again");
  CHECK(heard(slow) ==
        "\n[rigbisect: " + std::to_string(told - kept) + " bytes were not read in time]\nagain");
}

TEST_CASE_FIXTURE(Desk, "listeners that went away make room; too many are turned away") {
  const auto teller = this->teller();
  for (int round = 0; round < 3; ++round) {
    std::vector<Fd> listeners;
    for (std::size_t i = 0; i < LocalBroadcast::kMaxListeners; ++i) {
      listeners.push_back(listener());
      teller->tell("");
    }
    const Fd one_more = listener();
    teller->tell("hello");
    CHECK(heard(one_more) == "END");
    CHECK(heard(listeners.front()).ends_with("hello"));
  }
}

TEST_CASE_FIXTURE(Desk, "the end of the teller is the listeners' end, and nobody tells there then") {
  auto teller = this->teller();
  const Fd one = listener();
  teller->tell("last words");
  teller.reset();
  CHECK(heard(one) == "last wordsEND");
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(listen_to(path).error().code == Errc::not_found);
}

TEST_CASE_FIXTURE(Desk, "a socket that a dead process left is replaced") {
  // Bound and closed without being removed, as a killed process leaves it: a hard link keeps the name.
  auto dead = teller();
  std::filesystem::create_hard_link(path, scratch.path() / "kept");
  dead.reset();
  std::filesystem::rename(scratch.path() / "kept", path);
  CHECK(listen_to(path).error().code == Errc::not_found);
  const auto teller = this->teller();
  const Fd one = listener();
  teller->tell("alive");
  CHECK(heard(one) == "alive");
}

TEST_CASE_FIXTURE(Desk, "a directory deeper than a socket's name may be long") {
  path = scratch.path() / std::string(120, 'd') / "board.console";
  REQUIRE(make_directories(path.parent_path()));
  const auto teller = this->teller();
  const Fd one = listener();
  teller->tell("deep");
  CHECK(heard(one) == "deep");
}

TEST_CASE_FIXTURE(Desk, "a name that is too long, or a directory that is not there, is an error") {
  CHECK(LocalBroadcast::create(scratch.path() / std::string(100, 'n'))
            .error()
            .what.ends_with("this name is too long for a socket"));
  CHECK_FALSE(LocalBroadcast::create(scratch.path() / "missing" / "board.console"));
}

}  // namespace
}  // namespace rigbisect
