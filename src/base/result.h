#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

// Errors are values. A function that can fail returns Result<T>; the caller handles the error or adds its own
// noun once ("board nuc-1: power on: ...") and passes it up. Exceptions stay at library edges and are
// converted there. Both types are [[nodiscard]]: an ignored error does not compile in dev builds.
namespace rigbisect {

// What kind of thing went wrong, as far as a caller may act differently on it.
enum class Errc {
  invalid,       // the user's input (file, option, revision) is wrong: say where and what to do
  not_found,     // a file, device, revision or program is not there
  denied,        // no permission
  busy,          // somebody else holds it (tty, board, database)
  timeout,       // the deadline passed
  cancelled,     // a stop was requested
  disconnected,  // a device or peer went away; trying again later may help
  io,            // reading, writing, full disk, failed system call
  protocol,      // the other side said something that its protocol does not allow
  internal,      // our own mistake
};

// The word for an Errc as shown to people and stored in the run log ("not found", "timeout").
const char* to_string(Errc code);

struct [[nodiscard]] Error {
  Errc code = Errc::internal;
  std::string what;  // one line or paragraph for a person: what happened and, where known, what to do

  // The same error with `context` in front: error.within("board nuc-1") says "board nuc-1: <what>".
  Error within(const std::string& context) const { return Error{code, context + ": " + what}; }

  bool operator==(const Error&) const = default;
};

// Either a T or an Error. T must not be Error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // REQUIRES: ok()
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  // REQUIRES: !ok()
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

// Success without a value, or an Error. `return {};` is success.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }

  // REQUIRES: !ok()
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace rigbisect
