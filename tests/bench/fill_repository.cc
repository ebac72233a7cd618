// Makes a repository that holds many small backups, for measuring how long it takes to list them.
#include <cstdio>
#include <string>

#include "protocol/repository/backup_id.h"
#include "service/repository/repository.h"
#include "service/store/posix/posix_store.h"
#include "tests/bench/peer.h"

namespace jetkeep::bench {
namespace {

constexpr std::uint64_t kStreams = 100;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kFirstBackup = 1'790'000'000 * kSecond;

Status Fill(const std::string& folder, std::uint64_t backups) {
  JETKEEP_ASSIGN(const auto files, PosixStore::Open(folder, true));
  BlockWorkers workers(1);
  JETKEEP_ASSIGN(const auto repository,
                 Repository::OpenOrCreate(*files, workers, {}, kFirstBackup));
  for (std::uint64_t i = 0; i < backups; ++i) {
    const std::string stream = "STREAM-" + std::to_string(i % kStreams);
    const std::int64_t now = kFirstBackup + static_cast<std::int64_t>(i) * 60 * kSecond;
    const std::string id = NewBackupId(now, i * 0x9e3779b97f4a7c15u);
    JETKEEP_ASSIGN(const auto writer, repository->BeginBackup(stream, "", id));
    JETKEEP_TRY(writer->AddRecord({1, now, stream + ".new", "", "{}"}));
    Manifest manifest;
    manifest.account = repository->account();
    manifest.stream = stream;
    manifest.lineage = id;
    manifest.started_ns = now;
    manifest.config_json = R"({"name":")" + stream + R"(","subjects":[")" + stream + R"(.>"]})";
    manifest.state.first_sequence = 1;
    manifest.state.last_sequence = 1;
    manifest.state.messages = 1;
    JETKEEP_TRY(writer->Finish(std::move(manifest), now));
  }
  return {};
}

}  // namespace

int FillRepository(const Arguments& arguments) {
  const Status filled = Fill(arguments[0], std::stoull(arguments[1]));
  if (!filled) Die(filled.error().message);
  return 0;
}

}  // namespace jetkeep::bench
