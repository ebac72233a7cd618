// stats: what the messages of a backup come to, without restoring it.
#include "protocol/control/requests.h"
#include "protocol/control/stats_document.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/render/stats_text.h"
#include "service/cli/selection_flags.h"
#include "service/cli/several_repositories.h"
#include "service/engine/read/backup_stats.h"
#include "service/setup/opened_repository.h"

namespace jetkeep {
namespace {

class StatsVerb : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument("ID", backup_,
                           "its id or the beginning, or a stream for its newest backup, or latest");
    selection_.Declare(flags);
    flags.Option("--by", by_, "WORD", "what makes a subject large: bytes (default) or messages");
    flags.Option("--top", top_, "COUNT", "list so many subjects, the largest first (default: 20)");
    DeclareDirectReading(flags);
  }
  Status Check(const FlagValues&) const override {
    JETKEEP_TRY(CheckBackupWord(backup_, BackupWords::kIdsAndStreams));
    return Spec().map([](const StatsSpec&) {});
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const Document stats, Read(context));
    if (context.console.json()) {
      context.console.PrintJson(stats);
    } else {
      context.console.Print(RenderStats(stats));
    }
    return kExitOk;
  }

 private:
  Result<StatsSpec> Spec() const {
    StatsSpec spec;
    JETKEEP_ASSIGN(spec.selection, selection_.Read());
    if (by_ == NameOf(StatsBy::kMessages)) {
      spec.by = StatsBy::kMessages;
    } else if (!by_.empty() && by_ != NameOf(StatsBy::kBytes)) {
      return Fail(Errc::kUsage, "--by \"" + by_ + "\" is neither bytes nor messages");
    }
    if (top_.empty()) return spec;
    JETKEEP_ASSIGN(spec.top, ReadNumber("--top", top_));
    if (spec.top <= kMaxStatsTop) return spec;
    return Fail(Errc::kUsage, "--top is at most " + std::to_string(kMaxStatsTop));
  }

  Result<Document> Read(const Context& context) const {
    JETKEEP_ASSIGN(StatsSpec spec, Spec());
    if (ReadsRepository(context.given)) {
      JETKEEP_ASSIGN(spec.backup, BackupIdFromRepository(context, backup_));
      JETKEEP_ASSIGN(const auto opened, OpenForReading(context.config()));
      JETKEEP_ASSIGN(const BackupStats stats,
                     CountMessages(*opened->repository, spec, CancelToken()));
      return ToDocument(stats, std::max(stats.subjects.size(), stats.periods.size()));
    }
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    AskForRepositories(*client, context.console);
    JETKEEP_ASSIGN(spec.backup, BackupIdFromService(*client, backup_, BackupWords::kIdsAndStreams));
    Result<Document> answer = client->CallWatched(EndpointId::kStats, ToDocument(spec));
    WarnOfSeveralRepositories(*client, context.console);
    return answer;
  }

  std::string backup_;
  SelectionFlags selection_;
  std::string by_;
  std::string top_;
};

}  // namespace

std::unique_ptr<Verb> MakeStats() { return std::make_unique<StatsVerb>(); }

}  // namespace jetkeep
