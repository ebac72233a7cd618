// The header block of a NATS message: a line of version, then "Name: value" lines (NATS protocol,
// HPUB). Pure.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace jetkeep {

// Names and values in their order, as views into the block; nothing if the block is not of such
// lines.
std::optional<std::vector<std::pair<std::string_view, std::string_view>>> HeaderLines(
    std::string_view block);

}  // namespace jetkeep
