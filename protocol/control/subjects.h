// The subjects of SUBJECTS.md, with a prefix or without.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "jetkeep/job.h"

namespace jetkeep {

// One request that Jetkeep takes.
struct EndpointName {
  std::string_view name;     // as `nats service` shows it, and of its schemas: "backup_request"
  std::string_view subject;  // without a prefix: "backup.request"
};
enum class EndpointId : std::uint8_t {
  kBackup,
  kRestore,
  kVerify,
  kList,
  kShow,
  kStatus,
  kCancel,
  kDelete,
};
inline constexpr std::array<EndpointName, 8> kEndpoints = {{
    {"backup_request", "backup.request"},
    {"restore_request", "restore.request"},
    {"backup_verify", "backup.verify"},
    {"backup_list", "backup.list"},
    {"backup_show", "backup.show"},
    {"backup_status", "backup.status"},
    {"backup_cancel", "backup.cancel"},
    {"backup_delete", "backup.delete"},
}};

// Jobs live in the instance that took them, so these requests go to all instances; any other goes
// to one of them.
inline bool GoesToEveryInstance(EndpointId endpoint) {
  return endpoint == EndpointId::kStatus || endpoint == EndpointId::kCancel;
}

// Empty, or subject tokens with dots between them, without wildcards and not starting with '$';
// else kConfigInvalid.
Status CheckPrefix(std::string_view prefix);

class Subjects {
 public:
  // REQUIRES: CheckPrefix(prefix).
  explicit Subjects(std::string_view prefix = {});

  std::string Request(EndpointId endpoint) const;
  // REQUIRES: stream and job are checked names.
  std::string Event(JobKind work, EventKind kind, std::string_view stream,
                    std::string_view job) const;
  // What a client subscribes to see all events of a job.
  std::string EventsOf(JobKind work, std::string_view stream, std::string_view job) const;

 private:
  std::string prefix_;  // empty, or with a dot at its end
};

}  // namespace jetkeep
