// Error: the one value every failure is reported as, and Result<T>, what a fallible function
// returns.
//
// Rules: return an error or handle it; log it once, where a job ends or a request is answered.
// Branch on `code` and `server_code`, never on text. `message` is lower case without a final full
// stop and names what is wrong and where; `hint` is a full sentence: what the operator should
// do. Each level may prepend context. Thread-safety: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace jetkeep {

enum class Errc : std::uint8_t {
#define JETKEEP_ERROR(name, err_code, http_code, exit_code, retryable, text) k##name,
#include "jetkeep/errors.def"
#undef JETKEEP_ERROR
};

// What errors.def says of one code.
struct ErrorTraits {
  std::string_view name;
  int err_code;
  int http_code;
  int exit_code;
  bool retryable;
  std::string_view text;
};

const ErrorTraits& TraitsOf(Errc code);

struct [[nodiscard]] Error {
  Errc code = Errc::kInternal;
  std::string message;
  std::string hint;
  // The number by which a NATS server names the condition (`err_code` of its API); 0 where no
  // server is to blame or it gave none.
  std::uint32_t server_code = 0;

  // The same error, with "<context>: " in front of its message.
  Error Within(std::string_view context) &&;
  bool Retryable() const { return TraitsOf(code).retryable; }
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> Fail(Errc code, std::string message,
                                                std::string hint = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(hint), 0});
}
[[nodiscard]] inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace jetkeep

#define JETKEEP_CONCAT_INNER(a, b) a##b
#define JETKEEP_CONCAT(a, b) JETKEEP_CONCAT_INNER(a, b)

// Returns the error of a Status (or Result) expression from the enclosing function. The expression
// may itself hold lambdas that use these macros.
#define JETKEEP_TRY(expression) \
  JETKEEP_TRY_INNER(JETKEEP_CONCAT(jetkeep_status_, __COUNTER__), expression)
#define JETKEEP_TRY_INNER(status, expression)            \
  do {                                                   \
    auto status = (expression);                          \
    if (!status) {                                       \
      return ::jetkeep::Fail(std::move(status).error()); \
    }                                                    \
  } while (false)

// JETKEEP_ASSIGN(auto x, F()): x is the value, or the enclosing function returns the error.
#define JETKEEP_ASSIGN(declaration, expression) \
  JETKEEP_ASSIGN_INNER(JETKEEP_CONCAT(jetkeep_result_, __COUNTER__), declaration, expression)
#define JETKEEP_ASSIGN_INNER(result, declaration, expression) \
  auto result = (expression);                                 \
  if (!result) {                                              \
    return ::jetkeep::Fail(std::move(result).error());        \
  }                                                           \
  declaration = std::move(*result)
