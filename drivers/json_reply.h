#pragma once

#include <initializer_list>

#include <nlohmann/json.hpp>

// JSON that devices answer with.
namespace rigbisect {

inline constexpr std::size_t kShownOfReply = 120;  // bytes in a message

// The member at the end of a path of names; null if there is none.
nlohmann::json member(const nlohmann::json& value, std::initializer_list<const char*> path);

}  // namespace rigbisect
