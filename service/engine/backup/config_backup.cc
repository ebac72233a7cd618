#include "service/engine/backup/config_backup.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/repository/backup_id.h"
#include "service/engine/backup/being_restored.h"
#include "service/repository/backup_writer.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

constexpr int kLooks = 5;

struct Configurations {
  StreamInfo stream;
  std::vector<ConsumerInfo> consumers;
};

// Those of one moment: the stream is the same one, with the same configuration, before and after
// its consumers were listed.
Result<Configurations> Look(JetStream& server, const std::string& stream,
                            const CancelToken& cancel) {
  JETKEEP_ASSIGN(StreamInfo before, server.GetStream(stream));
  for (int looks = 0; looks < kLooks; ++looks) {
    JETKEEP_TRY(cancel.Check());
    JETKEEP_TRY(CheckNotBeingRestored(before.config_json, stream));
    JETKEEP_ASSIGN(std::vector<ConsumerInfo> consumers, server.Consumers(stream));
    JETKEEP_ASSIGN(StreamInfo after, server.GetStream(stream));
    const bool same = after.created == before.created && after.config_json == before.config_json;
    if (same) return Configurations{std::move(after), std::move(consumers)};
    before = std::move(after);
  }
  return Fail(Errc::kStreamChanged,
              "the configuration of stream " + stream + " changed while its consumers were listed",
              "Back it up again.");
}

// A consumer that has delivered nothing stands just below where it starts. For one in memory that
// is its own start alone: where a restore makes it anew above its position, by another
// configuration, the first sequence of the stream would become part of that.
ConsumerState AtStart(const std::string& consumer_json, std::uint64_t first_sequence) {
  const ConsumerConfigFacts consumer = ReadConsumerConfig(consumer_json);
  const std::uint64_t start =
      std::max({std::uint64_t{1}, consumer.in_memory ? std::uint64_t{0} : first_sequence,
                consumer.start_sequence});
  ConsumerState state;
  state.delivered.stream = start - 1;
  state.ack_floor.stream = start - 1;
  return state;
}

}  // namespace

Manifest ConfigurationOf(Manifest manifest) {
  const auto config = ReadStreamConfig(manifest.config_json);
  const std::uint64_t first = config ? config->first_sequence : 0;
  std::vector<ConsumerBackup> durable;
  for (ConsumerBackup& consumer : manifest.consumers) {
    if (!ReadConsumerConfig(consumer.config_json).durable) continue;
    consumer.state = AtStart(consumer.config_json, first);
    consumer.origin = ConsumerOrigin::kArchive;
    durable.push_back(std::move(consumer));
  }
  manifest.condition = BackupCondition::kConfigOnly;
  manifest.consumers = std::move(durable);
  manifest.state = {};
  if (first > 1) {
    manifest.state.first_sequence = first;
    manifest.state.last_sequence = first - 1;
  }
  manifest.state.consumer_count = manifest.consumers.size();
  manifest.exact_cut = false;
  manifest.archive_format = ArchiveFormat::kNone;
  manifest.anchors.clear();
  manifest.largest_message = 0;
  manifest.segments.clear();
  manifest.deleted = {};
  manifest.lost = {};
  manifest.damage.clear();
  return manifest;
}

Result<BackupReport> ConfigBackup::Run(const std::string& stream) {
  const auto begin = std::chrono::steady_clock::now();
  JETKEEP_ASSIGN(Configurations found, Look(*job_.server, stream, job_.cancel));
  JETKEEP_ASSIGN(const ServerIdentity identity, job_.server->Server());
  const std::int64_t started_ns = job_.options.clock->Now();

  JETKEEP_ASSIGN(NewestBackup newest, job_.repository.FindNewest(stream));
  std::vector<std::string> ids = std::move(newest.ids);
  for (const UnreadableBackup& lineage : newest.unreadable_lineages) ids.push_back(lineage.id);
  const std::string id = NewBackupIdAbove(ids, started_ns, RandomBits());
  // A lineage of its own: it proves nothing of the stream's messages.
  JETKEEP_ASSIGN(const auto writer, job_.repository.BeginBackup(stream, "", id));
  job_.observer.OnStarted(writer->id(), stream);

  Manifest manifest;
  manifest.account = job_.repository.account();
  manifest.stream = stream;
  manifest.lineage = id;
  manifest.kind = kConfigKind;
  manifest.started_ns = started_ns;
  manifest.cut_time_ns = found.stream.answered_ns;
  manifest.config_json = std::move(found.stream.config_json);
  manifest.stream_created = found.stream.created;
  manifest.state_json = std::move(found.stream.state_json);
  manifest.server = identity;
  std::uint64_t ephemeral = 0;
  for (ConsumerInfo& consumer : found.consumers) {
    if (!ReadConsumerConfig(consumer.config_json).durable) ++ephemeral;
    manifest.consumers.push_back({consumer.name,
                                  std::move(consumer.config_json),
                                  std::move(consumer.created),
                                  {},
                                  ConsumerOrigin::kServer});
  }
  manifest = ConfigurationOf(std::move(manifest));
  if (ephemeral > 0) {
    manifest.warnings.push_back(std::to_string(ephemeral) +
                                " consumers without a durable name are left out");
  }
  BackupReport report;
  report.warnings = manifest.warnings;
  JETKEEP_TRY(job_.cancel.Check());
  JETKEEP_ASSIGN(const Manifest written,
                 writer->Finish(std::move(manifest), job_.options.clock->Now()));
  report.backup = written.Summary();
  report.duration_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

}  // namespace jetkeep
