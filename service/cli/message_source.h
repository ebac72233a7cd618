// Where cat and get have the messages of a backup from: the service, or a directory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "jetkeep/error.h"
#include "jetkeep/message.h"
#include "protocol/control/document.h"
#include "service/cli/command.h"

namespace jetkeep {

// A message as message_document.h describes it. `word`: how the command line names the backup.
Result<Document> FindMessage(const Context& context, const std::string& word,
                             MessageReference reference);

// Calls `print` for each message that is selected, in order, until `limit` of them (0: all).
Status ForEachSelected(const Context& context, const std::string& word, MessageSelection selection,
                       std::uint64_t limit,
                       const std::function<Status(const Document& message)>& print);

}  // namespace jetkeep
