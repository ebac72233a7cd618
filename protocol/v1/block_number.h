// The number of a block, which is the name of its files. Pure.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace jetkeep::v1 {

// "17.blk" with suffix ".blk" is 17. Nothing if it is not of that form.
inline std::optional<std::uint32_t> BlockNumber(std::string_view file, std::string_view suffix) {
  if (!file.ends_with(suffix)) return {};
  file.remove_suffix(suffix.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(file.data(), file.data() + file.size(), number);
  if (error != std::errc() || end != file.data() + file.size()) return {};
  return number;
}

}  // namespace jetkeep::v1
