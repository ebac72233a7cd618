#include "protocol/base/join.h"

namespace jetkeep {

std::string JoinFirst(std::span<const std::string> parts, std::size_t most,
                      std::string_view between, std::string_view before_rest) {
  std::string text;
  for (std::size_t i = 0; i < parts.size() && i < most; ++i) {
    if (i > 0) text += between;
    text += parts[i];
  }
  if (parts.size() > most) {
    text.append(before_rest).append(std::to_string(parts.size() - most)).append(" more");
  }
  return text;
}

}  // namespace jetkeep
