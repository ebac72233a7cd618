// prune: removes the backups and sets that no rule keeps, after showing them.
#include <array>
#include <chrono>
#include <utility>

#include "protocol/base/stream_pattern.h"
#include "protocol/control/prune_document.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"
#include "service/cli/render/prune_text.h"
#include "service/cli/several_repositories.h"
#include "service/config/units.h"

namespace jetkeep {
namespace {

class Prune : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Arguments("STREAM", streams_,
                    "streams, or patterns of them: only their backups are judged, and no set "
                    "(default: everything of the account)");
    for (Rule& rule : rules_) flags.Option(rule.flag, rule.text, "N", rule.help);
    flags.Option("--keep-within", within_, "DURATION",
                 "keep all that are no older than this before the newest good one, as 30d or 12h");
    flags.Flag("-n,--dry-run", dry_run_, "show what would go and why, and remove nothing");
    flags.Flag("-y,--yes", yes_, "do not ask (needed where there is no terminal to ask on)");
  }
  Status Check(const FlagValues&) const override {
    for (const std::string& stream : streams_) JETKEEP_TRY(CheckStreamPattern(stream));
    return Spec().map([](const PruneSpec&) {});
  }
  Result<int> Run(Context& context) override {
    Console& console = context.console;
    if (!dry_run_ && !yes_ && !console.CanAsk()) {
      return Fail(Errc::kUsage, "prune asks for confirmation, and there is no terminal to ask on",
                  "Add --yes to prune without a question, or --dry-run to see what would go.");
    }
    JETKEEP_ASSIGN(PruneSpec spec, Spec());
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    AskForRepositories(*client, console);
    Result<int> code = PruneAt(*client, std::move(spec), console);
    client->NoteAnswerer(console);
    WarnOfSeveralRepositories(*client, console);
    return code;
  }

 private:
  struct Rule {
    const char* flag;
    std::uint64_t Retention::*count;
    const char* help;
    std::string text = {};
  };

  Result<PruneSpec> Spec() const {
    PruneSpec spec;
    spec.streams = streams_;
    spec.dry_run = dry_run_;
    for (const Rule& rule : rules_) {
      if (rule.text.empty()) continue;
      auto count = ParseWholeNumber(rule.text);
      if (!count) return Fail(std::move(count).error().Within(rule.flag));
      spec.keep.*rule.count = *count;
    }
    if (!within_.empty()) {
      const auto within = ParseDuration(within_);
      if (!within) return Fail(Error(within.error()).Within("--keep-within"));
      spec.keep.within_seconds =
          static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(*within).count());
    }
    if (spec.keep.empty()) {
      return Fail(Errc::kUsage, "no rule says what stays",
                  "Give at least one of --keep-last, --keep-hourly, --keep-daily, --keep-weekly, "
                  "--keep-monthly, --keep-yearly and --keep-within, above 0.");
    }
    return spec;
  }

  static Result<Document> Ask(ControlClient& client, const PruneSpec& spec) {
    return client.CallWatched(EndpointId::kPrune, ToDocument(spec));
  }

  Result<int> PruneAt(ControlClient& client, PruneSpec spec, Console& console) const {
    if (!dry_run_ && !yes_) {
      spec.dry_run = true;
      JETKEEP_ASSIGN(const Document plan, Ask(client, spec));
      const std::uint64_t going = CountOf(plan, "removed");
      if (going > 0) {
        console.Print(RenderPrune(plan));
        if (!console.Confirm("Remove " + HumanCount(going) + " of these?")) {
          console.PrintLine("nothing was removed");
          return kExitFailed;
        }
      }
      spec.dry_run = false;
    }
    JETKEEP_ASSIGN(const Document answer, Ask(client, spec));
    if (console.json()) {
      console.PrintJson(answer);
    } else {
      console.Print(RenderPrune(answer));
    }
    for (const Document& warning : MemberOf(answer, "warnings")) {
      if (warning.is_string()) console.Warn(Printable(warning.get<std::string>()));
    }
    return CountOf(answer, "failed") == 0 ? kExitOk : kExitPartly;
  }

  std::vector<std::string> streams_;
  std::array<Rule, 6> rules_{
      {{"--keep-last", &Retention::last, "keep the N newest good backups of each stream"},
       {"--keep-hourly", &Retention::hourly,
        "keep the newest of each of the N newest hours that have one"},
       {"--keep-daily", &Retention::daily, "the same with days (UTC)"},
       {"--keep-weekly", &Retention::weekly, "the same with weeks, which begin on Monday"},
       {"--keep-monthly", &Retention::monthly, "the same with months"},
       {"--keep-yearly", &Retention::yearly, "the same with years"}}};
  std::string within_;
  bool dry_run_ = false;
  bool yes_ = false;
};

}  // namespace

std::unique_ptr<Verb> MakePrune() { return std::make_unique<Prune>(); }

}  // namespace jetkeep
