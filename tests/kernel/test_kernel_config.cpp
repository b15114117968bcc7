#include <doctest/doctest.h>

#include "kernel/kernel_config.h"

using namespace rigbisect;
using Options = std::vector<std::string>;

TEST_CASE("the last fragment wins and the base keeps its order") {
  CHECK(merge_config("# Top\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=\"x y\"\n",
                     {"CONFIG_B=y\nCONFIG_D=m\n", "# CONFIG_A is not set\nCONFIG_D=n\r\nCONFIG_E=0x10"}) ==
        "# Top\n# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_C=\"x y\"\n# CONFIG_D is not set\nCONFIG_E=0x10\n");
  CHECK(merge_config("CONFIG_A=y\nCONFIG_A=n\n", {"CONFIG_A=m"}) == "CONFIG_A=m\n");
  CHECK(merge_config("", {"CONFIG_A=y"}) == "\nCONFIG_A=y\n");
}

TEST_CASE("options that Kconfig dropped or overruled are named") {
  const Options fragments{"CONFIG_KASAN=y\nCONFIG_SLUB=y\n# CONFIG_SLOB is not set\n",
                          "# CONFIG_VT is not set\n"};
  CHECK(vanished_options(fragments, "CONFIG_KASAN=y\nCONFIG_SLUB=y\n") == Options{});
  CHECK(vanished_options(fragments, "CONFIG_SLUB=y\nCONFIG_SLOB=y\nCONFIG_VT=y\n") ==
        Options{"CONFIG_KASAN=y", "# CONFIG_SLOB is not set", "# CONFIG_VT is not set"});
  CHECK(vanished_options({"CONFIG_A=y", "# CONFIG_A is not set"}, "") == Options{});
}
