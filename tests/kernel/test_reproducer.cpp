#include <doctest/doctest.h>

#include "kernel/kernel_elf.h"
#include "kernel/reproducer.h"
#include "os/process.h"
#include "os/real_clock.h"
#include "tests/fakes/files.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using test::read;
using test::write;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  ScratchDirectory scratch;
  RealClock clock;
  ReproducerSource source;

  fs::path file(const std::string& name, const std::string& content) const {
    write(scratch.path() / name, content);
    return scratch.path() / name;
  }
  Result<PreparedReproducer> prepare() {
    return prepare_reproducer(source, scratch.path() / "out", clock, {});
  }
  PreparedReproducer prepared() {
    auto done = prepare();
    INFO((done.ok() ? std::string() : done.error().what));
    REQUIRE(done.ok());
    return std::move(*done);
  }
  Error error() {
    const auto done = prepare();
    REQUIRE(!done.ok());
    return done.error();
  }
};

const TargetFile* at(const PreparedReproducer& reproducer, const std::string& to) {
  for (const TargetFile& file : reproducer.files) {
    if (file.to == to) return &file;
  }
  return nullptr;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("C source is compiled statically, with its flags") {
  Fixture f;
  f.source = {ReproducerKind::c_source,
              f.file("r.c", "int main(void) { return CODE; }\n"),
              {"-DCODE=7"},
              {f.file("data.bin", "x")},
              {"--fast"}};
  const PreparedReproducer reproducer = f.prepared();
  CHECK(reproducer.argv == Words{"/rigbisect/reproducer", "--fast"});
  const TargetFile* program = at(reproducer, "/rigbisect/reproducer");
  REQUIRE(program != nullptr);
  CHECK(program->executable);
  CHECK(inspect_program(read(program->from))->interpreter.empty());
  CHECK(run_command({.argv = {program->from.native()}}, {}, f.clock)->exit_code == 7);
  CHECK(at(reproducer, "/rigbisect/data.bin") != nullptr);
}

TEST_CASE("source that does not compile is an error with the compiler's first one") {
  Fixture f;
  f.source = {ReproducerKind::c_source, f.file("r.c", "int main(void) { return x; }\n")};
  CHECK(f.error().code == Errc::invalid);
  CHECK(f.error().what.find("does not compile: ") != std::string::npos);
  CHECK(f.error().what.find("'x' undeclared") != std::string::npos);
  f.source.compiler = "no-such-gcc";
  CHECK(f.error().code == Errc::not_found);
  f.source.file = f.scratch.path() / "missing.c";
  CHECK(f.error().code == Errc::not_found);
}

TEST_CASE("a ready program must be executable on the target") {
  Fixture f;
  f.source.kind = ReproducerKind::binary;
  f.source.file = f.file("text", "hello");
  CHECK(f.error().code == Errc::invalid);
  f.source.file = "/proc/self/exe";  // of this test: linked dynamically
  const std::string loader = inspect_program(read("/proc/self/exe"))->interpreter;
  REQUIRE(!loader.empty());
  CHECK(f.error().what.find("its loader " + loader + " is not on the target") != std::string::npos);
  f.source.files = {fs::path(loader), f.file("libx.so.1", "x"), f.file("corpus", "x")};
  const PreparedReproducer reproducer = f.prepared();
  CHECK(at(reproducer, loader)->executable);
  CHECK(at(reproducer, (fs::path(loader).parent_path() / "libx.so.1").native()) != nullptr);
  CHECK(at(reproducer, "/rigbisect/corpus") != nullptr);
  CHECK(reproducer.argv == Words{"/rigbisect/reproducer"});
}

TEST_CASE("a script brings its shell") {
  Fixture f;
  f.source = {ReproducerKind::script, f.file("r.sh", "#!/bin/sh -e\necho hi\n"), {}, {}, {"1"}};
  if (!find_program("busybox").ok()) {
    MESSAGE("skipped: no busybox on this machine");
    CHECK(f.error().what.find("install busybox-static") != std::string::npos);
    return;
  }
  const auto done = f.prepare();
  if (!done.ok()) {  // Debian's other busybox package is dynamic
    CHECK(done.error().what.find("install busybox-static") != std::string::npos);
    return;
  }
  CHECK(done->argv == Words{"/bin/sh", "-e", "/rigbisect/reproducer", "1"});
  CHECK(at(*done, "/bin/sh")->from == at(*done, "/bin/busybox")->from);
}

TEST_CASE("a script for another interpreter needs it among the files") {
  Fixture f;
  f.source = {ReproducerKind::script, f.file("r.py", "#!/usr/bin/python3\n")};
  CHECK(f.error().what.find("run by /usr/bin/python3, which is not on the target") != std::string::npos);
  f.source.file = f.file("r.sh", "echo no shebang\n");
  CHECK(f.error().what.find("begin it with #!/bin/sh") != std::string::npos);
  f.source.files = {f.scratch.path() / "missing"};
  CHECK(f.error().code == Errc::not_found);
}
