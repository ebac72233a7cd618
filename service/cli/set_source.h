// Where the verbs have sets from: the service, or a directory; and which one a person means.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "protocol/control/document.h"
#include "service/cli/command.h"
#include "service/cli/control_client.h"

namespace jetkeep {

// Whether the word is the id of a set or the beginning of one: "set-" and a digit. A stream of such
// a name is named by --stream, or by the id of its backup.
bool MeansSet(std::string_view word);
// What is wrong with the word alone.
Status CheckSetWord(std::string_view word);

// The id of the one set of the list (as backup.sets gives it, newest first) that the word means.
// kSetNotFound if there is none, kUsage if there are several.
Result<std::string> ChooseSetId(const Document& sets, std::string_view word);

// All sets, as backup.sets gives them, without pages.
Result<Document> SetsFromService(ControlClient& client);
// The id that the word means; asks for the list only if it has to.
Result<std::string> SetIdFromService(ControlClient& client, const std::string& word);
Result<std::string> SetIdFromRepository(const Context& context, const std::string& word);
// The set in detail, with all of its streams.
Result<Document> SetFromService(ControlClient& client, const std::string& set_id);

// Of --parallel; 0 if it is empty. kUsage.
Result<std::uint64_t> ReadParallel(const std::string& text);

}  // namespace jetkeep
