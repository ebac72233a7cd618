#include "service/telemetry/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include "jetkeep/clock.h"
#include "service/telemetry/line.h"

namespace jetkeep::log {
namespace {

// The library takes the kind of mutex by its type and holds it in sink_it_ and flush_.
// The line is complete when it gets here: spdlog's own formatters do not escape what they print.
class StreamSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit StreamSink(std::FILE* stream) : stream_(stream) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    std::fwrite(line.payload.data(), 1, line.payload.size(), stream_);
    std::fputc('\n', stream_);
    std::fflush(stream_);  // a killed process must not take its last lines along
  }
  void flush_() override { std::fflush(stream_); }

 private:
  std::FILE* stream_;
};

constexpr std::array<std::pair<std::string_view, Level>, 5> kLevels = {{{"debug", Level::kDebug},
                                                                        {"info", Level::kInfo},
                                                                        {"warn", Level::kWarn},
                                                                        {"error", Level::kError},
                                                                        {"off", Level::kOff}}};

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      break;
  }
  return spdlog::level::off;
}

struct Logger {
  explicit Logger(const Options& options)
      : format(options.format), sink("jetkeep", std::make_shared<StreamSink>(options.stream)) {
    sink.set_level(ToSpdlog(options.level));
    sink.set_error_handler([](const std::string&) {});
  }
  Format format;
  spdlog::logger sink;
};

// Never destroyed: threads may log while the process ends.
std::unique_ptr<Logger>& Current() {
  static auto& logger = *new std::unique_ptr<Logger>(std::make_unique<Logger>(Options{}));
  return logger;
}

void Write(Level level, std::string_view message, Fields fields) noexcept {
  try {
    Logger& logger = *Current();
    const spdlog::level::level_enum spdlog_level = ToSpdlog(level);
    if (!logger.sink.should_log(spdlog_level)) return;
    const std::string line = FormatLine(logger.format, SystemClock().Now(), level, message, fields);
    logger.sink.log(spdlog_level, spdlog::string_view_t(line.data(), line.size()));
  } catch (...) {  // a log line is not worth a job
  }
}

}  // namespace

Result<Level> ParseLevel(std::string_view text) {
  for (const auto& [name, level] : kLevels) {
    if (name == text) return level;
  }
  return Fail(Errc::kConfigInvalid, "unknown log level \"" + std::string(text) + "\"",
              "Use debug, info, warn, error or off.");
}

Result<Format> ParseFormat(std::string_view text) {
  if (text == "text") return Format::kText;
  if (text == "json") return Format::kJson;
  return Fail(Errc::kConfigInvalid, "unknown log format \"" + std::string(text) + "\"",
              "Use text or json.");
}

void Start(const Options& options) { Current() = std::make_unique<Logger>(options); }

void SetLevel(Level level) { Current()->sink.set_level(ToSpdlog(level)); }

void Debug(std::string_view message, Fields fields) noexcept {
  Write(Level::kDebug, message, fields);
}
void Info(std::string_view message, Fields fields) noexcept {
  Write(Level::kInfo, message, fields);
}
void Warn(std::string_view message, Fields fields) noexcept {
  Write(Level::kWarn, message, fields);
}
void Error(std::string_view message, Fields fields) noexcept {
  Write(Level::kError, message, fields);
}

}  // namespace jetkeep::log
