// Errors of the JetStream API (ADR-7: `{"code":404,"err_code":10059,"description":"stream not
// found"}`) and what they mean to us.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

struct ApiError {
  std::uint64_t code = 0;      // as in HTTP
  std::uint64_t err_code = 0;  // the condition; 0 if the server named none
  std::string description;
};

// `json` is the value of an answer's "error" member.
Result<ApiError> ParseApiError(std::string_view json);

// The error as ours: its code by err_code, its message with the server's words and the err_code.
Error ToError(const ApiError& error);

// Fails if `body` is an answer that carries an error, or is not a JSON object.
Status CheckAnswer(std::string_view body);

}  // namespace jetkeep
