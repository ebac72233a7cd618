#include "service/cli/store_export.h"

#include <optional>
#include <set>
#include <utility>

#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"
#include "service/cli/backup_source.h"
#include "service/cli/exit_code.h"
#include "service/cli/render/human.h"
#include "service/engine/transfer/export_backup.h"
#include "service/engine/transfer/newest_backup.h"
#include "service/setup/opened_repository.h"

namespace jetkeep {
namespace {

struct Outcome {
  std::string stream;
  Result<StoreExport> result;
};

Document ToDocument(const Outcome& outcome) {
  Document document = {{"stream", outcome.stream}};
  if (!outcome.result) {
    document["error"] = ToDocument(outcome.result.error());
    return document;
  }
  const StoreExport& exported = *outcome.result;
  document["path"] = exported.path;
  document["store_account"] = exported.account;
  document["backup"] = ToDocument(exported.backup);
  document["bytes"] = exported.bytes;
  document["left_out"] = exported.left_out;
  document["warnings"] = exported.warnings;
  document["unchecked"] = exported.unchecked;
  return document;
}

void Print(const Outcome& outcome, Console& console) {
  const std::string name = Printable(outcome.stream);
  if (!outcome.result) {
    console.Warn("not exported: " + name + ": " + Printable(outcome.result.error().message));
    return;
  }
  const StoreExport& exported = *outcome.result;
  console.PrintLine(
      "exported " + name + " (backup " + exported.backup.id + ") to " + Printable(exported.path) +
      ": " + HumanPlural(exported.backup.messages, "message") + ", " + HumanSize(exported.bytes));
  for (const std::string& what : exported.left_out) {
    console.Warn("left out: " + name + ": " + Printable(what));
  }
  for (const std::string& warning : exported.warnings) {
    console.Warn(name + ": " + Printable(warning));
  }
}

// Of all streams once: it is the same for most.
void PrintUnchecked(const std::vector<Outcome>& outcomes, Console& console) {
  std::set<std::string> unchecked;
  for (const Outcome& outcome : outcomes) {
    if (outcome.result) {
      unchecked.insert(outcome.result->unchecked.begin(), outcome.result->unchecked.end());
    }
  }
  for (const std::string& what : unchecked) {
    console.PrintLine("not checked: " + Printable(what));
  }
}

// Of the outcomes that wait, in the order in which they were staged.
void Publish(StoreExporter& exporter, std::vector<std::size_t>& staged,
             std::vector<Outcome>& outcomes) {
  const std::vector<Status> published = exporter.Publish();
  for (std::size_t i = 0; i < published.size(); ++i) {
    if (!published[i]) outcomes[staged.at(i)].result = Fail(published[i].error());
  }
  staged.clear();
}

}  // namespace

Result<int> RunStoreExport(Context& context, StoreExportRequest request) {
  JETKEEP_ASSIGN(const auto opened, OpenForReading(context.config(), AccountGiven(context)));
  Repository& repository = *opened->repository;
  StoreExportSpec& spec = request.spec;
  spec.scratch_directory = context.config().scratch_dir;
  const WallClock& clock = SystemClock();
  const CancelToken cancel;
  std::vector<Outcome> outcomes;
  std::vector<std::size_t> staged;  // which of these wait
  if (!request.backup.empty()) {
    JETKEEP_ASSIGN(const std::string id, BackupIdFromRepository(context, request.backup));
    JETKEEP_ASSIGN(StoppedStore store, StoppedStore::Open(request.store));
    StoreExporter exporter(repository, store, spec, clock, cancel);
    auto exported = exporter.Stage(id, {});
    if (!exported) return Fail(std::move(exported).error());
    const std::string stream = exported->backup.stream;
    outcomes.push_back({stream, std::move(exported)});
    for (const Status& published : exporter.Publish()) JETKEEP_TRY(published);
  } else {
    JETKEEP_ASSIGN(const std::vector<std::string> streams,
                   StreamsToExport(repository, request.streams));
    JETKEEP_ASSIGN(StoppedStore store, StoppedStore::Open(request.store));
    StoreExporter exporter(repository, store, spec, clock, cancel);
    for (const std::string& stream : streams) {
      outcomes.push_back({stream, WithNewestBackup(repository, stream, [&](const std::string& id) {
                            return exporter.Stage(id, stream);
                          })});
      if (outcomes.back().result) staged.push_back(outcomes.size() - 1);
      if (exporter.full() || &stream == &streams.back()) Publish(exporter, staged, outcomes);
    }
  }
  std::vector<std::optional<Error>> errors;
  Document documents = Document::array();
  for (const Outcome& outcome : outcomes) {
    errors.push_back(outcome.result ? std::nullopt : std::optional(outcome.result.error()));
    if (context.console.json()) {
      documents.push_back(ToDocument(outcome));
    } else {
      Print(outcome, context.console);
    }
  }
  if (!context.console.json()) PrintUnchecked(outcomes, context.console);
  if (context.console.json()) {
    context.console.PrintJson(
        {{"store_dir", request.store.directory}, {"streams", std::move(documents)}});
  }
  return ExitCodeOf(errors);
}

}  // namespace jetkeep
