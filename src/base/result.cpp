#include "base/result.h"

namespace rigbisect {

const char* to_string(Errc code) {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::not_found:
      return "not found";
    case Errc::denied:
      return "denied";
    case Errc::busy:
      return "busy";
    case Errc::timeout:
      return "timeout";
    case Errc::cancelled:
      return "cancelled";
    case Errc::disconnected:
      return "disconnected";
    case Errc::io:
      return "io";
    case Errc::protocol:
      return "protocol";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace rigbisect
