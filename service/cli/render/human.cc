#include "service/cli/render/human.h"

#include <algorithm>
#include <array>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <cwchar>
#include <utility>

#include "protocol/base/time.h"

namespace jetkeep {
namespace {

std::string Formatted(const char* format, double value) {
  std::array<char, 48> text;
  const int size = std::snprintf(text.data(), text.size(), format, value);
  return std::string(text.data(), static_cast<std::size_t>(std::clamp(size, 0, 47)));
}

std::string TwoDigits(std::uint64_t value) {
  return (value < 10 ? "0" : "") + std::to_string(value);
}

// The first character of UTF-8 text that is not empty, and how many bytes it has; a byte that
// begins none is a character of its own.
std::pair<wchar_t, std::size_t> FirstCharacter(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (size == 1 || size > text.size()) return {static_cast<wchar_t>(lead), 1};
  auto character = static_cast<std::uint32_t>(lead & (0xffU >> (size + 1)));
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80U) return {static_cast<wchar_t>(lead), 1};
    character = character << 6 | (next & 0x3fU);
  }
  return {static_cast<wchar_t>(character), size};
}

// wcwidth(3) knows characters beyond ASCII in a UTF-8 locale only; this one is this thread's while
// the object lives. The program's own locale stays "C".
class Utf8Widths {
 public:
  Utf8Widths() : utf8_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (utf8_ != nullptr) before_ = ::uselocale(utf8_);
  }
  ~Utf8Widths() {
    if (utf8_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(utf8_);
  }
  Utf8Widths(const Utf8Widths&) = delete;
  Utf8Widths& operator=(const Utf8Widths&) = delete;

  // Takes one character off the text's front and returns its columns; what has no width that is
  // known counts as one.
  std::size_t TakeFirst(std::string_view& text) const {
    const auto [character, size] = FirstCharacter(text);
    text.remove_prefix(size);
    const int columns = ::wcwidth(character);
    return columns < 0 ? 1 : static_cast<std::size_t>(columns);
  }

 private:
  locale_t utf8_;
  locale_t before_ = nullptr;
};

}  // namespace

std::string HumanCount(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string HumanSize(std::uint64_t bytes) {
  constexpr std::array<const char*, 6> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.95 would be shown as 1024.0 of the smaller unit.
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return Formatted("%.1f ", value) + kUnits[unit];
}

std::string HumanSeconds(double seconds) {
  if (!(seconds > 0)) return "0 s";
  if (seconds < 10) return Formatted("%.2f s", seconds);
  if (seconds > 1e9) return "very long";
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + "m" + TwoDigits(whole % 60) + "s";
  return std::to_string(whole / 3600) + "h" + TwoDigits(whole % 3600 / 60) + "m";
}

std::string HumanPlural(std::uint64_t count, std::string_view singular) {
  return HumanCount(count) + " " + std::string(singular) + (count == 1 ? "" : "s");
}

std::string LocalTime(std::string_view rfc3339) {
  const auto time = ParseTime(rfc3339);
  if (!time) return Printable(rfc3339);
  const auto seconds = static_cast<std::time_t>(*time / 1'000'000'000);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return Printable(rfc3339);
  std::array<char, 40> text;
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z", &local);
  std::string shown(text.data(), size);
  if (shown.size() > 2) shown.insert(shown.size() - 2, 1, ':');
  return shown;
}

namespace {

// How many bytes of a control character, or of one that ends a line or turns the direction of the
// text around it, begin the text; 0: none does.
std::size_t HiddenFront(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto between = [](unsigned byte, unsigned low, unsigned high) {
    return byte >= low && byte <= high;
  };
  if (at(0) < 0x20 || at(0) == 0x7f) return 1;
  if (at(0) == 0xc2 && between(at(1), 0x80, 0x9f)) return 2;  // C1
  if (at(0) == 0xd8 && at(1) == 0x9c) return 2;               // U+061C
  // U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069
  const bool turns =
      at(0) == 0xe2 &&
      ((at(1) == 0x80 && (between(at(2), 0x8e, 0x8f) || between(at(2), 0xa8, 0xae))) ||
       (at(1) == 0x81 && between(at(2), 0xa6, 0xa9)));
  return turns ? 3 : 0;
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const std::size_t hidden = HiddenFront(text);
    shown += hidden != 0 ? '?' : text.front();
    text.remove_prefix(std::max<std::size_t>(hidden, 1));
  }
  return shown;
}

std::size_t DisplayWidth(std::string_view text) {
  const Utf8Widths widths;
  std::size_t columns = 0;
  while (!text.empty()) columns += widths.TakeFirst(text);
  return columns;
}

std::string CutToWidth(std::string_view text, std::size_t width) {
  const Utf8Widths widths;
  std::size_t columns = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view behind = rest;
    columns += widths.TakeFirst(behind);
    if (columns > width) break;
    rest = behind;
  }
  return std::string(text.substr(0, text.size() - rest.size()));
}

}  // namespace jetkeep
