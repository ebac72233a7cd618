#include "protocol/base/time.h"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace jetkeep {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::int64_t kSecondsPerDay = 86'400;

bool Digits(std::string_view text, std::size_t at, std::size_t count, int& value) {
  if (text.size() < at + count) return false;
  value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  return true;
}

tl::unexpected<Error> NotATime(std::string_view text) {
  return Fail(Errc::kInvalidRequest,
              "not an RFC 3339 time: \"" + std::string(text.substr(0, 64)) + "\"",
              "Write it like 2026-11-21T01:24:10Z.");
}

}  // namespace

std::string FormatTime(std::int64_t unix_ns) {
  using std::chrono::days;
  std::int64_t seconds = unix_ns / kNanosPerSecond;
  std::int64_t nanos = unix_ns % kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds;
  }
  std::int64_t day = seconds / kSecondsPerDay;
  std::int64_t rest = seconds % kSecondsPerDay;
  if (rest < 0) {
    rest += kSecondsPerDay;
    --day;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days{days{day}}};
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(rest / 3600),
                static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60));
  std::string text = buffer;
  if (nanos != 0) {
    std::snprintf(buffer, sizeof buffer, ".%09lld", static_cast<long long>(nanos));
    text += buffer;
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + "Z";
}

Result<std::int64_t> ParseTime(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  constexpr std::size_t kShortest = sizeof("2026-11-21T01:24:10Z") - 1;
  const bool shape = text.size() >= kShortest && Digits(text, 0, 4, year) && text[4] == '-' &&
                     Digits(text, 5, 2, month) && text[7] == '-' && Digits(text, 8, 2, day) &&
                     (text[10] == 'T' || text[10] == 't') && Digits(text, 11, 2, hour) &&
                     text[13] == ':' && Digits(text, 14, 2, minute) && text[16] == ':' &&
                     Digits(text, 17, 2, second);
  if (!shape) return NotATime(text);
  std::size_t at = 19;
  std::int64_t nanos = 0;
  if (at < text.size() && text[at] == '.') {
    std::int64_t unit = kNanosPerSecond / 10;
    const std::size_t begin = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
      if (unit == 0) return NotATime(text);
      nanos += unit * (text[at] - '0');
    }
    if (at == begin) return NotATime(text);
  }
  std::int64_t offset_seconds = 0;
  if (at >= text.size()) return NotATime(text);
  if (text[at] == 'Z' || text[at] == 'z') {
    ++at;
  } else if (text[at] == '+' || text[at] == '-') {
    int hours = 0, minutes = 0;
    if (!Digits(text, at + 1, 2, hours) || text.size() < at + 6 || text[at + 3] != ':' ||
        !Digits(text, at + 4, 2, minutes) || hours > 23 || minutes > 59) {
      return NotATime(text);
    }
    offset_seconds = (text[at] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    at += 6;
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (at != text.size() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
    return NotATime(text);
  }
  if (year <= 1) return 0;
  if (year < 1678 || year > 2261) return NotATime(text);  // outside 64 bits of nanoseconds
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t seconds =
      days * kSecondsPerDay + hour * 3600 + minute * 60 + second - offset_seconds;
  return seconds * kNanosPerSecond + nanos;
}

}  // namespace jetkeep
