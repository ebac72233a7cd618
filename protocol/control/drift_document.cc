#include "protocol/control/drift_document.h"

#include <algorithm>
#include <utility>
namespace jetkeep {
namespace {

// Text that is no JSON is shown as it is rather than lost.
Document ValueOf(const std::string& json) {
  Document value = Document::parse(json, nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? Document(json) : value;
}

}  // namespace

std::string_view NameOf(DriftKind kind) {
  switch (kind) {
    case DriftKind::kStreamMissing:
      return "stream_missing";
    case DriftKind::kStreamExtra:
      return "stream_extra";
    case DriftKind::kConsumerMissing:
      return "consumer_missing";
    case DriftKind::kConsumerExtra:
      return "consumer_extra";
    case DriftKind::kFieldDiffers:
      break;
  }
  return "field_differs";
}

Document ToDocument(const Drift& drift) {
  Document document = {{"kind", NameOf(drift.kind)}, {"stream", drift.stream}};
  if (!drift.consumer.empty()) document["consumer"] = drift.consumer;
  if (drift.kind != DriftKind::kFieldDiffers) return document;
  if (!drift.field.empty()) document["field"] = drift.field;
  if (!drift.kept_json.empty()) document["kept"] = ValueOf(drift.kept_json);
  if (!drift.found_json.empty()) document["found"] = ValueOf(drift.found_json);
  return document;
}

Document ToDocument(const DriftReport& report, const std::string& account, std::size_t most) {
  Document document = {{"account", account}};
  if (!report.backup.empty()) document["backup"] = report.backup;
  if (!report.set.empty()) document["set"] = report.set;
  document["streams"] = report.streams;
  document["consumers"] = report.consumers;
  const std::uint64_t total = report.differences.size() + report.more;
  document["total"] = total;
  Document differences = Document::array();
  for (std::size_t i = 0; i < std::min(most, report.differences.size()); ++i) {
    differences.push_back(ToDocument(report.differences[i]));
  }
  Document unknown = Document::array();
  for (std::size_t i = 0; i < std::min(most, report.unknown.size()); ++i) {
    unknown.push_back({{"stream", report.unknown[i].stream}, {"reason", report.unknown[i].reason}});
  }
  if (differences.size() < total) {
    document["truncated"]["differences"] = total - differences.size();
  }
  if (unknown.size() < report.unknown.size()) {
    document["truncated"]["unknown"] = report.unknown.size() - unknown.size();
  }
  document["differences"] = std::move(differences);
  document["unknown"] = std::move(unknown);
  return document;
}

void PutChanges(Document& document, const ConfigChanges& changes, std::size_t most) {
  const std::uint64_t total = changes.differences.size() + changes.more;
  if (total > 0) {
    Document differences = Document::array();
    for (std::size_t i = 0; i < std::min(most, changes.differences.size()); ++i) {
      differences.push_back(ToDocument(changes.differences[i]));
    }
    if (differences.size() < total) {
      document["truncated"]["differences"] = total - differences.size();
    }
    document["differences"] = std::move(differences);
  }
  if (changes.removals.empty()) return;
  Document removals = Document::array();
  for (std::size_t i = 0; i < std::min(most, changes.removals.size()); ++i) {
    const ConfigChanges::Removal& removal = changes.removals[i];
    removals.push_back({{"stream", removal.stream},
                        {"why", removal.why},
                        {"at_least", removal.at_least},
                        {"at_most", removal.at_most}});
  }
  if (removals.size() < changes.removals.size()) {
    document["truncated"]["removals"] = changes.removals.size() - removals.size();
  }
  document["removals"] = std::move(removals);
}

}  // namespace jetkeep
