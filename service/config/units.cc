#include "service/config/units.h"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "protocol/base/utf8.h"

namespace jetkeep {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 10> kByteUnits{{{"B", 1},
                                           {"KiB", 1ULL << 10},
                                           {"MiB", 1ULL << 20},
                                           {"GiB", 1ULL << 30},
                                           {"TiB", 1ULL << 40},
                                           {"kB", 1000ULL},
                                           {"KB", 1000ULL},
                                           {"MB", 1000ULL * 1000},
                                           {"GB", 1000ULL * 1000 * 1000},
                                           {"TB", 1000ULL * 1000 * 1000 * 1000}}};

// In the order in which they must appear.
constexpr std::array<Unit, 5> kTimeUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

constexpr std::string_view kByteHint =
    "Write a whole number with a unit, such as 512KiB, 64MiB or 2GiB.";
constexpr std::string_view kTimeHint =
    "Write whole numbers with units, such as 500ms, 30s or 1h30m.";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::size_t DigitsAtFront(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && IsDigit(text[n])) ++n;
  return n;
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool ParseDigits(std::string_view digits, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} && end == digits.data() + digits.size();
}

bool MultiplyFits(std::uint64_t a, std::uint64_t b, std::uint64_t limit) {
  return b == 0 || a <= limit / b;
}

tl::unexpected<Error> Bad(std::string_view what, std::string_view text, std::string_view hint) {
  return Fail(Errc::kConfigInvalid,
              "\"" + std::string(CutUtf8(text, 64)) + "\" " + std::string(what), std::string(hint));
}

}  // namespace

Result<std::uint64_t> ParseWholeNumber(std::string_view text) {
  std::uint64_t value = 0;
  if (text.empty() || DigitsAtFront(text) != text.size()) {
    return Bad("is not a whole number", text, "Write digits only.");
  }
  if (!ParseDigits(text, value)) return Bad("is too large", text, "");
  return value;
}

Result<std::uint64_t> ParseByteSize(std::string_view text) {
  const std::size_t digits = DigitsAtFront(text);
  std::uint64_t value = 0;
  if (digits == 0) return Bad("is not a byte size", text, kByteHint);
  if (!ParseDigits(text.substr(0, digits), value)) return Bad("is too large", text, kByteHint);
  const std::string_view name = text.substr(digits);
  if (name.empty()) return value;
  for (const Unit& unit : kByteUnits) {
    if (unit.name != name) continue;
    if (!MultiplyFits(value, unit.factor, std::numeric_limits<std::uint64_t>::max())) {
      return Bad("is too large", text, kByteHint);
    }
    return value * unit.factor;
  }
  return Bad("is not a byte size", text, kByteHint);
}

std::string FormatByteSize(std::uint64_t bytes) {
  if (bytes == 0) return "0";
  for (std::size_t i = 5; i-- > 1;) {
    if (bytes % kByteUnits[i].factor == 0) {
      return std::to_string(bytes / kByteUnits[i].factor) + std::string(kByteUnits[i].name);
    }
  }
  return std::to_string(bytes) + "B";
}

Result<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::chrono::milliseconds::max().count());
  if (text == "0") return std::chrono::milliseconds(0);
  if (text.empty()) return Bad("is not a duration", text, kTimeHint);
  std::uint64_t total = 0;
  std::size_t next_unit = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t digits = DigitsAtFront(rest);
    std::size_t end = digits;
    while (end < rest.size() && IsLetter(rest[end])) ++end;
    const std::string_view name = rest.substr(digits, end - digits);
    std::size_t unit = next_unit;
    while (unit < kTimeUnits.size() && kTimeUnits[unit].name != name) ++unit;
    if (digits == 0 || unit == kTimeUnits.size()) return Bad("is not a duration", text, kTimeHint);
    std::uint64_t value = 0;
    if (!ParseDigits(rest.substr(0, digits), value) ||
        !MultiplyFits(value, kTimeUnits[unit].factor, kMost) ||
        value * kTimeUnits[unit].factor > kMost - total) {
      return Bad("is too long", text, kTimeHint);
    }
    total += value * kTimeUnits[unit].factor;
    next_unit = unit + 1;
    rest.remove_prefix(end);
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

std::string FormatDuration(std::chrono::milliseconds duration) {
  auto left = static_cast<std::uint64_t>(duration.count() < 0 ? 0 : duration.count());
  if (left == 0) return "0s";
  std::string text;
  for (const Unit& unit : kTimeUnits) {
    if (unit.name == "d") continue;  // hours read better than days here: "48h"
    if (left / unit.factor == 0) continue;
    text += std::to_string(left / unit.factor) + std::string(unit.name);
    left %= unit.factor;
  }
  return text;
}

}  // namespace jetkeep
