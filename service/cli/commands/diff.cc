// diff: how two backups differ, or a backup and the living stream.
#include <algorithm>

#include "protocol/base/names.h"
#include "protocol/control/diff_document.h"
#include "protocol/control/requests.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/render/diff_text.h"
#include "service/cli/render/fields.h"
#include "service/cli/selection_flags.h"
#include "service/cli/several_repositories.h"
#include "service/engine/diff/compare_backup.h"
#include "service/setup/opened_repository.h"

namespace jetkeep {
namespace {

class DiffVerb : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument("A", a_,
                           "a backup: its id or the beginning, or a stream for its newest one, or "
                           "latest");
    flags.Argument("B", b_,
                   "another backup; with --live: the living stream (default: the stream of A)");
    flags.Flag("--live", live_, "compare with the living stream");
    flags.Option("--limit", limit_, "COUNT",
                 "list no more differing messages than this; all are counted (default: 100)");
    DeclareDirectReading(flags);
  }
  Status Check(const FlagValues& given) const override {
    JETKEEP_TRY(CheckBackupWord(a_, BackupWords::kIdsAndStreams));
    JETKEEP_TRY(Limit().map([](std::uint64_t) {}));
    if (live_) {
      if (ReadsRepository(given)) {
        return Fail(Errc::kUsage, "--live is given together with --repository",
                    "The service reads the living stream; without --live two backups are compared "
                    "by reading a repository.");
      }
      return b_.empty() ? Status() : CheckStreamName(b_);
    }
    if (b_.empty()) {
      return Fail(Errc::kUsage, "there is nothing to compare " + a_ + " with",
                  "Name another backup, or give --live.");
    }
    return CheckBackupWord(b_, BackupWords::kIdsAndStreams);
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const Document answer, Read(context));
    if (context.console.json()) {
      context.console.PrintJson(answer);
    } else {
      context.console.Print(RenderDiff(answer));
    }
    if (CountOf(answer, "total") > 0) return TraitsOf(Errc::kDrift).exit_code;
    return CountOf(answer, "unknown") == 0 ? kExitOk : kExitPartly;
  }

 private:
  Result<std::uint64_t> Limit() const {
    if (limit_.empty()) return DiffSpec().limit;
    JETKEEP_ASSIGN(const std::uint64_t limit, ReadNumber("--limit", limit_));
    if (limit <= kMaxDiffLimit) return limit;
    return Fail(Errc::kUsage, "--limit is at most " + std::to_string(kMaxDiffLimit));
  }

  Result<Document> Read(const Context& context) const {
    DiffSpec spec;
    JETKEEP_ASSIGN(spec.limit, Limit());
    if (ReadsRepository(context.given)) {
      JETKEEP_ASSIGN(spec.a, BackupIdFromRepository(context, a_));
      JETKEEP_ASSIGN(spec.b, BackupIdFromRepository(context, b_));
      JETKEEP_ASSIGN(const auto opened, OpenForReading(context.config()));
      JETKEEP_ASSIGN(const DiffReport report,
                     CompareBackups(*opened->repository, spec, CancelToken()));
      return ToDocument(report, std::max({report.messages.size(), report.configs.size(),
                                          report.positions.size()}));
    }
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    AskForRepositories(*client, context.console);
    JETKEEP_ASSIGN(spec.a, BackupIdFromService(*client, a_, BackupWords::kIdsAndStreams));
    if (live_) {
      spec.live_stream = b_;
    } else {
      JETKEEP_ASSIGN(spec.b, BackupIdFromService(*client, b_, BackupWords::kIdsAndStreams));
    }
    Result<Document> answer = client->CallWatched(EndpointId::kDiff, ToDocument(spec));
    WarnOfSeveralRepositories(*client, context.console);
    return answer;
  }

  std::string a_;
  std::string b_;
  bool live_ = false;
  std::string limit_;
};

}  // namespace

std::unique_ptr<Verb> MakeDiff() { return std::make_unique<DiffVerb>(); }

}  // namespace jetkeep
