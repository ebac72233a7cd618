// ScratchSpill: a SpillFile without a name in the scratch directory, made when it is needed. It
// disappears with the process. Thread-safety: one thread at a time.
#pragma once

#include <string>
#include <utility>

#include "jetkeep/spill_file.h"
#include "service/work/scratch_file.h"

namespace jetkeep {

class ScratchSpill : public SpillFile {
 public:
  explicit ScratchSpill(std::string directory) : directory_(std::move(directory)) {}

  Result<std::uint64_t> Append(std::string_view bytes) override;
  Status ReadAt(std::uint64_t offset, std::size_t size, char* out) const override {
    return file_.ReadAt(offset, size, out);
  }

 private:
  const std::string directory_;
  ScratchFile file_;
};

}  // namespace jetkeep
