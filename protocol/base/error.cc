#include "jetkeep/error.h"

#include <array>

namespace jetkeep {
namespace {

constexpr ErrorTraits kTraits[] = {
#define JETKEEP_ERROR(name, err_code, http_code, exit_code, retryable, text) \
  {#name, err_code, http_code, exit_code, retryable, text},
#include "jetkeep/errors.def"
#undef JETKEEP_ERROR
};

}  // namespace

const ErrorTraits& TraitsOf(Errc code) { return kTraits[static_cast<std::size_t>(code)]; }

Error Error::Within(std::string_view context) && {
  std::string longer;
  longer.reserve(context.size() + 2 + message.size());
  longer.append(context).append(": ").append(message);
  message = std::move(longer);
  return std::move(*this);
}

}  // namespace jetkeep
