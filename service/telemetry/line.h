// How a log line looks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "service/telemetry/log.h"

namespace jetkeep::log {

// One line without its end. JSON: {"time":…,"level":…,"msg":…, fields}. Text: `time level message
// key=value`. No byte below 0x20, no 0x7f and no invalid UTF-8 gets into it unescaped.
std::string FormatLine(Format format, std::int64_t time_ns, Level level, std::string_view message,
                       Fields fields);

}  // namespace jetkeep::log
