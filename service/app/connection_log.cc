#include "service/app/connection_log.h"

#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

constexpr std::int64_t kAgainNs = 30'000'000'000;

}  // namespace

void ConnectionLog::Observe(const ConnectionEvent& event) {
  const bool connected = event.state == ConnectionState::kConnected;
  if (!event.state_changed) {
    if (connected) {
      log::Warn("NATS connection error", {{"error", event.error}, {"account", account_}});
    } else {
      LogReason(event.error, event.hint);
    }
    return;
  }
  if (connected) {
    last_reason_.clear();
    ever_connected_ = true;
    log::Info("connected to NATS", {{"server", event.server}, {"account", account_}});
  } else if (event.state == ConnectionState::kReconnecting) {
    log::Warn("NATS connection lost, reconnecting",
              {{"error", event.error.empty() ? "the connection was closed" : event.error},
               {"account", account_}});
  } else if (event.state == ConnectionState::kClosed) {
    log::Info("NATS connection closed", {{"account", account_}});
  }
}

void ConnectionLog::LogReason(const std::string& reason, const std::string& hint) {
  const std::int64_t now = clock_.Now();
  const std::int64_t since = now - last_logged_ns_;
  // The clock may be set back.
  if (reason == last_reason_ && since >= 0 && since < kAgainNs) return;
  last_reason_ = reason;
  last_logged_ns_ = now;
  log::Warn("not connected to NATS, trying again",
            {{"error", reason}, {"hint", hint}, {"account", account_}});
}

}  // namespace jetkeep
