// list, show and delete.
#include <algorithm>
#include <utility>

#include "protocol/control/requests.h"
#include "service/cli/control_client.h"
#include "service/cli/exit_code.h"
#include "service/cli/local_repository.h"
#include "service/cli/render/backup_text.h"
#include "service/cli/render/fields.h"
#include "service/cli/verbs.h"

namespace jetkeep {
namespace {

// All pages. A backup that appears while we read moves the others: none is shown twice.
Result<Document> ListFromService(const Config& config, const std::string& stream) {
  JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client, ControlClient::Connect(config));
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
    JETKEEP_ASSIGN(const Document page, client->Call(EndpointId::kList, ToDocument(request)));
    total = CountOf(page, "total");
    warnings = MemberOf(page, "warnings");
    incomplete = incomplete || MemberOf(page, "incomplete") == Document(true);
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

}  // namespace

Result<int> ListBackups(const Invocation& invocation, const Config& config, Console& console) {
  JETKEEP_ASSIGN(const Document list, invocation.reads_repository()
                                          ? ListFromRepository(config, invocation.stream)
                                          : ListFromService(config, invocation.stream));
  // What is shown is true, but there may be more.
  const bool incomplete = MemberOf(list, "incomplete") == Document(true);
  if (console.json()) {
    console.PrintJson(list);
  } else {
    const Document& backups = MemberOf(list, "backups");
    // "no backups" would be said of what nobody could look at.
    if (!incomplete || !backups.empty()) console.Print(RenderBackups(backups));
    for (const Document& warning : MemberOf(list, "warnings")) {
      if (warning.is_string()) console.Warn(warning.get<std::string>());
    }
  }
  return incomplete ? TraitsOf(Errc::kStorageError).exit_code : kExitOk;
}

Result<int> ShowBackup(const Invocation& invocation, const Config& config, Console& console) {
  Document backup;
  if (invocation.reads_repository()) {
    JETKEEP_ASSIGN(backup, ShowFromRepository(config, invocation.backup));
  } else {
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client, ControlClient::Connect(config));
    JETKEEP_ASSIGN(backup,
                   client->Call(EndpointId::kShow, Document{{"backup", invocation.backup}}));
  }
  if (console.json()) {
    console.PrintJson(backup);
  } else {
    console.Print(RenderBackup(backup));
  }
  return kExitOk;
}

Result<int> DeleteBackup(const Invocation& invocation, const Config& config, Console& console) {
  JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client, ControlClient::Connect(config));
  JETKEEP_ASSIGN(const Document answer,
                 client->Call(EndpointId::kDelete,
                              ToDocument(DeleteRequest{invocation.backup, invocation.last})));
  if (console.json()) {
    console.PrintJson(answer);
  } else {
    console.PrintLine("deleted backup " + invocation.backup);
  }
  return kExitOk;
}

}  // namespace jetkeep
