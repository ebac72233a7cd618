// drift: how the account differs from a backup, a set, or configurations in files.
#include "protocol/control/body.h"
#include "protocol/control/requests.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/render/drift_text.h"
#include "service/cli/render/fields.h"
#include "service/cli/set_source.h"
#include "service/cli/several_repositories.h"
#include "service/engine/drift/config_folder.h"

namespace jetkeep {
namespace {

class DriftVerb : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Arguments("WORD", words_,
                    "first the ID: a backup (its id or the beginning, or a stream for its newest "
                    "one, or latest) or a set (with set- in front; default: the newest complete "
                    "set); then streams, or patterns of them (default: all)");
    flags.Option("--dir", folder_, "FOLDER",
                 "compare with the files of this folder, as config-export writes them");
  }
  Status Check(const FlagValues&) const override {
    JETKEEP_TRY(CheckPatterns(Streams()));
    if (!NamesId()) return {};
    return MeansSet(words_.front()) ? CheckSetWord(words_.front())
                                    : CheckBackupWord(words_.front(), BackupWords::kIdsAndConfigs);
  }
  Result<int> Run(Context& context) override {
    DriftRequest request;
    request.streams = Streams();
    if (!folder_.empty()) {
      JETKEEP_ASSIGN(request.configs, ReadConfigFolder(folder_, kMaxDriftRequestBytes));
    }
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    AskForRepositories(*client, context.console);
    if (NamesId() && MeansSet(words_.front())) {
      JETKEEP_ASSIGN(request.set, SetIdFromService(*client, words_.front()));
    } else if (NamesId()) {
      JETKEEP_ASSIGN(request.backup,
                     BackupIdFromService(*client, words_.front(), BackupWords::kIdsAndConfigs));
    } else if (folder_.empty()) {
      request.set = kLatestSet;
    }
    const Document body = ToDocument(request);
    JETKEEP_TRY(CheckSize(body));
    const Result<Document> answer = client->CallWatched(EndpointId::kDrift, body);
    client->NoteAnswerer(context.console);
    WarnOfSeveralRepositories(*client, context.console);
    if (!answer) return Fail(answer.error());
    return Show(*answer, context.console);
  }

 private:
  bool NamesId() const { return folder_.empty() && !words_.empty(); }
  std::vector<std::string> Streams() const {
    return {words_.begin() + (NamesId() ? 1 : 0), words_.end()};
  }

  static Status CheckSize(const Document& body) {
    const std::size_t bytes = EncodeBody(body, Encoding::kJson).size();
    if (bytes <= kMaxDriftRequestBytes) return {};
    return Fail(
        Errc::kRequestTooLarge,
        "the configurations of the folder make a request of " + std::to_string(bytes) +
            " bytes; at most " + std::to_string(kMaxDriftRequestBytes) + " are taken",
        "Compare the streams of the folder in parts, each in a folder of its own, and name its "
        "streams, or patterns of them, behind it: else the others count as "
        "streams that are in the account only.");
  }

  static Result<int> Show(const Document& answer, Console& console) {
    if (console.json()) {
      console.PrintJson(answer);
    } else {
      console.Print(RenderDrift(answer));
    }
    if (CountOf(answer, "total") > 0) return TraitsOf(Errc::kDrift).exit_code;
    return MemberOf(answer, "unknown").empty() ? kExitOk : kExitPartly;
  }

  std::vector<std::string> words_;
  std::string folder_;
};

}  // namespace

std::unique_ptr<Verb> MakeDrift() { return std::make_unique<DriftVerb>(); }

}  // namespace jetkeep
