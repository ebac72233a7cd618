// A stream for people, as its server describes it. Pure.
#pragma once

#include <span>
#include <string>

#include "jetkeep/stream.h"

namespace jetkeep {

std::string RenderStream(const std::string& name, const StreamInfo& info,
                         std::span<const ConsumerInfo> consumers);

}  // namespace jetkeep
