// list: backups, newest first.
#include "protocol/base/names.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/local_repository.h"
#include "service/cli/render/backup_text.h"
#include "service/cli/render/fields.h"
#include "service/cli/several_repositories.h"

namespace jetkeep {
namespace {

class List : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Argument("STREAM", stream_, "backups of this stream (default: of all)");
    DeclareDirectReading(flags);
  }
  Status Check(const FlagValues&) const override {
    return stream_.empty() ? Status() : CheckStreamName(stream_);
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const Document list, Read(context));
    Console& console = context.console;
    // What is shown is true, but there may be more.
    const bool incomplete = FlagOf(list, "incomplete");
    if (console.json()) {
      console.PrintJson(list);
    } else {
      const Document& backups = MemberOf(list, "backups");
      // "no backups" would be a claim about a repository that could not be read.
      if (!incomplete || !backups.empty()) console.Print(RenderBackups(backups));
      for (const Document& warning : MemberOf(list, "warnings")) {
        if (warning.is_string()) console.Warn(warning.get<std::string>());
      }
    }
    return incomplete ? TraitsOf(Errc::kStorageError).exit_code : kExitOk;
  }

 private:
  Result<Document> Read(const Context& context) const {
    if (ReadsRepository(context.given)) return ListFromRepository(context.config(), stream_);
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.instance));
    Result<Document> list = ListFromService(*client, stream_);
    client->NoteAnswerer(context.console);
    WarnOfSeveralRepositories(*client, context.console);
    if (list && !client->answerer().repository.empty()) {
      (*list)["instance"] = client->answerer().instance;
      (*list)["repository"] = client->answerer().repository;
    }
    return list;
  }

  std::string stream_;
};

}  // namespace

std::unique_ptr<Verb> MakeList() { return std::make_unique<List>(); }

}  // namespace jetkeep
