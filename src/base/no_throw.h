#pragma once

#include <exception>
#include <string>

#include "base/result.h"

namespace rigbisect {

// What `function` returns, a Result; what it throws (a library, lack of memory) becomes Errc::internal. For
// threads that must live on to switch a board off.
template <typename Function>
auto no_throw(const Function& function) -> decltype(function()) {
  try {
    return function();
  } catch (const std::exception& error) {
    return Error{Errc::internal, std::string("internal error: ") + error.what()};
  }
}

}  // namespace rigbisect
