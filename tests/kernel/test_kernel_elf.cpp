#include <doctest/doctest.h>

#include "elf_sample.h"
#include "kernel/kernel_elf.h"
#include "kernel/sha256.h"

using namespace rigbisect;
using test::elf_file;
using test::elf_note;

namespace {

std::string vmlinux(const std::string& text, const std::string& build_id, const std::string& debug) {
  return elf_file({{".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, text},
                   {".notes", SHT_NOTE, SHF_ALLOC,
                    elf_note("GNU", NT_GNU_BUILD_ID, build_id) + elf_note("Linux", 1, "open")},
                   {".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, "12345678"},
                   {".debug_info", SHT_PROGBITS, 0, debug}});
}

std::string signature(const std::string& file) {
  const auto identity = identify_elf(file);
  REQUIRE(identity.ok());
  return identity->signature;
}

}  // namespace

TEST_CASE("sha256 gives the digests of FIPS 180-4") {
  CHECK(Sha256().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Sha256().add("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 million;
  for (int i = 0; i < 1000; ++i) million.add(std::string(1000, 'a'));
  CHECK(million.hex() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("kernels that differ only in debug information and build id have one signature") {
  const auto one = identify_elf(vmlinux("code", "aaaaaaaaaaaaaaaaaaaa", "line 1"));
  const auto two = identify_elf(vmlinux("code", "bbbbbbbbbbbbbbbbbbbb", "another line"));
  REQUIRE(one.ok());
  REQUIRE(two.ok());
  CHECK(one->signature == two->signature);
  CHECK(one->build_id == "6161616161616161616161616161616161616161");
}

TEST_CASE("code, other notes, sizes, addresses and names of sections are signed") {
  const std::string base = signature(vmlinux("code", "a", ""));
  CHECK(signature(vmlinux("cod2", "a", "")) != base);
  const auto with = [](const char* name, unsigned long address, const std::string& bss, const char* note) {
    return signature(elf_file({{name, SHT_PROGBITS, SHF_ALLOC, "code", address},
                               {".notes", SHT_NOTE, SHF_ALLOC, elf_note("Linux", 1, note)},
                               {".bss", SHT_NOBITS, SHF_ALLOC, bss}}));
  };
  const std::string plain = with(".text", 1, "1234", "open");
  CHECK(with(".texu", 1, "1234", "open") != plain);
  CHECK(with(".text", 2, "1234", "open") != plain);
  CHECK(with(".text", 1, "12345", "open") != plain);
  CHECK(with(".text", 1, "1234", "opem") != plain);
}

TEST_CASE("damaged ELF files are errors, never reads outside") {
  CHECK(!identify_elf("").ok());
  CHECK(!identify_elf("\x7f"
                      "ELF")
             .ok());
  CHECK(!identify_elf(std::string(64, 'x')).ok());
  const std::string file = vmlinux("code", "aaaa", "debug");
  for (std::size_t size = 0; size < file.size(); ++size) CHECK(!identify_elf(file.substr(0, size)).ok());
  for (std::size_t at = 0; at < file.size(); ++at) {
    std::string bent = file;
    bent[at] = '\xff';
    (void)identify_elf(bent);
    (void)inspect_program(bent);
  }
}
