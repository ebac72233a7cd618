// Which job a person means: by its id, or the beginning of one id only.
#pragma once

#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "protocol/control/document.h"
#include "service/cli/control_client.h"

namespace jetkeep {

// Of the answers to backup.status, as one. Pure.
Document MergeStatus(const std::vector<Document>& answers);

// The one job of the list whose id begins so. kJobNotFound if there is none; kUsage if there are
// several, or may be because the list is cut. Pure.
Result<Document> ChooseJob(const Document& list, std::string_view word);

// Sends the request about the job: under the id as given, or, if no instance knows that, under the
// id that begins so. Of other accounts' jobs only where --account names one. The answer's member
// `job` is the whole id.
Result<Document> CallAboutJob(ControlClient& client, EndpointId endpoint, const std::string& word);

bool IsRunningOrQueued(const Document& job);

}  // namespace jetkeep
