#include <string>

#include <doctest/doctest.h>

#include "symbols/frame_text.h"

using namespace rigbisect;

TEST_CASE("a frame is found by name, offset, size and module") {
  const std::string line = " ring_read.isra.0+0x21/0x80 [ring 0123456789abcdef]";
  const auto frame = find_frame(line);
  REQUIRE(frame);
  CHECK(frame->function == "ring_read.isra.0");
  CHECK(frame->offset == 0x21);
  CHECK(frame->size == 0x80);
  CHECK(frame->module == "ring");
  CHECK(line.substr(0, frame->begin) == " ");
  CHECK(line.substr(0, frame->end) == " ring_read.isra.0+0x21/0x80");
  CHECK(frame->next == line.size());
}

TEST_CASE("a frame stands in all sorts of lines") {
  for (const char* line :
       {"RIP: 0010:ring_read+0x21/0x80", "BUG: KASAN: use-after-free in ring_read+0x21/0x80",
        "[<ffffffff81234567>] ? ring_read+0x21/0x80", "pc : ring_read+0x21/0x80",
        "[<c0101234>] (ring_read) from [<c0105678>] (ring_read+0x21/0x80)",
        "WARNING: CPU: 0 PID: 1 at drivers/ring.c:77 ring_read+0x21/0x80", "x+0xzz ring_read+0x21/0x80"}) {
    CAPTURE(line);
    const auto frame = find_frame(line);
    REQUIRE(frame);
    CHECK(frame->function == "ring_read");
    CHECK(frame->module.empty());
  }
}

TEST_CASE("only the instruction pointer and the place of a warning are exact") {
  CHECK(find_frame("RIP: 0010:f+0x21/0x80")->exact);
  CHECK(find_frame("EIP: f+0x21/0x80")->exact);
  CHECK(find_frame("pc : f+0x21/0x80")->exact);
  CHECK(find_frame("PC is at f+0x21/0x80")->exact);
  CHECK(find_frame("WARNING: CPU: 0 PID: 1 at fs/x.c:1 f+0x21/0x80")->exact);
  CHECK_FALSE(find_frame("lr : f+0x21/0x80")->exact);
  CHECK_FALSE(find_frame(" f+0x21/0x80")->exact);
}

TEST_CASE("what is not whole is no frame") {
  for (const char* line : {"", "+0x1/0x2", "f+0x/0x2", "f+0x1", "f+0x1/", "f+0x1/2", "f+0x1/0x", "f+0x1/0x2z",
                           "f+0x11111111111111111/0x2", "ring_read 0x21/0x80"}) {
    CAPTURE(line);
    CHECK_FALSE(find_frame(line));
  }
}

TEST_CASE("brackets behind a frame that are no module stay") {
  const std::string line = " f+0x1/0x2 [not a module, surely]";
  CHECK(find_frame(line)->module == "not");
  for (const char* other : {" f+0x1/0x2 [", " f+0x1/0x2 []", " f+0x1/0x2 [a,b]", " f+0x1/0x2[ring]"}) {
    CAPTURE(other);
    CHECK(find_frame(other)->module.empty());
  }
}

TEST_CASE("a position behind the frame or of an inlined function is seen") {
  CHECK(has_position(" ring_read+0x21/0x80 drivers/misc/ring.c:77"));
  CHECK(has_position(" ring_first drivers/misc/ring.h:30 [inline]"));
  CHECK_FALSE(has_position(" ring_read+0x21/0x80"));
  CHECK_FALSE(has_position("WARNING: CPU: 0 PID: 1 at drivers/misc/ring.c:77 ring_read+0x21/0x80"));
  CHECK_FALSE(has_position("kernel BUG at drivers/misc/ring.c:77!"));
}
