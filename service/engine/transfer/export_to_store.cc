#include "service/engine/transfer/export_to_store.h"

#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "protocol/archive/archive_files.h"
#include "protocol/archive/v1_archive_writer.h"
#include "protocol/js_config/config_edit.h"
#include "protocol/js_config/consumer_config.h"
#include "service/engine/restore/archive_encoder.h"
#include "service/engine/restore/restore_plan.h"
#include "service/engine/restore/restore_preparation.h"
#include "service/engine/transfer/cancellable_records.h"
#include "service/work/scratch_spill.h"

namespace jetkeep {
namespace {

constexpr const char* kReplicas = "num_replicas";

// The files of an archive, each at its place in a folder.
class FolderFiles final : public ArchiveFiles {
 public:
  explicit FolderFiles(StagedFolder& folder) : folder_(folder) {}
  Status BeginFile(std::string_view name, std::uint64_t /*size*/,
                   std::int64_t /*mtime_ns*/) override {
    JETKEEP_TRY(FinishFile());
    const std::size_t slash = name.rfind('/');
    const bool deep = slash != std::string_view::npos;
    JETKEEP_ASSIGN(file_, folder_.Create(std::string(name.substr(0, deep ? slash : 0)),
                                         std::string(name.substr(deep ? slash + 1 : 0))));
    return {};
  }
  Status Write(std::string_view bytes) override { return file_->Write(bytes); }
  Status Finish() override { return FinishFile(); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  Status FinishFile() {
    if (!file_) return {};
    bytes_ += file_->size();
    Status finished = file_->Finish();
    file_.reset();
    return finished;
  }

  StagedFolder& folder_;
  std::unique_ptr<StagedFile> file_;
  std::uint64_t bytes_ = 0;
};

// A server that stands alone keeps one replica, and would not load a stream that asks for more.
Status MakeSingle(Manifest& manifest, std::vector<std::string>& warnings) {
  JETKEEP_ASSIGN(const StreamConfigFacts facts, ReadStreamConfig(manifest.config_json));
  if (facts.replicas > 1) {
    JETKEEP_ASSIGN(manifest.config_json, WithoutMember(manifest.config_json, kReplicas));
    warnings.push_back("the stream had " + std::to_string(facts.replicas) +
                       " replicas: a server that stands alone keeps one");
  }
  for (ConsumerBackup& consumer : manifest.consumers) {
    if (ReadConsumerConfig(consumer.config_json).replicas <= 1) continue;
    JETKEEP_ASSIGN(consumer.config_json, WithoutMember(consumer.config_json, kReplicas));
  }
  return {};
}

Result<RestorePlan> PlanFor(const Manifest& manifest, const StoppedStore& store,
                            const StoreExportSpec& spec, const WallClock& clock) {
  RestoreTarget target = SameStream(manifest);
  target.drop_unknown = spec.drop_unknown;
  target.skip_refused_consumers = spec.skip_refused_consumers;
  ServerFacts facts;
  facts.stopped = true;
  facts.identity.version = spec.server_version;
  facts.streams = store.streams();
  facts.now_ns = clock.Now();
  JETKEEP_ASSIGN(RestorePlan plan, PlanRestore(manifest, target, facts));
  if (!plan.refusals.empty()) return Fail(RefusalOf(plan));
  return plan;
}

ArchiveContents ContentsOf(const RestorePlan& plan, const Manifest& manifest) {
  ArchiveContents contents;
  contents.stream_name = plan.target.stream;
  contents.config_json = plan.target.config_json;
  contents.created = manifest.stream_created;
  contents.state = plan.expected;
  contents.consumers = plan.consumers.archived;
  contents.state.consumer_count = contents.consumers.size();
  return contents;
}

void Append(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

Result<StoreExport> StoreExporter::Stage(const std::string& backup_id, const std::string& stream) {
  JETKEEP_ASSIGN(Manifest manifest, repository_.Load(backup_id, stream));
  JETKEEP_TRY(CheckHasMessages(manifest));
  StoreExport exported;
  exported.backup = manifest.Summary();
  exported.account = store_.account();
  exported.path = store_.PathOf(manifest.stream);
  exported.warnings = store_.warnings();
  // The segments are opened by what was stored, so the edits come after that.
  JETKEEP_ASSIGN(const auto reader, repository_.OpenReader(manifest));
  JETKEEP_TRY(MakeSingle(manifest, exported.warnings));
  JETKEEP_ASSIGN(const RestorePlan plan, PlanFor(manifest, store_, spec_, clock_));
  Append(exported.warnings, plan.warnings);
  Append(exported.warnings, plan.consumers.warnings);
  exported.left_out = plan.left_out;
  exported.unchecked = plan.unchecked;
  for (const ConsumerBackup& consumer : plan.consumers.created) {
    exported.left_out.push_back("consumer " + consumer.name +
                                " is in memory, and a server that is stopped has no memory");
  }

  JETKEEP_TRY(store_.Prepare());
  JETKEEP_ASSIGN(auto staged, StagedFolder::Begin(exported.path, store_.access()));
  FolderFiles files(*staged);
  ScratchSpill spill(spec_.scratch_directory);
  V1ArchiveWriter archive(files, plan.form.gaps, plan.form.index, &spill);
  CancellableRecords records(*reader, cancel_);
  EncodedSoFar so_far;
  JETKEEP_TRY(EncodeRecords(records, ContentsOf(plan, manifest), archive, so_far));
  exported.bytes = files.bytes();
  store_.Added(plan.target.stream, plan.config);
  staged_.push_back({plan.target.stream, std::move(staged)});
  return exported;
}

// Each has two files open.
bool StoreExporter::full() const {
  constexpr std::size_t kMost = 100;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return true;
  return staged_.size() >= std::min<std::size_t>(kMost, files.rlim_cur / 8 + 1);
}

std::vector<Status> StoreExporter::Publish() {
  const std::vector<Staged> staged = std::exchange(staged_, {});
  if (staged.empty()) return {};
  // A check that failed says nothing about the next one, so it counts for all of these.
  const Status unused = store_.CheckUnused();
  if (unused) staged.front().folder->SyncAll();
  std::vector<Status> outcomes;
  for (const Staged& one : staged) {
    outcomes.push_back(unused ? one.folder->Appear() : unused);
    if (!outcomes.back()) store_.NotAdded(one.stream);
  }
  const Status durable = staged.front().folder->SyncAbove();
  for (Status& outcome : outcomes) {
    if (outcome && !durable) outcome = durable;
  }
  return outcomes;
}

}  // namespace jetkeep
