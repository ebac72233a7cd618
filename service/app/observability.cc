#include "service/app/observability.h"

#include <unistd.h>

#include <fstream>
#include <string_view>
#include <utility>

#include "jetkeep/clock.h"
#include "protocol/base/version.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

constexpr std::chrono::milliseconds kTick{1'000};

double NowSeconds() { return static_cast<double>(SystemClock().Now()) / 1e9; }

// Without /proc nothing is known of it.
std::optional<double> ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double all = 0;
  double resident = 0;
  if (!(statm >> all >> resident)) return std::nullopt;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

std::string NameOfEndpoint(std::size_t endpoint) { return std::string(kEndpoints[endpoint].name); }

}  // namespace

Result<std::unique_ptr<Observability>> Observability::Start(EventLoop& loop, const Config& config) {
  std::unique_ptr<Observability> started(new Observability(loop));
  if (config.http_listen.empty()) return started;
  JETKEEP_ASSIGN(started->server_, HttpServer::Listen(config.http_listen,
                                                      [raw = started.get()](std::string_view path) {
                                                        return raw->Answer(path);
                                                      }));
  log::Info("metrics and health are served",
            {{"listen", config.http_listen}, {"port", started->server_->port()}});
  started->OnTick();
  return started;
}

Observability::Observability(EventLoop& loop) : loop_(loop) {
  metrics_.Set(Metric::kBuildInfo, {ProgramVersion(), ProgramCommit()}, 1);
  metrics_.Set(Metric::kProcessStart, {}, NowSeconds());
  metrics_.Set(Metric::kReloadSuccessful, {}, 1);
  metrics_.Set(Metric::kReloadTime, {}, NowSeconds());
  for (std::size_t i = 0; i < kEndpoints.size(); ++i) {
    for (const Metric metric :
         {Metric::kRequests, Metric::kRequestErrors, Metric::kRequestSeconds}) {
      metrics_.Touch(metric, {NameOfEndpoint(i)});
    }
  }
  // A turn of the loop, which runs only after the start.
  timer_ = Timer::Every(loop_, kTick, [this] {
    health_.Turn();
    metrics_.Add(Metric::kLoopTurns, {});
    OnTick();
  });
  metrics_.Touch(Metric::kLoopTurns);
}

Observability::~Observability() { server_.reset(); }

void Observability::AddAccount(const std::string& account, Repository& repository,
                               const std::string& directory) {
  jobs_.AddAccount(account);
  metrics_.Touch(Metric::kNatsConnected, {account});
  metrics_.Touch(Metric::kNatsConnectionsLost, {account});
  health_.Set("nats " + account, "not connected yet");
  if (server_ == nullptr) return;  // nobody would see what a look finds
  CatalogMetricsOptions options;
  options.account = account;
  options.directory = directory;
  catalogs_.emplace_back(
      account, std::make_unique<CatalogMetrics>(loop_, metrics_, repository, std::move(options)));
}

void Observability::ForgetAccounts() { catalogs_.clear(); }

void Observability::CancelLooks() {
  for (const auto& [account, catalog] : catalogs_) catalog->Cancel();
}

void Observability::OnConnection(const std::string& account, const ConnectionEvent& event) {
  const bool connected = event.state == ConnectionState::kConnected;
  metrics_.Set(Metric::kNatsConnected, {account}, connected ? 1 : 0);
  if (event.state_changed && event.state == ConnectionState::kReconnecting) {
    metrics_.Add(Metric::kNatsConnectionsLost, {account});
  }
  if (connected) {
    health_.Set("nats " + account, {});
  } else {
    health_.Set("nats " + account,
                "not connected" + (event.error.empty() ? "" : ": " + event.error));
  }
}

std::vector<JobListener*> Observability::listeners() {
  std::vector<JobListener*> all{&jobs_};
  for (const auto& [account, catalog] : catalogs_) all.push_back(catalog.get());
  return all;
}

void Observability::CountRequests(std::function<RequestCounts()> counts) {
  AddRequests();
  counts_ = std::move(counts);
  counted_ = {};
}

void Observability::OnReload(const Status& reloaded) {
  metrics_.Set(Metric::kReloadSuccessful, {}, reloaded ? 1 : 0);
  if (reloaded) metrics_.Set(Metric::kReloadTime, {}, NowSeconds());
  health_.Set("configuration", reloaded ? std::string() : "refused: " + reloaded.error().message);
}

void Observability::OnTick() {
  if (server_ == nullptr) return;  // nobody would see it
  if (const auto resident = ResidentBytes()) metrics_.Set(Metric::kProcessMemory, {}, *resident);
  AddRequests();
  for (const auto& [account, catalog] : catalogs_) {
    health_.Set("repository " + account, catalog->Problem());
  }
}

void Observability::AddRequests() {
  if (!counts_) return;
  const RequestCounts now = counts_();
  for (std::size_t i = 0; i < now.size(); ++i) {
    const Metrics::Labels labels{NameOfEndpoint(i)};
    metrics_.Add(Metric::kRequests, labels,
                 static_cast<double>(now[i].requests - counted_[i].requests));
    metrics_.Add(Metric::kRequestErrors, labels,
                 static_cast<double>(now[i].errors - counted_[i].errors));
    metrics_.Add(Metric::kRequestSeconds, labels,
                 static_cast<double>(now[i].processing_ns - counted_[i].processing_ns) / 1e9);
  }
  counted_ = now;
}

// /readyz never says no while the process lives: a probe that failed because NATS or a disk is away
// would take the NATS server beside Jetkeep out of service. /healthz says no for what a restart
// mends, and for nothing else: the loop stands still.
HttpAnswer Observability::Answer(std::string_view path) {
  if (path == "/metrics") {
    return {.type = "text/plain; version=0.0.4; charset=utf-8", .body = page_.Get()};
  }
  if (path == "/healthz" || path == "/readyz") {
    return {.status = path == "/readyz" || health_.alive() ? 200 : 503,
            .type = "application/json",
            .body = MakeHttpBody(health_.Body())};
  }
  return {.status = 404, .body = MakeHttpBody("Jetkeep serves /metrics, /healthz and /readyz.\n")};
}

}  // namespace jetkeep
