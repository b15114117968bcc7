#pragma once

#include <string>
#include <string_view>

// Rust and C++ functions stand in traces under the linker's names.
namespace rigbisect {

// "_RNvMs3_...10update_ref" -> "<rust_binder::process::Process>::update_ref", without parameters; "" if the
// name is no mangled one. Names of more than 1 KiB are taken for none.
std::string demangle(std::string_view name);

}  // namespace rigbisect
