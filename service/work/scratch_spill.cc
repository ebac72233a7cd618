#include "service/work/scratch_spill.h"

namespace jetkeep {

Result<std::uint64_t> ScratchSpill::Append(std::string_view bytes) {
  if (!file_.is_open()) JETKEEP_TRY(file_.Open(directory_));
  const std::uint64_t offset = file_.size();
  JETKEEP_TRY(file_.Append(bytes));
  return offset;
}

}  // namespace jetkeep
