#include "protocol/control/prune_document.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/base/stream_pattern.h"
#include "protocol/base/time.h"
#include "protocol/control/answers.h"
#include "protocol/control/field_reader.h"
#include "protocol/control/lists.h"

namespace jetkeep {
namespace {

constexpr std::array<std::pair<const char*, std::uint64_t Retention::*>, 7> kRules{
    {{"last", &Retention::last},
     {"hourly", &Retention::hourly},
     {"daily", &Retention::daily},
     {"weekly", &Retention::weekly},
     {"monthly", &Retention::monthly},
     {"yearly", &Retention::yearly},
     {"within_seconds", &Retention::within_seconds}}};

Result<Retention> ParseRules(const Document& rules) {
  Retention keep;
  FieldReader fields(rules);
  for (const auto& [name, member] : kRules) fields.Read(name, keep.*member);
  if (Status read = fields.Finish(); !read) return Fail(std::move(read).error().Within("keep"));
  return keep;
}

const char* VerdictOf(const PruneDecision& decision, bool dry_run) {
  if (decision.stays) return "stays";
  if (decision.error) return "failed";
  return dry_run ? "would_go" : "removed";
}

Document ToDocument(const PruneDecision& decision, bool dry_run) {
  Document document = {{decision.stream.empty() ? "set" : "backup", decision.id}};
  if (!decision.stream.empty()) {
    document["stream"] = decision.stream;
    document["stored_bytes"] = decision.stored_bytes;
  }
  document["time"] = FormatTime(decision.time_ns);
  document["verdict"] = VerdictOf(decision, dry_run);
  document["reasons"] = decision.reasons;
  if (decision.error) document["error"] = ToDocument(*decision.error);
  return document;
}

}  // namespace

Result<PruneSpec> ParsePruneRequest(const Document& body) {
  PruneSpec spec;
  FieldReader fields(body);
  const Document* keep = nullptr;
  fields.Read("keep", keep);
  fields.Read("streams", spec.streams);
  fields.Read("dry_run", spec.dry_run);
  JETKEEP_TRY(fields.Finish());
  if (keep != nullptr) {
    JETKEEP_ASSIGN(spec.keep, ParseRules(*keep));
  }
  if (spec.keep.empty()) {
    return Fail(Errc::kInvalidRequest, "\"keep\" has no rule, so only the newest would stay",
                "Give at least one of last, hourly, daily, weekly, monthly, yearly and "
                "within_seconds, above 0.");
  }
  if (fields.Has("streams") && spec.streams.empty()) {
    return Fail(Errc::kInvalidRequest, "\"streams\" is empty",
                "Leave the field out to prune all streams and sets.");
  }
  for (const std::string& pattern : spec.streams) JETKEEP_TRY(CheckStreamPattern(pattern));
  return spec;
}

Document ToDocument(const PruneSpec& spec) {
  Document keep = Document::object();
  for (const auto& [name, member] : kRules) {
    if (spec.keep.*member != 0) keep[name] = spec.keep.*member;
  }
  Document document = {{"keep", std::move(keep)}};
  if (!spec.streams.empty()) document["streams"] = spec.streams;
  if (spec.dry_run) document["dry_run"] = true;
  return document;
}

Document PruneAnswer(const PruneReport& report, bool dry_run, const std::string& account,
                     std::size_t most) {
  std::vector<PruneDecision> sets;
  std::vector<PruneDecision> backups;
  for (const PruneDecision& decision : report.decisions) {
    (decision.stream.empty() ? sets : backups).push_back(decision);
  }
  Document document = {{"account", account},      {"dry_run", dry_run},
                       {"stays", report.stays},   {"removed", report.removed},
                       {"failed", report.failed}, {"removed_bytes", report.removed_bytes}};
  const auto put = [&](const char* field, std::vector<PruneDecision>& decisions) {
    if (decisions.size() > most) {
      std::stable_partition(decisions.begin(), decisions.end(),
                            [](const PruneDecision& decision) { return !decision.stays; });
    }
    PutList(document, field, decisions, most,
            [&](const PruneDecision& decision) { return ToDocument(decision, dry_run); });
  };
  put("sets", sets);
  put("backups", backups);
  PutLines(document, "warnings", report.warnings, most);
  return document;
}

}  // namespace jetkeep
