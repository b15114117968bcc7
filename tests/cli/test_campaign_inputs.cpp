#include <doctest/doctest.h>

#include "cli/campaign_inputs.h"
#include "tests/fakes/files.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using test::write;

namespace {

struct Place {
  ScratchDirectory scratch;
  Recipe recipe;

  Place() {
    recipe.reproducer.file = file("bug.c", "int main(void) { return 0; }");
    recipe.reproducer.files = {file("data", "1")};
    recipe.kernel.base = "tinyconfig";
    recipe.kernel.fragments = {file("kernel.config", "CONFIG_KASAN=y")};
  }
  std::filesystem::path file(const char* name, const std::string& content) const {
    write(scratch.path() / name, content);
    return scratch.path() / name;
  }
  std::filesystem::path campaign() const { return scratch.path() / "campaign"; }
};

}  // namespace

TEST_CASE("a campaign goes on with the files it began with") {
  const Place place;
  REQUIRE(remember_inputs(place.recipe, place.campaign()).ok());
  CHECK(check_inputs(place.recipe, place.campaign()).ok());
}

TEST_CASE("a campaign does not go on with another reproducer or configuration") {
  const Place place;
  REQUIRE(remember_inputs(place.recipe, place.campaign()).ok());
  place.file("bug.c", "int main(void) { return 1; }");
  auto changed = check_inputs(place.recipe, place.campaign());
  REQUIRE_FALSE(changed.ok());
  CHECK(changed.error().code == Errc::invalid);
  CHECK(changed.error().what.find("bug.c has changed since this campaign began") != std::string::npos);
  place.file("kernel.config", "");
  changed = check_inputs(place.recipe, place.campaign());
  REQUIRE_FALSE(changed.ok());
  CHECK(changed.error().what.find("kernel.config have changed") != std::string::npos);
}

TEST_CASE("the list of inputs is one that sha256sum can check") {
  const Place place;
  REQUIRE(remember_inputs(place.recipe, place.campaign()).ok());
  const std::string list = test::read(place.campaign() / "inputs.sha256");
  CHECK(list.find("6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b  " +
                  (place.scratch.path() / "data").native() + "\n") != std::string::npos);
}

TEST_CASE("a campaign of before the lists is taken as it is") {
  const Place place;
  CHECK(check_inputs(place.recipe, place.campaign()).ok());
}
