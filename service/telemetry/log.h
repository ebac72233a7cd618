// Log: one line for each thing that an operator may want to know, as JSON or as text.
//
// The message is constant text; what varies goes into fields. Every value is escaped, so that
// nothing a client or a server sends can forge a line. Nothing here throws; a line that cannot be
// written is lost. Thread-safety: all functions may be called from any thread, except Start, which
// is called once before.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "jetkeep/error.h"

namespace jetkeep::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError, kOff };
enum class Format : std::uint8_t { kText, kJson };

struct Options {
  Level level = Level::kInfo;
  Format format = Format::kText;
  std::FILE* stream = stderr;  // not owned; must stay open
};

// "debug", "info", "warn", "error", "off"; "text", "json". Errors: kConfigInvalid.
Result<Level> ParseLevel(std::string_view text);
Result<Format> ParseFormat(std::string_view text);

// Views of what the caller holds; used during the call only.
struct Field {
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  template <std::signed_integral T>
  Field(std::string_view k, T v) : key(k), value(std::int64_t{v}) {}
  template <std::unsigned_integral T>
  Field(std::string_view k, T v) : key(k), value(std::uint64_t{v}) {}

  std::string_view key;
  Value value;
};
using Fields = std::initializer_list<Field>;

// Before Start: text of level info to stderr.
void Start(const Options& options);
// From now on; any thread.
void SetLevel(Level level);

void Debug(std::string_view message, Fields fields = {}) noexcept;
void Info(std::string_view message, Fields fields = {}) noexcept;
void Warn(std::string_view message, Fields fields = {}) noexcept;
void Error(std::string_view message, Fields fields = {}) noexcept;

}  // namespace jetkeep::log
