// The subject that a message of a backup gets when it is published again. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

struct SubjectChange {
  // Subjects that are `from`, or begin with its tokens, begin with `to` instead, and there must be
  // no others; empty `from`: all subjects get `to` in front. Both empty: they stay.
  std::string from = {};
  std::string to = {};
  // Patterns that no new subject may match, besides the subjects of servers and clients.
  std::vector<std::string> reserved = {};
};

// kInvalidRequest: the subject does not begin with `from`; or the new one belongs to a server, to a
// client's inbox, or is reserved: there a message is a request or an answer, and it would be
// carried out with the rights of the service.
Result<std::string> NewSubject(std::uint64_t sequence, std::string_view subject,
                               const SubjectChange& change);

// The one that became it; none: no subject becomes this one.
std::optional<std::string> OldSubject(std::string_view subject, const SubjectChange& change);

}  // namespace jetkeep
