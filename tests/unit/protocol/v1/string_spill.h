// StringSpill: a spill file in memory, with as much room as it is given.
#pragma once

#include <cstring>
#include <string>

#include "jetkeep/spill_file.h"

namespace jetkeep::v1 {

class StringSpill : public SpillFile {
 public:
  Result<std::uint64_t> Append(std::string_view more) override {
    if (bytes.size() + more.size() > room) return Fail(Errc::kScratchFull, "no room");
    bytes += more;
    return bytes.size() - more.size();
  }
  Status ReadAt(std::uint64_t offset, std::size_t size, char* out) const override {
    if (offset + size > bytes.size()) return Fail(Errc::kInternal, "beyond the end");
    std::memcpy(out, bytes.data() + offset, size);
    return {};
  }

  std::string bytes;
  std::size_t room = ~std::size_t{0};
};

}  // namespace jetkeep::v1
