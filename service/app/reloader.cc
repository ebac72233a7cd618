#include "service/app/reloader.h"

#include <string>
#include <utility>
#include <vector>

#include "protocol/base/join.h"
#include "service/config/live.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

constexpr std::size_t kNamed = 100;  // settings in one line of the log

}  // namespace

Reloader::Reloader(EventLoop& loop, LoadedConfig running, ReloadHandlers handlers)
    : loop_(loop),
      running_(std::move(running)),
      given_(running_.given),
      handlers_(std::move(handlers)) {}

void Reloader::Reload() {
  if (reading_) {
    again_ = true;
    return;
  }
  reading_ = true;
  pool_.Run([this] { loop_.Post(alive_.Guard([this, now = Read()] { OnRead(now); })); });
}

// On the pool's thread.
Result<LoadedConfig> Reloader::Read() const {
  JETKEEP_ASSIGN(LoadedConfig now, LoadConfig(given_, ProcessEnvironment()));
  JETKEEP_TRY(handlers_.check(now.config));
  return now;
}

void Reloader::OnRead(const Result<LoadedConfig>& now) {
  handlers_.ended(Take(now));
  reading_ = false;
  if (std::exchange(again_, false)) Reload();
}

Status Reloader::Take(const Result<LoadedConfig>& now) {
  if (!now) {
    log::Error("the configuration was read again and refused; the old one stays in force",
               {{"error", now.error().message}, {"hint", now.error().hint}});
    return Fail(now.error());
  }
  for (const std::string& warning : now->warnings) log::Warn(warning);
  const ConfigChange change = CompareConfig(running_, *now);
  TakeLive(now->config, running_.config);
  handlers_.take(running_.config);
  log::Info("the configuration was read again", {{"changed", JoinFirst(change.live, kNamed)}});
  if (!change.restart.empty()) {
    log::Warn("settings have changed that need a restart; the old values stay in force",
              {{"settings", JoinFirst(change.restart, kNamed)}});
  }
  return {};
}

}  // namespace jetkeep
