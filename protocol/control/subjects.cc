#include "protocol/control/subjects.h"

#include <utility>

namespace jetkeep {
namespace {

std::string Join(std::string_view prefix, std::string_view work, std::string_view kind,
                 std::string_view stream, std::string_view job) {
  std::string subject(prefix);
  subject.append(work).append(".").append(kind).append(".");
  subject.append(stream).append(".").append(job);
  return subject;
}

std::string Addressed(std::string_view prefix, std::string_view instance) {
  std::string subject(prefix);
  return subject.append("backup.instance.").append(instance).append(".");
}

}  // namespace

Status CheckPrefix(std::string_view prefix) {
  if (prefix.empty()) return {};
  const auto bad = [](std::string_view why) {
    return Fail(Errc::kConfigInvalid, "the subject prefix " + std::string(why),
                "Use tokens with dots between them, for example ops.jetkeep.");
  };
  if (prefix.size() > 128) return bad("is longer than 128 bytes");
  if (prefix.front() == '$') return bad("starts with $, which belongs to servers");
  if (prefix.front() == '.' || prefix.back() == '.' ||
      prefix.find("..") != std::string_view::npos) {
    return bad("has an empty token");
  }
  for (const char c : prefix) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '*' || c == '>') {
      return bad("holds white space, a control character or a wildcard");
    }
  }
  return {};
}

Subjects::Subjects(std::string_view prefix) : prefix_(prefix) {
  if (!prefix_.empty()) prefix_ += '.';
}

std::string Subjects::Request(EndpointId endpoint) const {
  return prefix_ + std::string(kEndpoints[static_cast<std::size_t>(endpoint)].subject);
}

std::string Subjects::RequestTo(std::string_view instance, EndpointId endpoint) const {
  std::string subject = Addressed(prefix_, instance);
  return subject.append(kEndpoints[static_cast<std::size_t>(endpoint)].subject);
}

std::string Subjects::AllRequestsTo(std::string_view instance) const {
  return Addressed(prefix_, instance) + ">";
}

std::optional<EndpointId> Subjects::EndpointOf(std::string_view instance,
                                               std::string_view subject) const {
  const std::string begin = Addressed(prefix_, instance);
  if (!subject.starts_with(begin)) return std::nullopt;
  subject.remove_prefix(begin.size());
  for (std::size_t i = 0; i < kEndpoints.size(); ++i) {
    if (kEndpoints[i].subject == subject) return static_cast<EndpointId>(i);
  }
  return std::nullopt;
}

std::string Subjects::Event(JobKind work, EventKind kind, std::string_view stream,
                            std::string_view job) const {
  return Join(prefix_, NameOf(work), NameOf(kind), stream, job);
}

std::vector<std::string> Subjects::All() const {
  std::vector<std::string> all{AllRequestsTo("*")};
  for (std::size_t i = 0; i < kEndpoints.size(); ++i) {
    all.push_back(Request(static_cast<EndpointId>(i)));
  }
  for (const JobKind work :
       {JobKind::kBackup, JobKind::kRestore, JobKind::kVerify, JobKind::kRepublish}) {
    for (const EventKind kind :
         {EventKind::kQueued, EventKind::kStarted, EventKind::kProgress, EventKind::kRetrying,
          EventKind::kCompleted, EventKind::kFailed, EventKind::kCancelled}) {
      all.push_back(Event(work, kind, "*", "*"));
    }
  }
  return all;
}

std::string Subjects::EventsOf(JobKind work, std::string_view stream, std::string_view job) const {
  return Join(prefix_, NameOf(work), "*", stream, job);
}

}  // namespace jetkeep
