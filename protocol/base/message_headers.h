// The header block of a NATS message: a line of version, then "Name: value" lines (NATS protocol,
// HPUB). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jetkeep {

// Names and values in their order, as views into the block; nothing if the block is not of such
// lines.
std::optional<std::vector<std::pair<std::string_view, std::string_view>>> HeaderLines(
    std::string_view block);

// Names of headers, whose case says nothing.
bool SameHeaderName(std::string_view a, std::string_view b);
bool HeaderNameStartsWith(std::string_view name, std::string_view front);

// Appends the block to `out` with other values. edit(line, name, value, out), with lines counted
// from 1, appends what stands in place of the value and returns true, or leaves both as they are.
// Lines without a value, and what is no line, stay.
template <typename Edit>
void EditHeaderValues(std::string_view block, Edit edit, std::string& out) {
  for (std::uint64_t number = 1; !block.empty(); ++number) {
    const std::size_t end = block.find("\r\n");
    const bool ends = end != std::string_view::npos;
    const std::string_view line = block.substr(0, ends ? end + 2 : block.size());
    block.remove_prefix(line.size());
    const std::size_t colon = ends ? line.find(':') : std::string_view::npos;
    const std::size_t begin =
        colon == std::string_view::npos ? colon : line.find_first_not_of(' ', colon + 1);
    if (begin >= end) {
      out.append(line);
      continue;
    }
    const std::string_view value = line.substr(begin, end - begin);
    out.append(line.substr(0, begin));
    if (!edit(number, line.substr(0, colon), value, out)) out.append(value);
    out.append("\r\n");
  }
}

}  // namespace jetkeep
