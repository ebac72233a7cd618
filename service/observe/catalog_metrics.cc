#include "service/observe/catalog_metrics.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "service/work/guarded_call.h"

namespace jetkeep {
namespace {

constexpr std::chrono::milliseconds kTick{1'000};
// Looks take at most a twentieth of the time.
constexpr int kRestPerLook = 20;

double Seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }

constexpr Metric kOfStream[] = {
    Metric::kLastSuccess,  Metric::kLastVerified, Metric::kLastDrilled,     Metric::kLastDuration,
    Metric::kLastMessages, Metric::kLastBytes,    Metric::kLastStoredBytes, Metric::kStoredBytes};

}  // namespace

CatalogMetrics::CatalogMetrics(EventLoop& loop, Metrics& metrics, Repository& repository,
                               CatalogMetricsOptions options)
    : metrics_(metrics),
      repository_(repository),
      options_(std::move(options)),
      next_(Clock::now()),
      timer_(Timer::Every(loop, kTick, [this] { OnTick(); })) {
  for (const Metric metric :
       {Metric::kRepositoryReadable, Metric::kRepositoryLook, Metric::kRepositoryUnreadable,
        Metric::kStreamsNotShown, Metric::kRepositorySize, Metric::kRepositoryFree}) {
    metrics_.Touch(metric, {options_.account});
  }
  OnTick();
}

CatalogMetrics::~CatalogMetrics() { Cancel(); }

void CatalogMetrics::OnChange(const JobStatus& job, const JobChange&) {
  if (job.account == options_.account && HasEnded(job.state)) look_soon_ = true;
}

void CatalogMetrics::Cancel() { cancel_.Cancel(); }

bool CatalogMetrics::AwaitEnd(Clock::time_point deadline) {
  MutexLock lock(mutex_);
  return ended_.WaitUntil(lock, deadline, [this]() JETKEEP_REQUIRES(mutex_) { return !looking_; });
}

std::string CatalogMetrics::Problem() const {
  const MutexLock lock(mutex_);
  return problem_;
}

void CatalogMetrics::SetProblem(std::string problem) {
  const MutexLock lock(mutex_);
  problem_ = std::move(problem);
}

bool CatalogMetrics::Looking() const {
  const MutexLock lock(mutex_);
  return looking_;
}

void CatalogMetrics::SetLooking(bool looking) {
  {
    const MutexLock lock(mutex_);
    looking_ = looking;
  }
  ended_.NotifyAll();
}

void CatalogMetrics::OnTick() {
  if (cancel_.Cancelled() || Looking()) return;
  const Clock::time_point now = Clock::now();
  const Clock::duration rest = kRestPerLook * took_.load();
  if (now < next_ + rest && !(look_soon_ && now >= next_ - options_.interval + rest)) return;
  look_soon_ = false;
  next_ = now + options_.interval;
  Begin();
}

void CatalogMetrics::Begin() {
  SetLooking(true);
  try {
    pool_.Run([this] {
      const Clock::time_point began = Clock::now();
      Look();
      took_ = Clock::now() - began;
      SetLooking(false);
    });
  } catch (const std::system_error&) {  // no thread now; the next look may find one
    SetLooking(false);
  }
}

// Nothing of it may end the service.
void CatalogMetrics::Look() {
  const Status read = GuardedCall<Status>([this] { return Read(); });
  if (cancel_.Cancelled()) return;
  metrics_.Set(Metric::kRepositoryReadable, {options_.account}, read ? 1 : 0);
  if (!read) return SetProblem("the repository cannot be read: " + read.error().message);
  metrics_.Set(Metric::kRepositoryLook, {options_.account}, Seconds(options_.clock->Now()));
}

Status CatalogMetrics::Read() {
  ShowRoom();
  FiguresFold fold;
  std::size_t unreadable = 0;
  std::string first;
  LookVisitor visitor;
  visitor.backups.backup = [&](const BackupSummary& backup, bool verification_unknown) {
    fold.Add(backup, verification_unknown);
  };
  visitor.backups.unreadable = [&](const Error& error) {
    if (unreadable++ == 0) first = error.message;
  };
  visitor.attempt = [&](const Attempt& attempt) { fold.AddAttempt(attempt); };
  JETKEEP_TRY(repository_.Look(visitor, cancel_));
  metrics_.Set(Metric::kRepositoryUnreadable, {options_.account}, static_cast<double>(unreadable));
  SetProblem(unreadable == 0
                 ? std::string()
                 : std::to_string(unreadable) +
                       " objects of the repository cannot be read; the first: " + first);
  Show(fold.Take());
  return {};
}

void CatalogMetrics::Show(std::map<std::string, StreamFigures> figures) {
  const std::size_t not_shown =
      figures.size() > options_.max_streams ? figures.size() - options_.max_streams : 0;
  metrics_.Set(Metric::kStreamsNotShown, {options_.account}, static_cast<double>(not_shown));
  if (not_shown > 0) {
    figures.erase(std::next(figures.begin(), static_cast<std::ptrdiff_t>(options_.max_streams)),
                  figures.end());
  }

  for (auto& [stream, now] : figures) {
    // A later verification without a drill takes the place of the one that was a drill.
    if (const auto before = shown_.find(stream); before != shown_.end()) {
      now.last_drilled_ns = std::max(now.last_drilled_ns, before->second.last_drilled_ns);
    }
    ShowStream(stream, now);
  }
  for (const auto& [stream, before] : shown_) {
    if (!figures.contains(stream)) HideStream(stream);
  }
  shown_ = std::move(figures);
}

void CatalogMetrics::ShowStream(const std::string& stream, const StreamFigures& figures) {
  const Metrics::Labels labels{options_.account, stream};
  metrics_.Set(Metric::kLastSuccess, labels, Seconds(figures.last_success_ns));
  metrics_.Set(Metric::kLastVerified, labels, Seconds(figures.last_verified_ns));
  metrics_.Set(Metric::kLastDrilled, labels, Seconds(figures.last_drilled_ns));
  metrics_.Set(Metric::kLastDuration, labels, figures.duration_seconds);
  metrics_.Set(Metric::kLastMessages, labels, static_cast<double>(figures.messages));
  metrics_.Set(Metric::kLastBytes, labels, static_cast<double>(figures.bytes));
  metrics_.Set(Metric::kLastStoredBytes, labels, static_cast<double>(figures.newest_stored_bytes));
  metrics_.Set(Metric::kStoredBytes, labels, static_cast<double>(figures.stored_bytes));
  for (std::size_t i = 0; i < kShownConditions.size(); ++i) {
    metrics_.Set(Metric::kBackups, {options_.account, stream, std::string(kShownConditions[i])},
                 static_cast<double>(figures.backups[i]));
  }
}

void CatalogMetrics::HideStream(const std::string& stream) {
  for (const Metric metric : kOfStream) metrics_.Remove(metric, {options_.account, stream});
  for (const std::string_view condition : kShownConditions) {
    metrics_.Remove(Metric::kBackups, {options_.account, stream, std::string(condition)});
  }
}

void CatalogMetrics::ShowRoom() {
  if (options_.directory.empty()) return;
  std::error_code error;
  const std::filesystem::space_info room = std::filesystem::space(options_.directory, error);
  if (error) return;
  metrics_.Set(Metric::kRepositorySize, {options_.account}, static_cast<double>(room.capacity));
  metrics_.Set(Metric::kRepositoryFree, {options_.account}, static_cast<double>(room.available));
}

}  // namespace jetkeep
