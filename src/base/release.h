#pragma once

#include <compare>
#include <optional>
#include <string_view>

namespace rigbisect {

// The version that a release tag of a kernel names: "v6.1", "v6.1.3", "v6.1-rc4", "v2.6-rc5". Ordered as the
// releases followed one another: by major, minor, then -rc1, -rc2, ... before the release itself, then
// sub-releases.
struct ReleaseVersion {
  static constexpr int kFinal = 999;  // of `candidate`: not a release candidate

  int major = 0;
  int minor = 0;
  int candidate = kFinal;
  int patch = 0;

  bool is_candidate() const { return candidate != kFinal; }
  // x.y and nothing more.
  bool is_main() const { return !is_candidate() && patch == 0; }

  // clang-tidy 14 takes the generated comparison with 0 for a pointer's.
  auto operator<=>(const ReleaseVersion&) const = default;  // NOLINT(modernize-use-nullptr)
};

// Reads exactly `vA.B[-rcN][.C]`; anything else ("v4.1foo", "vv4.1", "v1.2.") is not a release.
std::optional<ReleaseVersion> parse_release(std::string_view tag);

}  // namespace rigbisect
