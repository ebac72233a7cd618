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

std::string Printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 = byte == 0xc2 && i + 1 < text.size() &&
                       static_cast<unsigned char>(text[i + 1]) >= 0x80 &&
                       static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (is_c1) ++i;
    shown += is_c1 || byte < 0x20 || byte == 0x7f ? '?' : text[i];
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
