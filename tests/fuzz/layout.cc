// Names found in a repository's directories.
#include "protocol/repository/layout.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(jetkeep::ParseSegmentName(text));
  static_cast<void>(jetkeep::ParseBackupFile(text));
  const auto name = jetkeep::DecodeName(text);
  if (name && jetkeep::EncodeName(*name) != text) std::abort();
  if (jetkeep::IsEncodedName(text) && text.find_first_of("./\\") != std::string_view::npos)
    std::abort();
  if (size != 0 && size < 1024 && !jetkeep::IsEncodedName(jetkeep::EncodeName(text))) std::abort();
  return 0;
}
