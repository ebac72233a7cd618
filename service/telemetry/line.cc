#include "service/telemetry/line.h"

#include <cmath>
#include <cstdio>

#include "protocol/base/time.h"

namespace jetkeep::log {
namespace {

std::string_view NameOf(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
    case Level::kOff:
      return "off";
  }
  return "";
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// The length of the UTF-8 sequence at `at`, 0 if there is none. Overlong forms pass: readers of
// logs tolerate them, and the folder of the strict rules is no part of a logger.
std::size_t SequenceLength(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t length = first >= 0xf0 && first <= 0xf4   ? 4
                             : first >= 0xe0 && first <= 0xef ? 3
                             : first >= 0xc2 && first <= 0xdf ? 2
                                                              : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[at + i])) return 0;
  }
  return length;
}

void AppendEscaped(std::string& line, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
      ++at;
    } else if (c == '\n') {
      line += "\\n";
      ++at;
    } else if (byte >= 0x20 && byte < 0x7f) {
      line += c;
      ++at;
    } else if (const std::size_t length = byte < 0x80 ? 0 : SequenceLength(text, at); length > 0) {
      line.append(text.substr(at, length));
      at += length;
    } else if (byte < 0x80) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(byte));
      line += code;
      ++at;
    } else {
      line += "\xef\xbf\xbd";  // U+FFFD
      ++at;
    }
  }
}

void AppendQuoted(std::string& line, std::string_view text) {
  line += '"';
  AppendEscaped(line, text);
  line += '"';
}

bool NeedsQuotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '"' || c == '\\' || c == '=') return true;
  }
  return false;
}

void AppendNumber(std::string& line, double value, Format format) {
  if (!std::isfinite(value)) {
    line += format == Format::kJson ? "null" : "nan";
    return;
  }
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", value);
  line += text;
}

void AppendValue(std::string& line, const Field::Value& value, Format format) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    if (format == Format::kJson || NeedsQuotes(*text)) {
      AppendQuoted(line, *text);
    } else {
      line += *text;
    }
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    line += std::to_string(*number);
  } else if (const auto* size = std::get_if<std::uint64_t>(&value)) {
    line += std::to_string(*size);
  } else if (const auto* figure = std::get_if<double>(&value)) {
    AppendNumber(line, *figure, format);
  } else {
    line += std::get<bool>(value) ? "true" : "false";
  }
}

}  // namespace

std::string FormatLine(Format format, std::int64_t time_ns, Level level, std::string_view message,
                       Fields fields) {
  std::string line;
  if (format == Format::kJson) {
    line += "{\"time\":\"" + FormatTime(time_ns) + "\",\"level\":\"";
    line += NameOf(level);
    line += "\",\"msg\":";
    AppendQuoted(line, message);
    for (const Field& field : fields) {
      line += ',';
      AppendQuoted(line, field.key);
      line += ':';
      AppendValue(line, field.value, format);
    }
    line += '}';
    return line;
  }
  line += FormatTime(time_ns);
  line += ' ';
  line += NameOf(level);
  line += ' ';
  AppendEscaped(line, message);
  for (const Field& field : fields) {
    line += ' ';
    AppendEscaped(line, field.key);
    line += '=';
    AppendValue(line, field.value, format);
  }
  return line;
}

}  // namespace jetkeep::log
