#include "service/work/ids.h"

#include <random>
#include <string_view>

namespace jetkeep {

std::uint64_t RandomBits() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

std::string RandomToken(std::size_t length) {
  constexpr std::string_view kAlphabet =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::random_device source;
  std::uniform_int_distribution<std::size_t> pick(0, kAlphabet.size() - 1);
  std::string token;
  token.reserve(length);
  for (std::size_t i = 0; i < length; ++i) token += kAlphabet[pick(source)];
  return token;
}

}  // namespace jetkeep
