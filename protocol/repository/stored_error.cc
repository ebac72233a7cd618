#include "protocol/repository/stored_error.h"

#include <algorithm>
#include <array>

#include "protocol/base/utf8.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxTextBytes = 4096;  // of message and hint

constexpr std::array kCodes = {
#define JETKEEP_ERROR(name, err_code, http_code, exit_code, retryable, text) Errc::k##name,
#include "jetkeep/errors.def"
#undef JETKEEP_ERROR
};

}  // namespace

Json ErrorToJson(const Error& error) {
  return {{"err_code", TraitsOf(error.code).err_code},
          {"message", ToUtf8(CutUtf8(error.message, kMaxTextBytes))},
          {"hint", ToUtf8(CutUtf8(error.hint, kMaxTextBytes))},
          {"server_err_code", error.server_code}};
}

Result<Error> ErrorFromJson(const Json& json) {
  StoredFields fields(json);
  Error error;
  std::uint64_t number = 0;
  std::uint64_t server = 0;
  fields.Get("err_code", number);
  fields.Get("message", error.message);
  fields.Get("hint", error.hint);
  fields.Get("server_err_code", server);
  JETKEEP_TRY(fields.Done("a stored error"));
  for (const Errc code : kCodes) {
    if (static_cast<std::uint64_t>(TraitsOf(code).err_code) == number) error.code = code;
  }
  error.server_code = static_cast<std::uint32_t>(std::min<std::uint64_t>(server, UINT32_MAX));
  return error;
}

}  // namespace jetkeep
