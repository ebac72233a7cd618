#include "service/cli/backup_source.h"

#include <utility>

#include "protocol/control/requests.h"
#include "service/cli/local_repository.h"
#include "service/cli/render/fields.h"

namespace jetkeep {

// All pages. A backup that appears while we read moves the others: none is shown twice.
Result<Document> ListFromService(ControlClient& client, const std::string& stream) {
  Document backups = Document::array();
  std::uint64_t total = 0;
  std::string last_id;
  Document warnings = Document::array();
  bool incomplete = false;
  do {
    ListRequest request;
    request.stream = stream;
    request.offset = backups.size();
    request.limit = kMaxListLimit;
    JETKEEP_ASSIGN(const Document page, client.Call(EndpointId::kList, ToDocument(request)));
    total = CountOf(page, "total");
    warnings = MemberOf(page, "warnings");
    incomplete = incomplete || FlagOf(page, "incomplete");
    const Document& list = MemberOf(page, "backups");
    if (!list.is_array() || list.empty()) break;
    for (const Document& backup : list) {
      if (!backups.empty() && TextOf(backup, "id") == last_id) continue;
      backups.push_back(backup);
      last_id = TextOf(backup, "id");
    }
  } while (backups.size() < total);
  Document list = {{"total", backups.size()},
                   {"backups", std::move(backups)},
                   {"warnings", std::move(warnings)}};
  if (incomplete) list["incomplete"] = true;
  return list;
}

Result<std::string> BackupIdFromService(ControlClient& client, const std::string& word,
                                        BackupWords words) {
  if (IsWholeBackupId(word)) return word;
  JETKEEP_ASSIGN(const Document list, ListFromService(client, OnlyStreamMeant(word, words)));
  JETKEEP_ASSIGN(const Document backup, ChooseBackup(list, word, words));
  return TextOf(backup, "id");
}

Result<std::string> BackupIdFromRepository(const Context& context, const std::string& word,
                                           BackupWords words) {
  if (IsWholeBackupId(word)) return word;
  JETKEEP_ASSIGN(const Document list,
                 ListFromRepository(context.config(), OnlyStreamMeant(word, words)));
  JETKEEP_ASSIGN(const Document backup, ChooseBackup(list, word, words));
  return TextOf(backup, "id");
}

std::string AccountGiven(const Context& context) {
  return context.given.settings.contains("repository.account") ? context.config().account().name
                                                               : std::string();
}

void DeclareDirectReading(Flags& flags) {
  const char* const title = "Without a service";
  flags.FlagOfSetting("repository.directory", title,
                      "read this directory, without service or server; no other source of this "
                      "setting counts here");
}

}  // namespace jetkeep
