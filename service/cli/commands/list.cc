// list: backups, newest first; of several repositories each for itself.
#include <algorithm>

#include "protocol/base/names.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/local_repository.h"
#include "service/cli/render/backup_text.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/set_text.h"
#include "service/cli/repositories.h"
#include "service/cli/set_source.h"
#include "service/cli/several_repositories.h"

namespace jetkeep {
namespace {

class List : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Argument("STREAM", stream_, "backups of this stream (default: of all)");
    flags.Flag("--sets", sets_, "list sets in place of backups");
    DeclareDirectReading(flags);
  }
  Status Check(const FlagValues&) const override {
    if (sets_ && !stream_.empty()) {
      return Fail(Errc::kUsage, "--sets lists the sets of all streams: name none");
    }
    return stream_.empty() ? Status() : CheckStreamName(stream_);
  }
  Result<int> Run(Context& context) override {
    if (sets_) return ListSets(context);
    if (ReadsRepository(context.given)) {
      JETKEEP_ASSIGN(const Document list, ListFromRepository(context.config(), stream_));
      return ShowOne(list, context.console);
    }
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    const std::vector<BackupPlace> places = PlacesFor(*client, context.addressee.account);
    if (places.size() > 1) {
      return ShowEach(ListEachPlace(*client, places, stream_), context.console);
    }
    // Any of the service's instances may take a request, also one for another account.
    const bool chosen = !context.addressee.account.empty() && places.size() == 1;
    if (chosen) client->AskOnly(places.front().instances.front());
    Result<Document> list = ListFromService(*client, stream_);
    client->NoteAnswerer(context.console);
    if (!list) return Fail(std::move(list).error());
    if (!client->answerer().repository.empty()) {
      (*list)["instance"] = client->answerer().instance;
      (*list)["repository"] = client->answerer().repository;
      (*list)["account"] = client->answerer().account;
    }
    const int code = ShowOne(*list, context.console);
    if (MemberOf(*list, "backups").empty() && stream_.empty() && !context.console.json() &&
        !client->answerer().account.empty()) {
      context.console.PrintLine("(of account " + client->answerer().account +
                                "; `jetkeep list --repository DIR` shows those of all accounts)");
    }
    return code;
  }

 private:
  static Result<int> ListSets(Context& context) {
    JETKEEP_ASSIGN(const Document list, ReadSets(context));
    Console& console = context.console;
    if (console.json()) {
      console.PrintJson(list);
      return kExitOk;
    }
    console.Print(RenderSets(MemberOf(list, "sets")));
    for (const Document& warning : MemberOf(list, "warnings")) {
      if (warning.is_string()) console.Warn(warning.get<std::string>());
    }
    return kExitOk;
  }

  static Result<Document> ReadSets(const Context& context) {
    if (ReadsRepository(context.given)) return SetsFromRepository(context.config());
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    Result<Document> list = SetsFromService(*client);
    client->NoteAnswerer(context.console);
    WarnOfSeveralRepositories(*client, context.console);
    return list;
  }

  static std::vector<BackupPlace> PlacesFor(ControlClient& client, const std::string& account) {
    if (client.asks_one_instance()) return {};
    std::vector<BackupPlace> places = PlacesOf(client.Discover());
    if (!account.empty()) {
      std::erase_if(places, [&](const BackupPlace& place) { return place.account != account; });
    }
    return places;
  }

  static void Show(const Document& list, Console& console) {
    const Document& backups = MemberOf(list, "backups");
    // "no backups" would be a claim about a repository that could not be read.
    if (!FlagOf(list, "incomplete") || !backups.empty()) console.Print(RenderBackups(backups));
    for (const Document& warning : MemberOf(list, "warnings")) {
      if (warning.is_string()) console.Warn(warning.get<std::string>());
    }
  }

  // What is shown is true, but there may be more.
  static int CodeOf(const Document& list) {
    return FlagOf(list, "incomplete") ? TraitsOf(Errc::kStorageError).exit_code : kExitOk;
  }

  static int ShowOne(const Document& list, Console& console) {
    if (console.json()) {
      console.PrintJson(list);
    } else {
      Show(list, console);
    }
    return CodeOf(list);
  }

  static Result<int> ShowEach(const std::vector<ListOfPlace>& lists, Console& console) {
    int code = kExitOk;
    if (console.json()) console.PrintJson(MergeLists(lists));
    for (const ListOfPlace& one : lists) {
      const int this_code = one.error ? ExitCodeOf(*one.error) : CodeOf(one.list);
      if (code == kExitOk) code = this_code;
      if (console.json()) continue;
      console.PrintLine(Describe(one.place) + ":");
      if (one.error) {
        console.PrintError(*one.error);
      } else {
        Show(one.list, console);
      }
      if (&one != &lists.back()) console.PrintLine("");
    }
    return code;
  }

  std::string stream_;
  bool sets_ = false;
};

}  // namespace

std::unique_ptr<Verb> MakeList() { return std::make_unique<List>(); }

}  // namespace jetkeep
