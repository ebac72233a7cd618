#include "service/app/account_services.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "jetkeep/mutex.h"
#include "protocol/base/join.h"
#include "protocol/base/version.h"
#include "protocol/control/subjects.h"
#include "service/app/connection_log.h"
#include "service/app/later_clean_up.h"
#include "service/config/redact.h"
#include "service/control/control_service.h"
#include "service/jobs/job_history.h"
#include "service/jobs/listener_of_accounts.h"
#include "service/loop/timer.h"
#include "service/repository/job_log.h"
#include "service/repository/orphaned_restore.h"
#include "service/repository/other_accounts.h"
#include "service/setup/account.h"
#include "service/setup/opened_repository.h"
#include "service/telemetry/log.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

constexpr std::chrono::milliseconds kConnectedPoll{50};
constexpr std::size_t kInstanceLength = 22;

// The one account has no backups, and others do: perhaps it has another label.
void ReportOtherAccounts(Store& store, const std::string& account) {
  constexpr std::size_t kMostNamed = 10;
  const std::vector<std::string> others = AccountsInstead(store, account);
  if (others.empty()) return;
  log::Warn("the repository holds no backup of this account, but of others",
            {{"account", account},
             {"others", JoinFirst(others, kMostNamed)},
             {"hint", "Another label is chosen with --account."}});
}

void ReportCleanUp(const std::string& account, const CleanUpResult& cleaned) {
  for (const Error& problem : cleaned.problems) {
    log::Warn("the repository could not be cleaned up completely",
              {{"account", account}, {"error", problem.message}, {"hint", problem.hint}});
  }
  if (cleaned.files_removed > 0) {
    log::Info("removed leftovers of unfinished backups",
              {{"account", account}, {"files", cleaned.files_removed}});
  }
}

// A store, with the history of the jobs of its accounts.
struct ServedStore {
  ServedStore(std::shared_ptr<OpenedStore> opened, const std::string& instance,
              std::set<std::string> accounts)
      : place(std::move(opened)),
        jobs(place->store(), SystemClock()),
        history(jobs, instance),
        listener(std::move(accounts), history) {}

  const std::shared_ptr<OpenedStore> place;
  JobLog jobs;
  JobHistory history;
  ListenerOfAccounts listener;
};

struct EngineSlot {
  Mutex mutex;
  std::unique_ptr<Engine> engine JETKEEP_GUARDED_BY(mutex);
};

struct OpenedAccount {
  OpenedAccount(const AccountConfig& of, std::unique_ptr<OpenedRepository> opened)
      : config(of), storage(std::move(opened)), connection_log(SystemClock(), of.name) {}

  const AccountConfig& config;
  const std::unique_ptr<OpenedRepository> storage;
  ConnectionLog connection_log;
  std::unique_ptr<Account> account;
  std::unique_ptr<LaterCleanUp> later;
  bool reported = false;  // that it is served
};

}  // namespace

class AccountServices::Impl {
 public:
  Impl(EventLoop& loop, const Config& config, Observability& observability, TransferPaces& paces)
      : loop_(loop), config_(config), observability_(observability), paces_(paces) {}
  ~Impl() {
    observability_.CountRequests({});
    observability_.ForgetAccounts();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status OpenStores() {
    for (const AccountConfig& account : config_.accounts) {
      JETKEEP_TRY(Named(account, OpenStorage(account)));
    }
    return {};
  }

  // Restores into other accounts that a killed process has left are recorded in the store of their
  // backups. Where the target's own engine looks at another store, one more looks at this.
  Status WatchOtherStores() {
    const bool any = std::any_of(config_.accounts.begin(), config_.accounts.end(),
                                 [](const AccountConfig& one) { return one.control == "all"; });
    for (const auto& [name, store] : stores_) {
      const std::string on_it = *AccountsOn(name).begin();
      // What the configuration allows now need not be what it allowed then.
      if (!any && !HoldsOrphanedRestore(*FindAccount(on_it)->storage->repository)) continue;
      for (const auto& target : accounts_) {
        if (target->config.store == name) continue;
        JETKEEP_TRY(EngineInto(on_it, target->config.name).map([](Engine*) {}));
      }
    }
    return {};
  }

  Status Connect() {
    for (const auto& one : accounts_) JETKEEP_TRY(Named(one->config, ConnectOne(*one)));
    JETKEEP_TRY(WatchOtherStores());
    std::vector<ServedAccount> served;
    for (const auto& one : accounts_) served.push_back(ServedOf(*one));
    all_ = std::make_unique<ServedAccounts>(std::move(served));
    JobManagerOptions options;
    options.limits.running = config_.max_jobs;
    options.thread_hook = NatsThreadHook();
    manager_ = std::make_unique<JobManager>(loop_, *all_, options);
    for (const auto& [name, store] : stores_) manager_->AddListener(store->listener);
    for (JobListener* const listener : observability_.listeners()) {
      manager_->AddListener(*listener);
    }
    return {};
  }

  Status Start(std::function<void()> all_connected) {
    all_connected_ = std::move(all_connected);
    for (const auto& one : accounts_) {
      if (one->config.control == "none") continue;
      auto face = std::make_unique<ControlService>(loop_, *one->account->connection, JobsOf(*one),
                                                   OptionsOf(*one));
      JETKEEP_TRY(face->Start());
      faces_.emplace(one.get(), std::move(face));
    }
    observability_.CountRequests([this] { return CountRequests(); });
    until_connected_ = Timer::Every(loop_, kConnectedPoll, [this] { ReportConnected(); });
    return {};
  }

  void Stop(std::chrono::milliseconds grace, std::function<void(bool)> done) {
    for (const auto& [account, face] : faces_) face->StopTaking();
    manager_->Stop(grace, std::move(done));
  }

  void Flush(std::chrono::milliseconds timeout) {
    for (const auto& one : accounts_) static_cast<void>(one->account->connection->Flush(timeout));
  }

  void Drain(std::chrono::milliseconds timeout) {
    // Subscriptions end before their connections.
    until_connected_.reset();
    faces_.clear();
    for (const auto& one : accounts_) {
      Connection& connection = *one->account->connection;
      if (Status drained = connection.Drain(timeout); !drained && connection.connected()) {
        log::Warn("the NATS connection did not drain",
                  {{"account", one->config.name}, {"error", drained.error().message}});
      }
      connection.Close();
    }
  }

  JobManager& jobs() { return *manager_; }

 private:
  // An error about one of several says which.
  Status Named(const AccountConfig& account, Status status) const {
    if (status || config_.accounts.size() == 1) return status;
    return Fail(std::move(status).error().Within("account " + account.name));
  }

  std::set<std::string> AccountsOn(const std::string& store) const {
    std::set<std::string> accounts;
    for (const AccountConfig& one : config_.accounts) {
      if (one.store == store) accounts.insert(one.name);
    }
    return accounts;
  }

  Status OpenStorage(const AccountConfig& account) {
    auto& store = stores_[account.store];
    JETKEEP_ASSIGN(auto storage, OpenForAccount(config_, account, store ? store->place : nullptr));
    if (store == nullptr) {
      store = std::make_unique<ServedStore>(storage->place, instance_, AccountsOn(account.store));
    }
    ReportCleanUp(account.name, storage->repository->CleanUp());
    if (config_.accounts.size() == 1) ReportOtherAccounts(storage->store(), account.name);
    Repository& repository = *storage->repository;
    accounts_.push_back(std::make_unique<OpenedAccount>(account, std::move(storage)));
    observability_.AddAccount(account.name, repository, config_.StoreOf(account).path);
    return {};
  }

  Status ConnectOne(OpenedAccount& one) {
    JETKEEP_ASSIGN(one.account, OpenAccount(
                                    config_, one.config, *one.storage->repository,
                                    [this, &one](const ConnectionEvent& event) {
                                      one.connection_log.Observe(event);
                                      observability_.OnConnection(one.config.name, event);
                                    },
                                    &paces_));
    one.later = std::make_unique<LaterCleanUp>(
        loop_, *one.storage->repository,
        [name = one.config.name](const CleanUpResult& cleaned) { ReportCleanUp(name, cleaned); });
    return {};
  }

  OpenedAccount* FindAccount(const std::string& name) const {
    const auto found = std::find_if(accounts_.begin(), accounts_.end(),
                                    [&](const auto& one) { return one->config.name == name; });
    return found == accounts_.end() ? nullptr : found->get();
  }

  // That restores the backups of one account into another; made when it is first needed. Any
  // thread.
  Result<Engine*> EngineInto(const std::string& source, const std::string& target) {
    OpenedAccount* from = FindAccount(source);
    OpenedAccount* to = FindAccount(target);
    if (from == nullptr || to == nullptr) {
      return Fail(Errc::kAccountNotFound, "this service has no account " + target);
    }
    EngineSlot* slot = nullptr;
    {
      const MutexLock lock(engines_mutex_);
      slot = &engines_[{source, target}];
    }
    // Making one asks its server, which may be away; nobody waits for it who wants another.
    const MutexLock lock(slot->mutex);
    auto& engine = slot->engine;
    if (!engine) {
      engine = MakeEngineInto(config_, *to->account, *from->storage->repository,
                              to->storage->repository.get());
    }
    return engine.get();
  }

  ServedAccount ServedOf(const OpenedAccount& one) {
    return {one.config.name, one.account->engine.get(), &stores_.at(one.config.store)->history,
            one.storage->repository->header().id,
            [this, source = one.config.name](const std::string& target) {
              return EngineInto(source, target);
            }};
  }

  SharedJobs JobsOf(const OpenedAccount& one) {
    std::vector<ServedAccount> visible{ServedOf(one)};
    for (const auto& other : accounts_) {
      if (one.config.control == "all" && other.get() != &one) visible.push_back(ServedOf(*other));
    }
    const bool sees_all = visible.size() == accounts_.size();
    return {*manager_, ServedAccounts(std::move(visible)), sees_all};
  }

  ControlOptions OptionsOf(const OpenedAccount& one) const {
    ControlOptions options;
    options.prefix = config_.subject_prefix;
    options.account = one.config.name;
    options.repository = one.storage->repository->header().id;
    options.streams = one.account->server.get();
    options.refuse = config_.refuse;
    return options;
  }

  void ReportConnected() {
    bool all = true;
    for (const auto& one : accounts_) {
      if (one->reported) continue;
      if (one->connection_log.ever_connected()) {
        LogServing(*one);
        one->reported = true;
      } else {
        all = false;
      }
    }
    if (!all) return;
    all_connected_();
    until_connected_.reset();
  }

  // Of all faces together.
  Observability::RequestCounts CountRequests() const {
    Observability::RequestCounts all;
    for (const auto& [account, face] : faces_) {
      for (std::size_t i = 0; i < all.size(); ++i) {
        const EndpointStatistics& of_face = face->statistics()[i];
        all[i].requests += of_face.requests;
        all[i].errors += of_face.errors;
        all[i].processing_ns += of_face.processing_ns;
      }
    }
    return all;
  }

  void LogServing(const OpenedAccount& one) const {
    const Subjects subjects(config_.subject_prefix);
    const auto face = faces_.find(&one);
    const std::string none = "none";
    log::Info(
        "jetkeep serves",
        {{"version", ProgramVersion()},
         {"server", ShownServers(one.config.servers)},
         {"repository", config_.StoreOf(one.config).path},
         {"account", one.config.name},
         {"backup_subject", face == faces_.end() ? none : subjects.Request(EndpointId::kBackup)},
         {"restore_subject", face == faces_.end() ? none : subjects.Request(EndpointId::kRestore)},
         {"service_id", face == faces_.end() ? none : face->second->id()}});
  }

  EventLoop& loop_;
  const Config& config_;
  Observability& observability_;
  TransferPaces& paces_;
  std::function<void()> all_connected_;
  const std::string instance_ = RandomToken(kInstanceLength);   // in the history of jobs
  std::map<std::string, std::unique_ptr<ServedStore>> stores_;  // by name
  std::vector<std::unique_ptr<OpenedAccount>> accounts_;
  Mutex engines_mutex_;
  // By source and target.
  std::map<std::pair<std::string, std::string>, EngineSlot> engines_
      JETKEEP_GUARDED_BY(engines_mutex_);
  std::unique_ptr<ServedAccounts> all_;
  std::unique_ptr<JobManager> manager_;
  std::map<const OpenedAccount*, std::unique_ptr<ControlService>> faces_;
  std::unique_ptr<Timer> until_connected_;
};

AccountServices::AccountServices(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AccountServices::~AccountServices() = default;

Result<std::unique_ptr<AccountServices>> AccountServices::Open(EventLoop& loop,
                                                               const Config& config,
                                                               Observability& observability,
                                                               TransferPaces& paces) {
  auto impl = std::make_unique<Impl>(loop, config, observability, paces);
  JETKEEP_TRY(impl->OpenStores());
  return std::unique_ptr<AccountServices>(new AccountServices(std::move(impl)));
}

Status AccountServices::Connect() { return impl_->Connect(); }

Status AccountServices::Start(std::function<void()> all_connected) {
  return impl_->Start(std::move(all_connected));
}

void AccountServices::Stop(std::chrono::milliseconds grace,
                           std::function<void(bool all_ended)> done) {
  impl_->Stop(grace, std::move(done));
}

void AccountServices::Flush(std::chrono::milliseconds timeout) { impl_->Flush(timeout); }

void AccountServices::Drain(std::chrono::milliseconds timeout) { impl_->Drain(timeout); }

JobManager& AccountServices::jobs() { return impl_->jobs(); }

}  // namespace jetkeep
