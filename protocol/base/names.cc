#include "protocol/base/names.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace jetkeep {
namespace {

constexpr std::size_t kMaxJobIdBytes = 64;

Status CheckName(std::string_view what, std::string_view name) {
  if (name.empty()) {
    return Fail(Errc::kInvalidName, "the " + std::string(what) + " name is empty");
  }
  if (name.size() > kMaxNameBytes) {
    return Fail(Errc::kInvalidName,
                "the " + std::string(what) + " name has " + std::to_string(name.size()) + " bytes",
                "Servers allow at most 255.");
  }
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f ||
        std::string_view(".*>/\\").find(c) != std::string_view::npos) {
      return Fail(
          Errc::kInvalidName,
          "the " + std::string(what) + " name holds a character that is not allowed",
          "White space, control characters and . * > / \\ cannot be part of a name: servers "
          "take some control characters, Jetkeep takes none.");
    }
  }
  return {};
}

}  // namespace

Status CheckStreamName(std::string_view name) { return CheckName("stream", name); }

Status CheckConsumerName(std::string_view name) { return CheckName("consumer", name); }

Status CheckJobId(std::string_view id) {
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  };
  if (id.empty() || id.size() > kMaxJobIdBytes || !std::all_of(id.begin(), id.end(), allowed)) {
    return Fail(Errc::kInvalidName,
                "the job id is not one token of A-Z a-z 0-9 _ - with 1 to 64 characters",
                "Leave \"job\" out to let Jetkeep choose one.");
  }
  return {};
}

}  // namespace jetkeep
