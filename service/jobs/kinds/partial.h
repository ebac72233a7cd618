// What a job about a set fails with that did a part of it. A detail of this folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/set.h"

namespace jetkeep {

// kPartial: "set … is partial: 2 of 10 streams failed: A (…), B (…)".
Error PartialError(const std::string& what, std::uint64_t failed, std::uint64_t streams,
                   const std::vector<MemberFailure>& failures, std::string hint);

}  // namespace jetkeep
