#include "service/work/ids.h"

#include <random>
#include <string_view>

namespace jetkeep {
namespace {

// To make one asks the processor what it can do, which a virtual machine answers slowly: 2 % of the
// processor time of a backup of many small streams.
std::random_device& Source() {
  thread_local std::random_device source;
  return source;
}

}  // namespace

std::uint64_t RandomBits() {
  std::random_device& source = Source();
  return std::uint64_t{source()} << 32 | source();
}

std::string RandomToken(std::size_t length) {
  constexpr std::string_view kAlphabet =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::random_device& source = Source();
  std::uniform_int_distribution<std::size_t> pick(0, kAlphabet.size() - 1);
  std::string token;
  token.reserve(length);
  for (std::size_t i = 0; i < length; ++i) token += kAlphabet[pick(source)];
  return token;
}

}  // namespace jetkeep
