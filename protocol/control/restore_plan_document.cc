#include "protocol/control/restore_plan_document.h"

#include <vector>

#include "protocol/base/utf8.h"
#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"
#include "protocol/control/drift_document.h"
#include "protocol/control/lists.h"

namespace jetkeep {
namespace {

Document ConsumerDocument(const std::string& name, const char* by) {
  return {{"name", name}, {"by", by}};
}

}  // namespace

Document RestorePlanDocument(const RestorePreview& preview, const std::string& account,
                             std::size_t max_lines) {
  Document document = {{"dry_run", true},
                       {"possible", preview.refusals.empty()},
                       {"account", account},
                       {"stream", preview.stream},
                       {"backup", preview.backup.id},
                       {"archive", preview.v2_archive ? "v2" : "v1"},
                       {"config", FromServerJson(preview.config_json)},
                       {"state", ToDocument(preview.expected)}};
  std::vector<Document> consumers;
  for (const std::string& name : preview.consumers_sent) {
    consumers.push_back(ConsumerDocument(name, "archive"));
  }
  for (const std::string& name : preview.consumers_created) {
    consumers.push_back(ConsumerDocument(name, "request"));
  }
  PutList(document, "consumers", consumers, max_lines);
  PutLines(document, "left_out", preview.left_out, max_lines);
  PutLines(document, "warnings", preview.warnings, max_lines);
  PutLines(document, "unchecked", preview.unchecked, max_lines);
  std::vector<Document> refusals;
  for (const Error& refusal : preview.refusals) refusals.push_back(ToDocument(refusal));
  PutList(document, "refusals", refusals, max_lines);
  if (preview.updates) document["updates"] = true;
  PutChanges(document, preview.changes, max_lines);
  return document;
}

Document RestoreSetPlanDocument(const RestoreSetPreview& preview, const std::string& account,
                                std::size_t max_lines, bool keep_going) {
  const bool some = keep_going && preview.refused() < preview.streams.size();
  Document document = {{"dry_run", true},
                       {"possible", preview.refused() == 0 || some},
                       {"account", account},
                       {"set", preview.set.id},
                       {"total", preview.streams.size()},
                       {"refused", preview.refused()}};
  // Those that are refused come first: they must not be what a long list leaves out.
  std::vector<Document> refused;
  std::vector<Document> others;
  for (const RestoreSetPreview::Stream& stream : preview.streams) {
    Document one = {{"stream", stream.stream}};
    if (!stream.backup.empty()) one["backup"] = stream.backup;
    if (stream.updates) one["updates"] = true;
    if (stream.refusal) one["error"] = ToDocument(*stream.refusal);
    (stream.refusal ? refused : others).push_back(std::move(one));
  }
  refused.insert(refused.end(), others.begin(), others.end());
  PutList(document, "streams", refused, max_lines);
  PutLines(document, "warnings", preview.warnings, max_lines);
  PutLines(document, "unchecked", preview.unchecked, max_lines);
  PutChanges(document, preview.changes, max_lines);
  return document;
}

}  // namespace jetkeep
