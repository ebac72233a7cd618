#include "protocol/control/backup_document.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "protocol/base/time.h"
#include "protocol/control/body.h"
#include "protocol/control/lists.h"

namespace jetkeep {
namespace {

Document ToDocument(const SequencePair& pair) {
  return {{"consumer", pair.consumer}, {"stream", pair.stream}};
}

Document ToDocument(const ConsumerSummary& consumer) {
  return {{"name", consumer.name},
          {"origin", consumer.origin == ConsumerOrigin::kArchive ? "archive" : "server"},
          {"delivered", ToDocument(consumer.delivered)},
          {"ack_floor", ToDocument(consumer.ack_floor)},
          {"pending", consumer.pending},
          {"config", FromServerJson(consumer.config_json)}};
}

Document ToDocument(const SegmentSummary& segment) {
  return {{"name", segment.name},
          {"first_sequence", segment.first_sequence},
          {"last_sequence", segment.last_sequence},
          {"records", segment.records},
          {"raw_bytes", segment.raw_bytes},
          {"stored_bytes", segment.stored_bytes},
          {"digest", segment.digest}};
}

Document ToDocument(const SequenceRange& range) {
  return {{"first", range.first}, {"last", range.last}};
}

Document ToDocument(const std::string& text) { return text; }

// As the element's own ToDocument makes it.
constexpr auto kAsDocument = [](const auto& element) { return ToDocument(element); };

}  // namespace

Document FromServerJson(const std::string& json) {
  Result<Document> parsed = DecodeBody(json, kAnswerLimits);
  if (parsed && !json.empty()) return *std::move(parsed);
  return json;
}

Document ToDocument(const StreamState& state) {
  Document document = {{"messages", state.messages},
                       {"bytes", state.bytes},
                       {"first_sequence", state.first_sequence},
                       {"last_sequence", state.last_sequence},
                       {"num_deleted", state.num_deleted},
                       {"num_subjects", state.num_subjects},
                       {"consumers", state.consumer_count}};
  if (state.first_time_ns != 0) document["first_time"] = FormatTime(state.first_time_ns);
  if (state.last_time_ns != 0) document["last_time"] = FormatTime(state.last_time_ns);
  return document;
}

Document ToDocument(const BackupSummary& backup) {
  Document document = {
      {"id", backup.id},
      {"account", backup.account},
      {"stream", backup.stream},
      {"lineage", backup.lineage},
      {"kind", backup.kind},
      {"condition", NameOf(backup.condition)},
      {"started", FormatTime(backup.started_ns)},
      {"completed", FormatTime(backup.completed_ns)},
      {"messages", backup.messages},
      {"bytes", backup.bytes},
      {"first_sequence", backup.first_sequence},
      {"last_sequence", backup.last_sequence},
      {"num_deleted", backup.num_deleted},
      {"raw_bytes", backup.raw_bytes},
      {"stored_bytes", backup.stored_bytes},
      {"consumers", backup.consumers},
      {"lost_messages", backup.lost_messages},
      {"server", {{"version", backup.server_version}, {"name", backup.server_name}}}};
  document["cut"] = {{"exact", backup.exact_cut}};
  if (backup.cut_time_ns != 0) document["cut"]["time"] = FormatTime(backup.cut_time_ns);
  if (backup.verified) {
    document["verified"] = {{"time", FormatTime(backup.verified->time_ns)},
                            {"ok", backup.verified->ok},
                            {"drill", backup.verified->drill}};
  }
  if (backup.pinned) document["pinned"] = true;
  return document;
}

Document ToDocument(const BackupDetails& details, const DetailLimits& limits) {
  Document document = ToDocument(details.summary);
  document["config"] = FromServerJson(details.config_json);
  document["stream_created"] = details.stream_created;
  document["state"] = ToDocument(details.state);
  PutList(document, "consumer_details", details.consumers, limits.consumers, kAsDocument);
  PutList(document, "segments", details.segments, limits.segments, kAsDocument);
  PutList(document, "lost", details.lost, limits.lost, kAsDocument);
  PutList(document, "warnings", details.warnings, limits.warnings, kAsDocument);
  return document;
}

}  // namespace jetkeep
