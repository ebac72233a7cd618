// Reads a repository directory itself: no service, no server.
#pragma once

#include <string>

#include "jetkeep/engine.h"
#include "jetkeep/error.h"
#include "protocol/control/document.h"
#include "service/config/config.h"

namespace jetkeep {

// As the answers of backup.list and backup.show, without pages and cuts.
Result<Document> ListFromRepository(const Config& config, const std::string& stream);
Result<Document> ShowFromRepository(const Config& config, const std::string& backup);
// As the answers of backup.sets and backup.set.
Result<Document> SetsFromRepository(const Config& config);
Result<Document> SetFromRepository(const Config& config, const std::string& set);
// Reads every byte of the backups meant; progress goes to the observer.
Result<VerifyReport> VerifyRepository(const Config& config, const VerifySpec& spec,
                                      JobObserver& observer, const CancelToken& cancel);

}  // namespace jetkeep
