// Where list, show and delete have backups from: the service, or a directory.
#pragma once

#include <string>

#include "jetkeep/error.h"
#include "protocol/control/document.h"
#include "service/cli/backup_choice.h"
#include "service/cli/command.h"
#include "service/cli/control_client.h"

namespace jetkeep {

// All backups, or those of a stream, as backup.list gives them, without pages.
Result<Document> ListFromService(ControlClient& client, const std::string& stream);

// The id that the word means; asks for the list only if it has to.
Result<std::string> BackupIdFromService(ControlClient& client, const std::string& word,
                                        BackupWords words);
Result<std::string> BackupIdFromRepository(const Context& context, const std::string& word,
                                           BackupWords words = BackupWords::kIdsAndStreams);

// The account that the command line names, for verbs that work on a repository themselves; empty:
// all accounts.
std::string AccountGiven(const Context& context);

// -r, --repository for verbs that can read a directory themselves.
void DeclareDirectReading(Flags& flags);

}  // namespace jetkeep
