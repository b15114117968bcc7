#include <string_view>

#include <doctest/doctest.h>

#include "target/init_image.h"

TEST_CASE("the init that we carry is a static ELF program of less than a megabyte") {
  const auto image = rigbisect::target_init_image();
  REQUIRE(image.size() > 4096);
  CHECK(image.size() < (1u << 20));
  const std::string_view head(reinterpret_cast<const char*>(image.data()), 4);
  CHECK(head == "\177ELF");
}
