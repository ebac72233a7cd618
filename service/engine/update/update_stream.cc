#include "service/engine/update/update_stream.h"

#include <chrono>
#include <utility>
#include <vector>

#include "service/engine/restore/server_facts.h"
#include "service/engine/update/config_update.h"

namespace jetkeep {
namespace {

Result<std::optional<ConfigUpdate>> PlanIfThere(const RestoreTools& tools, const Manifest& manifest,
                                                const RestoreTarget& target,
                                                const RestoreSpec& spec,
                                                const CancelToken& cancel) {
  const Result<StreamInfo> there = tools.server.GetStream(target.stream);
  if (!there && there.error().code == Errc::kStreamNotFound) {
    if (manifest.condition == BackupCondition::kConfigOnly) return std::optional<ConfigUpdate>();
    return Fail(NothingToUpdate(target.stream));
  }
  if (!there) return Fail(there.error());
  JETKEEP_ASSIGN(ServerFacts facts,
                 GatherServerFacts(tools.server, target.config_json, *tools.options.clock, cancel));
  JETKEEP_ASSIGN(
      ConfigUpdate update,
      PlanConfigUpdate(tools.server, manifest, target, std::move(facts),
                       {spec.update_config, spec.allow_removal, !spec.part.consumers.has_value()}));
  for (Error& missing : MissingUpdateGrants(tools.server, update)) {
    update.refusals.push_back(std::move(missing));
  }
  return std::optional<ConfigUpdate>(std::move(update));
}

std::vector<std::string> WarningsOf(ConfigUpdate& update) {
  std::vector<std::string> warnings = std::move(update.left_out);
  for (auto* more : {&update.warnings, &update.servers_choice}) {
    for (std::string& warning : *more) warnings.push_back(std::move(warning));
  }
  return warnings;
}

}  // namespace

bool RestoresConfigOnly(const Manifest& manifest, const RestoreSpec& spec) {
  // With changes it makes another stream than the backup's; what is there is not that one.
  return spec.update_config ||
         (manifest.condition == BackupCondition::kConfigOnly && spec.changes.none());
}

Error NothingToUpdate(const std::string& stream) {
  return {Errc::kStreamNotFound, "there is no stream " + stream + " whose configuration to update",
          "Nothing was changed. Restored without --update-config (field update_config) the stream "
          "comes back with its messages; a backup of the configuration alone creates it without.",
          0};
}

Result<std::optional<RestoreReport>> UpdateStream(const RestoreTools& tools,
                                                  const Manifest& manifest,
                                                  const RestoreTarget& target,
                                                  const RestoreSpec& spec, JobObserver& observer,
                                                  const CancelToken& cancel) {
  const auto begin = std::chrono::steady_clock::now();
  RestoreReport report;
  if (tools.recovery != nullptr) {
    JETKEEP_ASSIGN(std::string waited, tools.recovery->Await({target.stream}, cancel));
    if (!waited.empty()) report.warnings.push_back(std::move(waited));
  }
  JETKEEP_ASSIGN(std::optional<ConfigUpdate> update,
                 PlanIfThere(tools, manifest, target, spec, cancel));
  if (!update) return std::optional<RestoreReport>();
  observer.OnStarted(manifest.id, target.stream);
  if (!update->refusals.empty()) return Fail(RefusalOf(*update));
  JETKEEP_TRY(ApplyConfigUpdate(tools.server, *update, cancel));
  report.backup = manifest.Summary();
  report.stream = target.stream;
  report.updated = true;
  report.consumers = update->changed.size() + update->absent.size();
  report.changes = std::move(update->changes);
  for (std::string& warning : WarningsOf(*update)) report.warnings.push_back(std::move(warning));
  report.duration_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return std::optional<RestoreReport>(std::move(report));
}

Result<std::optional<RestorePreview>> PreviewUpdate(const RestoreTools& tools,
                                                    const Manifest& manifest,
                                                    const RestoreTarget& target,
                                                    const RestoreSpec& spec,
                                                    const CancelToken& cancel) {
  JETKEEP_ASSIGN(std::optional<ConfigUpdate> update,
                 PlanIfThere(tools, manifest, target, spec, cancel));
  if (!update) return std::optional<RestorePreview>();
  RestorePreview preview;
  preview.backup = manifest.Summary();
  preview.stream = target.stream;
  preview.updates = true;
  preview.config_json = update->wanted.config_json;
  preview.consumers_created = update->absent;
  preview.changes = std::move(update->changes);
  preview.left_out = std::move(update->left_out);
  preview.warnings = std::move(update->warnings);
  preview.refusals = std::move(update->refusals);
  return std::optional<RestorePreview>(std::move(preview));
}

}  // namespace jetkeep
