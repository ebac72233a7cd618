#include "protocol/control/set_document.h"

#include <algorithm>

#include "protocol/base/time.h"
#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"

namespace jetkeep {
namespace {

Document ToDocument(const SetMember& member, bool config_only) {
  Document document = {{"stream", member.stream}};
  if (!member.backup.empty()) {
    document["backup"] = member.backup;
    document["condition"] = member.damaged ? "damaged" : config_only ? "config_only" : "complete";
    document["cut_time"] = FormatTime(member.cut_time_ns);
    document["first_sequence"] = member.first_sequence;
    document["last_sequence"] = member.last_sequence;
    document["messages"] = member.messages;
    document["bytes"] = member.bytes;
    document["stored_bytes"] = member.stored_bytes;
  }
  if (member.error) document["error"] = jetkeep::ToDocument(*member.error);
  return document;
}

// A complete set of configurations alone must not pass for one of backups with messages.
const char* ConditionOf(const SetSummary& set) {
  if (set.condition == SetCondition::kPartial) return "partial";
  return set.config_only ? "config_only" : "complete";
}

}  // namespace

Document ToDocument(const SetSummary& set) {
  Document document = {{"id", set.id},
                       {"account", set.account},
                       {"condition", ConditionOf(set)},
                       {"started", FormatTime(set.started_ns)},
                       {"completed", FormatTime(set.completed_ns)},
                       {"streams", set.streams},
                       {"failed", set.failed},
                       {"messages", set.messages},
                       {"bytes", set.bytes},
                       {"stored_bytes", set.stored_bytes}};
  if (set.first_cut_ns != 0) {
    document["cuts"] = {{"first", FormatTime(set.first_cut_ns)},
                        {"last", FormatTime(set.last_cut_ns)},
                        {"skew_seconds", static_cast<double>(set.skew_ns()) / 1e9}};
  }
  document["metadata"] = Document::object();
  for (const auto& [key, value] : set.metadata) document["metadata"][key] = value;
  document["server"] = {{"version", set.server_version}, {"name", set.server_name}};
  document["pinned"] = set.pinned;
  if (set.config_only) document["config_only"] = true;
  return document;
}

Document ToDocument(const SetDetails& set, std::uint64_t offset, std::size_t most) {
  Document document = ToDocument(set.summary);
  document["selection"] = {{"streams", set.selection.streams},
                           {"exclude", set.selection.exclude},
                           {"order", set.selection.order}};
  if (!set.account_json.empty()) document["account_info"] = FromServerJson(set.account_json);
  if (!set.account_unknown.empty()) document["account_unknown"] = set.account_unknown;
  const std::size_t first = std::min<std::uint64_t>(offset, set.members.size());
  const std::size_t count = std::min(most, set.members.size() - first);
  Document members = Document::array();
  for (std::size_t i = first; i < first + count; ++i) {
    members.push_back(ToDocument(set.members[i], set.summary.config_only));
  }
  document["offset"] = offset;
  document["members"] = std::move(members);
  constexpr std::size_t kMostWarnings = 100;
  const std::size_t warnings = std::min(set.warnings.size(), kMostWarnings);
  document["warnings"] = std::vector<std::string>(
      set.warnings.begin(), set.warnings.begin() + static_cast<std::ptrdiff_t>(warnings));
  if (first + count < set.members.size()) {
    document["truncated"]["members"] = set.members.size() - first - count;
  }
  if (warnings < set.warnings.size()) {
    document["truncated"]["warnings"] = set.warnings.size() - warnings;
  }
  return document;
}

Document ToDocument(std::span<const MemberFailure> failures, std::size_t most) {
  Document list = Document::array();
  for (const MemberFailure& failure : failures.first(std::min(failures.size(), most))) {
    Document document = {{"stream", failure.stream}};
    if (!failure.backup.empty()) document["backup"] = failure.backup;
    document["error"] = jetkeep::ToDocument(failure.error);
    list.push_back(std::move(document));
  }
  return list;
}

Document SetResult(const BackupSetReport& report, std::size_t most_failures) {
  Document document = ToDocument(report.set);
  document["failures"] = ToDocument(report.failures, most_failures);
  return document;
}

Document SetResult(const RestoreSetReport& report, std::size_t most_failures) {
  return {{"id", report.set.id},
          {"streams", report.streams},
          {"failed", report.failed},
          {"messages", report.messages},
          {"bytes", report.bytes},
          {"updated", report.updated},
          {"failures", ToDocument(report.failures, most_failures)}};
}

Document ToDocument(const SetProgress& progress) {
  Document running = Document::array();
  for (const SetProgress::Running& one : progress.running) {
    running.push_back(
        {{"stream", one.stream},
         {"messages", {{"done", one.messages_done}, {"expected", one.messages_expected}}},
         {"bytes_done", one.bytes_done}});
  }
  return {{"done", progress.streams_done},
          {"failed", progress.streams_failed},
          {"expected", progress.streams_expected},
          {"running", std::move(running)}};
}

}  // namespace jetkeep
