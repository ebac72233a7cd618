// Observability: what monitoring sees of the service: metrics, health, and the server that shows
// them where `http.listen` names an address.
//
// Thread-safety: created, used and destroyed on the loop's thread, or while the loop does not run,
// but for OnConnection.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/control/service_api.h"
#include "protocol/control/subjects.h"
#include "service/config/config.h"
#include "service/http/http_server.h"
#include "service/loop/event_loop.h"
#include "service/loop/timer.h"
#include "service/nats/connection.h"
#include "service/observe/catalog_metrics.h"
#include "service/observe/health.h"
#include "service/observe/job_metrics.h"
#include "service/observe/metrics_page.h"
#include "service/repository/repository.h"
#include "service/telemetry/metrics.h"

namespace jetkeep {

class Observability {
 public:
  using RequestCounts = std::array<EndpointStatistics, kEndpoints.size()>;

  // The loop must outlive it. kConfigInvalid: the address cannot be listened on.
  static Result<std::unique_ptr<Observability>> Start(EventLoop& loop, const Config& config);
  ~Observability();
  Observability(const Observability&) = delete;
  Observability& operator=(const Observability&) = delete;

  // From now on the account is shown. The repository must outlive this, or ForgetAccounts be
  // called. `directory`: where it is.
  void AddAccount(const std::string& account, Repository& repository, const std::string& directory);
  // Their repositories go next; listeners of theirs hear of no job any more.
  void ForgetAccounts();
  // No look at a repository begins any more, and those under way end as soon as disks answer.
  void CancelLooks();
  // Any thread; one call at a time for each account.
  void OnConnection(const std::string& account, const ConnectionEvent& event);
  // Those who want to know of jobs.
  std::vector<JobListener*> listeners();
  // `counts` is asked every second, until it is replaced by an empty one.
  void CountRequests(std::function<RequestCounts()> counts);
  void OnReload(const Status& reloaded);

 private:
  explicit Observability(EventLoop& loop);
  void OnTick();
  void AddRequests();
  HttpAnswer Answer(std::string_view path);  // on the server's thread

  EventLoop& loop_;
  Metrics metrics_;
  MetricsPage page_{[this] { return metrics_.Text(); }};  // of the server's thread
  Health health_;
  JobMetrics jobs_{metrics_};
  std::vector<std::pair<std::string, std::unique_ptr<CatalogMetrics>>> catalogs_;
  std::function<RequestCounts()> counts_;
  RequestCounts counted_{};
  std::unique_ptr<Timer> timer_;
  std::unique_ptr<HttpServer> server_;  // last: answers until it goes. Null: none is wanted
};

}  // namespace jetkeep
