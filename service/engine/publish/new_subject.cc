#include "service/engine/publish/new_subject.h"

#include <algorithm>
#include <array>

#include "protocol/subjects/match.h"

namespace jetkeep {
namespace {

// Those of JetStream, of clusters, of the system account and of services, and inboxes.
constexpr std::array<std::string_view, 6> kOfServers = {"$JS.",  "$JSC.", "$NRG.",
                                                        "$SYS.", "$SRV.", "_INBOX."};
// What servers say there of themselves is no request, and streams keep it.
constexpr std::string_view kAdvisories = "$JS.EVENT.";

// The rest of a subject that begins with these tokens: empty, or from a dot on.
std::optional<std::string_view> RestAfter(std::string_view subject, std::string_view tokens) {
  if (!subject.starts_with(tokens)) return {};
  subject.remove_prefix(tokens.size());
  if (!subject.empty() && subject.front() != '.') return {};
  return subject;
}

bool MayBePublished(std::string_view subject, const std::vector<std::string>& reserved) {
  const bool of_servers =
      !subject.starts_with(kAdvisories) &&
      std::any_of(kOfServers.begin(), kOfServers.end(),
                  [&](std::string_view front) { return subject.starts_with(front); });
  return !of_servers && std::none_of(reserved.begin(), reserved.end(), [&](const auto& pattern) {
    return SubjectIsSubset(subject, pattern);
  });
}

}  // namespace

Result<std::string> NewSubject(std::uint64_t sequence, std::string_view subject,
                               const SubjectChange& change) {
  std::string renamed;
  if (!change.from.empty()) {
    const auto rest = RestAfter(subject, change.from);
    if (!rest) {
      // As it is, it would land in the living system that the map was meant to spare.
      return Fail(Errc::kInvalidRequest,
                  "message " + std::to_string(sequence) + " has the subject " +
                      std::string(subject) + ", which does not begin with " + change.from,
                  "Choose subjects that do, or leave `from` out.");
    }
    renamed = change.to + std::string(*rest);
  } else {
    renamed = change.to.empty() ? std::string(subject) : change.to + "." + std::string(subject);
  }
  if (MayBePublished(renamed, change.reserved)) return renamed;
  return Fail(Errc::kInvalidRequest,
              "message " + std::to_string(sequence) + " would get the subject " + renamed +
                  ", on which servers, clients or Jetkeep take requests, answers or events",
              "Leave such subjects out, or map them onto others.");
}

std::optional<std::string> OldSubject(std::string_view subject, const SubjectChange& change) {
  if (change.to.empty()) return std::string(subject);
  const auto rest = RestAfter(subject, change.to);
  if (!rest) return {};
  if (!change.from.empty()) return change.from + std::string(*rest);
  if (rest->size() < 2) return {};
  return std::string(rest->substr(1));
}

}  // namespace jetkeep
