#include "drivers/json_reply.h"

namespace rigbisect {

nlohmann::json member(const nlohmann::json& value, std::initializer_list<const char*> path) {
  const nlohmann::json* at = &value;
  for (const char* name : path) {
    if (!at->is_object() || !at->contains(name)) return nullptr;
    at = &(*at)[name];
  }
  return *at;
}

}  // namespace rigbisect
