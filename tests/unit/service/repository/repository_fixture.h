// What the tests of the repository share: small backups whose records can be told from their
// sequence.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "service/repository/repository.h"
#include "tests/unit/service/store/test_store.h"

namespace jetkeep {

inline std::string TestId(int number) {
  std::string digits = std::to_string(number);
  return "20261121T012410Z-" + std::string(8 - digits.size(), '0') + digits;
}

inline std::string PayloadOf(std::uint64_t sequence) {
  std::string payload = "{\"order\":" + std::to_string(sequence) + ",\"note\":\"";
  for (std::uint64_t i = 0, n = sequence * 7919; i < 10 + sequence % 90; ++i, n = n * 31 + 7) {
    payload.push_back(static_cast<char>('a' + n % 26));
  }
  return payload + "\"}";
}

inline RepositoryOptions SmallOptions() {
  RepositoryOptions options;
  options.writer.block_bytes = 700;
  options.writer.segment_bytes = 2500;
  return options;
}

inline Manifest TestManifest(const std::string& stream, const std::string& lineage,
                             std::uint64_t last, std::uint64_t deleted_step) {
  Manifest manifest;
  manifest.account = "$G";
  manifest.stream = stream;
  manifest.lineage = lineage;
  manifest.config_json = "{\"name\":\"" + stream + "\"}";
  manifest.stream_created = "2026-11-21T01:00:00Z";
  manifest.state.first_sequence = 1;
  manifest.state.last_sequence = last;
  for (std::uint64_t s = deleted_step; deleted_step != 0 && s <= last; s += deleted_step) {
    manifest.deleted.Add(s);
  }
  manifest.state.num_deleted = manifest.deleted.Count();
  manifest.state.messages = last - manifest.deleted.Count();
  ConsumerBackup consumer;
  consumer.name = "worker";
  consumer.config_json = "{\"durable_name\":\"worker\"}";
  consumer.state.delivered = {5, 5};
  consumer.state.pending.Append(3, {2, 1'700'000'000'000'000'000});
  manifest.consumers.push_back(consumer);
  return manifest;
}

// Writes records 1..last (every deleted_step-th one left out) and finishes.
inline Result<Manifest> MakeBackup(Repository& repository, const std::string& stream,
                                   const std::string& id, std::uint64_t last,
                                   std::uint64_t deleted_step = 0) {
  JETKEEP_ASSIGN(const auto writer, repository.BeginBackup(stream, "", id));
  Manifest manifest = TestManifest(stream, id, last, deleted_step);
  for (std::uint64_t s = 1; s <= last; ++s) {
    if (manifest.deleted.Contains(s)) continue;
    const std::string payload = PayloadOf(s);
    JETKEEP_TRY(
        writer->AddRecord({s, static_cast<std::int64_t>(s) * 1000, "orders.new", "", payload}));
  }
  return writer->Finish(std::move(manifest), 1'800'000'000'000'000'000);
}

// Whether the backup gives back exactly what MakeBackup put in.
inline Status CheckBackup(Repository& repository, const std::string& id) {
  JETKEEP_ASSIGN(const Manifest manifest, repository.Load(id));
  JETKEEP_ASSIGN(const auto reader, repository.OpenReader(manifest));
  std::uint64_t next = 1;
  JETKEEP_TRY(reader->ForEach([&](const RecordView& record) -> Status {
    while (manifest.deleted.Contains(next)) ++next;
    if (record.sequence != next || record.payload != PayloadOf(next) ||
        record.subject != "orders.new" ||
        record.timestamp_ns != static_cast<std::int64_t>(next) * 1000) {
      return Fail(Errc::kInternal, "record " + std::to_string(next) + " differs");
    }
    ++next;
    return {};
  }));
  while (manifest.deleted.Contains(next)) ++next;
  if (next != manifest.state.last_sequence + 1) return Fail(Errc::kInternal, "records are missing");
  JETKEEP_ASSIGN(const VerifyResult verified, repository.Verify(id, CancelToken()));
  if (!verified.ok()) return Fail(Errc::kInternal, verified.findings.front());
  return {};
}

class RepositoryTest : public ::testing::Test {
 protected:
  std::unique_ptr<Repository> Open() {
    auto repository =
        Repository::OpenOrCreate(files(), workers_, SmallOptions(), 1'790'000'000'000'000'000);
    EXPECT_TRUE(repository) << repository.error().message;
    return repository ? std::move(*repository) : nullptr;
  }
  static std::vector<std::string> Ids(Repository& repository) {
    std::vector<std::string> ids;
    const auto listing = repository.List("");
    EXPECT_TRUE(listing);
    if (!listing) return ids;
    EXPECT_TRUE(listing->warnings.empty());
    for (const BackupSummary& summary : listing->backups) ids.push_back(summary.id);
    return ids;
  }

  TestStore& files() { return *storage_; }
  void Renew() { storage_ = std::make_unique<TestStore>(); }

  std::unique_ptr<TestStore> storage_ = std::make_unique<TestStore>();
  BlockWorkers workers_{2};
};

}  // namespace jetkeep
