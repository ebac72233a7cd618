// The bodies of answers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jetkeep/backup.h"
#include "jetkeep/error.h"
#include "jetkeep/job.h"
#include "protocol/control/document.h"
#include "protocol/control/requests.h"
#include "protocol/control/subjects.h"

namespace jetkeep {

using Headers = std::vector<std::pair<std::string, std::string>>;

inline constexpr const char* kErrorHeader = "Nats-Service-Error";           // ADR-32
inline constexpr const char* kErrorCodeHeader = "Nats-Service-Error-Code";  // ADR-32

// Every answer says what it is, so that a client knows it from those of others.
inline constexpr const char* kTypeHeader = "Jetkeep-Type";
inline constexpr const char* kInstanceHeader = "Jetkeep-Instance";      // the service API's id
inline constexpr const char* kVersionHeader = "Jetkeep-Version";        // of the service
inline constexpr const char* kRepositoryHeader = "Jetkeep-Repository";  // the repository's id
inline constexpr const char* kAccountHeader = "Jetkeep-Account";        // the configured connection

inline constexpr std::string_view kErrorAnswerType = "io.jetkeep.api.v1.error";
// "io.jetkeep.api.v1.backup_list_response": the title of the answer's schema.
std::string AnswerType(EndpointId endpoint);
Headers AnswerHeaders(EndpointId endpoint);

// {"code", "err_code", "description", "hint"}: the object `error` of answers and events.
Document ToDocument(const Error& error);
// The error that such an object describes; kInternal if its err_code is not in errors.def.
Error ErrorFromDocument(const Document& error);

Document ErrorAnswer(const Error& error);
// With the type of an error. The description is cut to one line of printable ASCII: a header cannot
// hold more.
Headers ErrorHeaders(const Error& error);

// The short form, as a request for a job is answered. `subjects`: those of the service, which name
// the job's events.
Document JobAnswer(const JobStatus& job, const Subjects& subjects);
// The long form, as backup.status gives it.
Document StatusAnswer(const JobStatus& job, const Subjects& subjects);
// `total` counts all jobs that there are; `jobs` holds those that fit. `warnings`: what is wrong
// with the service's surroundings.
Document StatusListAnswer(std::span<const JobStatus> jobs, const Subjects& subjects,
                          std::uint64_t total, std::span<const std::string> warnings);

// `warnings`: of files that cannot be read; the first few of them.
Document ListAnswer(std::span<const BackupSummary> backups, std::uint64_t total,
                    std::uint64_t offset, std::uint64_t limit,
                    std::span<const std::string> warnings, bool incomplete = false);
Document SetsAnswer(std::span<const SetSummary> sets, std::uint64_t total, std::uint64_t offset,
                    std::uint64_t limit, std::span<const std::string> warnings);
Document DeleteAnswer(const std::string& backup, const std::string& account);
Document DeleteSetAnswer(const std::string& set, const std::string& account,
                         const DeletedSet& deleted);
Document PinAnswer(const PinRequest& request, bool pinned);

Document ToDocument(const ProgressFigures& progress);

}  // namespace jetkeep
