#include "tests/unit/service/control/fake_engine.h"

#include <chrono>
#include <stdexcept>
#include <thread>

namespace jetkeep::testing {
namespace {

BackupSummary Summary(const std::string& id, const std::string& stream) {
  BackupSummary backup;
  backup.id = id;
  backup.account = "$G";
  backup.stream = stream;
  backup.lineage = "l";
  backup.messages = 1000;
  backup.bytes = 64'000;
  return backup;
}

}  // namespace

Result<BackupReport> FakeEngine::Backup(const BackupSpec& spec, JobObserver& observer,
                                        const CancelToken& cancel) {
  ++runs_;
  if (spec.stream == "BROKEN") return Fail(Errc::kStorageFull, "no space left", "Make room.");
  observer.OnStarted("b-" + spec.stream, spec.stream);
  if (spec.stream == "RETRY") {
    observer.OnRetry(1, Error{Errc::kFlowTimeout, "the server gave up", {}}, 10);
  }
  JobProgress progress;
  progress.messages_expected = 1000;
  progress.bytes_expected = 64'000;
  while (spec.stream.starts_with("SLOW") && !released_) {
    JETKEEP_TRY(cancel.Check());
    progress.messages_done += progress.messages_done < 900 ? 1 : 0;
    progress.bytes_done = progress.messages_done * 64;
    observer.OnProgress(progress);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  BackupReport report;
  report.backup = Summary("b-" + spec.stream, spec.stream);
  return report;
}

Result<RestoreReport> FakeEngine::Restore(const RestoreSpec& spec, JobObserver& observer,
                                          const CancelToken&) {
  ++runs_;
  RestoreReport report;
  report.stream = spec.stream.empty() ? "ORDERS" : spec.stream;
  report.backup = Summary("b1", report.stream);
  observer.OnStarted("b1", report.stream);
  report.messages = 1000;
  return report;
}

Result<RestorePreview> FakeEngine::PreviewRestore(const RestoreSpec& spec,
                                                  const CancelToken& cancel) {
  if (spec.backup == "none") return Fail(Errc::kBackupNotFound, "backup none was not found");
  while (spec.stream.starts_with("SLOW") && !released_) {
    JETKEEP_TRY(cancel.Check());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  RestorePreview preview;
  preview.stream = spec.stream.empty() ? "ORDERS" : spec.stream;
  preview.backup = Summary(spec.backup.empty() ? "b1" : spec.backup, preview.stream);
  preview.config_json = R"({"name":"ORDERS"})";
  preview.consumers_sent = {"c"};
  preview.consumers_created = {"memory"};
  preview.left_out = {"stream ORDERS: first_seq is left out"};
  preview.unchecked = {"the server's free disk space"};
  if (spec.backup == "refused") {
    preview.refusals = {{Errc::kStreamExists, "stream ORDERS already exists", "Delete it.", 0},
                        {Errc::kLimitTooSmall, "max_storage is too small", "Raise it.", 0}};
  }
  return preview;
}

Result<VerifyReport> FakeEngine::Verify(const VerifySpec& spec, JobObserver&, const CancelToken&) {
  ++runs_;
  VerifyReport report;
  if (spec.stream == "LONG") report.findings.assign(200, std::string(2000, 'f'));
  report.backups = 1;
  return report;
}

Status FakeEngine::CheckStream(const std::string& stream) {
  if (stream == "MISSING") return Fail(Errc::kStreamNotFound, "stream MISSING was not found");
  return {};
}

Result<BackupListing> FakeEngine::List(const std::string& stream) {
  BackupListing listing;
  if (stream == "MISSING") return listing;
  for (std::size_t i = 0; i < backups; ++i)
    listing.backups.push_back(Summary("b" + std::to_string(i), "ORDERS"));
  listing.warnings = {"manifest x: damaged"};
  return listing;
}

Result<BackupDetails> FakeEngine::Show(const std::string& backup_id) {
  if (backup_id == "none") return Fail(Errc::kBackupNotFound, "backup none was not found");
  if (backup_id == "throws") throw std::runtime_error("a defect");
  BackupDetails details;
  details.summary = Summary(backup_id, "ORDERS");
  details.config_json = R"({"name":"ORDERS"})";
  details.consumers.resize(consumers);
  for (ConsumerSummary& consumer : details.consumers) {
    consumer.config_json = "{\"description\":\"" + std::string(200, 'x') + "\"}";
  }
  return details;
}

Status FakeEngine::Delete(const DeleteSpec& spec) {
  if (spec.backup == "none") return Fail(Errc::kBackupNotFound, "backup none was not found");
  if (spec.backup == "last" && !spec.last)
    return Fail(Errc::kLastBackup, "backup last is the last");
  return {};
}

}  // namespace jetkeep::testing
