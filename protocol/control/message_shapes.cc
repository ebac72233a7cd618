#include "protocol/control/message_shapes.h"

namespace jetkeep {
namespace {

using enum FieldType;
using enum Presence;

template <std::size_t Size>
constexpr Shape ShapeOf(const ShapeField (&fields)[Size], const Shape* base = nullptr) {
  return Shape{std::span<const ShapeField>(fields, Size), base};
}

constexpr ShapeField kErrorFields[] = {
    {"code", kCount}, {"err_code", kCount}, {"description", kName}, {"hint", kText, kOptional}};
constexpr Shape kError = ShapeOf(kErrorFields);
constexpr ShapeField kErrorAnswerFields[] = {{"error", kObject, kRequired, &kError}};
constexpr Shape kErrorAnswer = ShapeOf(kErrorAnswerFields);

constexpr ShapeField kCountsFields[] = {{"done", kCount}, {"expected", kCount}};
constexpr Shape kCounts = ShapeOf(kCountsFields);
constexpr ShapeField kRateFields[] = {{"messages_per_second", kNumber},
                                      {"bytes_per_second", kNumber}};
constexpr Shape kRate = ShapeOf(kRateFields);
constexpr ShapeField kStreamAtFields[] = {
    {"stream", kName}, {"messages", kObject, kRequired, &kCounts}, {"bytes_done", kCount}};
constexpr Shape kStreamAt = ShapeOf(kStreamAtFields);
constexpr ShapeField kStreamsFields[] = {{"done", kCount},
                                         {"failed", kCount},
                                         {"expected", kCount},
                                         {"running", kObjects, kRequired, &kStreamAt}};
constexpr Shape kStreams = ShapeOf(kStreamsFields);
constexpr ShapeField kProgressFields[] = {{"messages", kObject, kRequired, &kCounts},
                                          {"bytes", kObject, kRequired, &kCounts},
                                          {"rate", kObject, kRequired, &kRate},
                                          {"remaining_seconds", kNumber, kOptional},
                                          {"percent", kNumber},
                                          {"streams", kObject, kOptional, &kStreams}};  // since 0.2
constexpr Shape kProgress = ShapeOf(kProgressFields);

constexpr ShapeField kJobFields[] = {{"job", kName},
                                     {"kind", kName},
                                     {"state", kName},
                                     {"account", kName, kOptional},  // since 0.2
                                     {"target", kName, kOptional},   // likewise
                                     {"stream", kName},
                                     {"backup", kName, kOptional},
                                     {"set", kName, kOptional},  // since 0.2
                                     {"events", kName}};
constexpr Shape kJob = ShapeOf(kJobFields);
constexpr ShapeField kJobStatusFields[] = {{"created", kName},
                                           {"started", kName, kOptional},
                                           {"ended", kName, kOptional},
                                           {"position", kCount, kOptional},
                                           {"attempts", kCount, kOptional},
                                           {"progress", kObject, kOptional, &kProgress},
                                           {"error", kObject, kOptional, &kError},
                                           {"from_history", kFlag, kOptional}};  // since 0.2
constexpr Shape kJobStatus = ShapeOf(kJobStatusFields, &kJob);
constexpr ShapeField kJobListFields[] = {{"total", kCount},
                                         {"jobs", kObjects, kRequired, &kJobStatus},
                                         {"warnings", kTexts, kOptional}};  // since 0.2
constexpr Shape kJobList = ShapeOf(kJobListFields);

constexpr ShapeField kServerFields[] = {{"version", kText}, {"name", kText}};
constexpr Shape kServer = ShapeOf(kServerFields);
constexpr ShapeField kVerifiedFields[] = {{"time", kName}, {"ok", kFlag}, {"drill", kFlag}};
constexpr Shape kVerified = ShapeOf(kVerifiedFields);
constexpr ShapeField kCutFields[] = {{"exact", kFlag}, {"time", kName, kOptional}};
constexpr Shape kCut = ShapeOf(kCutFields);
constexpr ShapeField kSummaryFields[] = {{"id", kName},
                                         {"account", kText},
                                         {"stream", kName},
                                         {"lineage", kText},
                                         {"kind", kText},
                                         {"condition", kName},
                                         {"started", kName},
                                         {"completed", kName},
                                         {"messages", kCount},
                                         {"bytes", kCount},
                                         {"first_sequence", kCount},
                                         {"last_sequence", kCount},
                                         {"num_deleted", kCount},
                                         {"raw_bytes", kCount},
                                         {"stored_bytes", kCount},
                                         {"consumers", kCount},
                                         {"lost_messages", kCount},
                                         {"cut", kObject, kOptional, &kCut},  // since 0.2
                                         {"server", kObject, kRequired, &kServer},
                                         {"verified", kObject, kOptional, &kVerified},
                                         {"pinned", kFlag, kOptional}};  // since 0.2
constexpr Shape kSummary = ShapeOf(kSummaryFields);
constexpr ShapeField kBackupListFields[] = {{"account", kName, kOptional},  // since 0.2
                                            {"total", kCount},
                                            {"offset", kCount},
                                            {"limit", kCount},
                                            {"backups", kObjects, kRequired, &kSummary},
                                            {"warnings", kTexts},
                                            {"incomplete", kFlag, kOptional}};  // since 0.2
constexpr Shape kBackupList = ShapeOf(kBackupListFields);

constexpr ShapeField kPairFields[] = {{"consumer", kCount}, {"stream", kCount}};
constexpr Shape kPair = ShapeOf(kPairFields);
constexpr ShapeField kConsumerFields[] = {{"name", kText},
                                          {"origin", kText},
                                          {"delivered", kObject, kRequired, &kPair},
                                          {"ack_floor", kObject, kRequired, &kPair},
                                          {"pending", kCount},
                                          {"config", kAny}};
constexpr Shape kConsumer = ShapeOf(kConsumerFields);
constexpr ShapeField kSegmentFields[] = {{"name", kText},           {"first_sequence", kCount},
                                         {"last_sequence", kCount}, {"records", kCount},
                                         {"raw_bytes", kCount},     {"stored_bytes", kCount},
                                         {"digest", kText}};
constexpr Shape kSegment = ShapeOf(kSegmentFields);
constexpr ShapeField kRangeFields[] = {{"first", kCount}, {"last", kCount}};
constexpr Shape kRange = ShapeOf(kRangeFields);
constexpr ShapeField kStateFields[] = {{"messages", kCount},
                                       {"bytes", kCount},
                                       {"first_sequence", kCount},
                                       {"last_sequence", kCount},
                                       {"first_time", kName, kOptional},
                                       {"last_time", kName, kOptional},
                                       {"num_deleted", kCount},
                                       {"num_subjects", kCount},
                                       {"consumers", kCount}};
constexpr Shape kState = ShapeOf(kStateFields);
constexpr ShapeField kBackupFields[] = {{"config", kAny},
                                        {"stream_created", kText},
                                        {"state", kObject, kRequired, &kState},
                                        {"consumer_details", kObjects, kRequired, &kConsumer},
                                        {"segments", kObjects, kRequired, &kSegment},
                                        {"lost", kObjects, kRequired, &kRange},
                                        {"warnings", kTexts},
                                        {"truncated", kObject, kOptional}};
constexpr Shape kBackup = ShapeOf(kBackupFields, &kSummary);

constexpr ShapeField kDifferenceFields[] = {{"kind", kName},
                                            {"stream", kName},
                                            {"consumer", kName, kOptional},
                                            {"field", kName, kOptional},
                                            {"kept", kAny, kOptional},
                                            {"found", kAny, kOptional}};
constexpr Shape kDifference = ShapeOf(kDifferenceFields);
constexpr ShapeField kRemovalFields[] = {
    {"stream", kName}, {"why", kText}, {"at_least", kCount}, {"at_most", kCount}};
constexpr Shape kRemoval = ShapeOf(kRemovalFields);

constexpr ShapeField kPlannedConsumerFields[] = {{"name", kText}, {"by", kName}};
constexpr Shape kPlannedConsumer = ShapeOf(kPlannedConsumerFields);
constexpr ShapeField kRestorePlanFields[] = {{"dry_run", kTrue},
                                             {"possible", kFlag},
                                             {"account", kName},
                                             {"target", kName, kOptional},
                                             {"stream", kName},
                                             {"backup", kName},
                                             {"archive", kName},
                                             {"config", kAny},
                                             {"state", kObject, kRequired, &kState},
                                             {"consumers", kObjects, kRequired, &kPlannedConsumer},
                                             {"left_out", kTexts},
                                             {"warnings", kTexts},
                                             {"unchecked", kTexts},
                                             {"refusals", kObjects, kRequired, &kError},
                                             {"updates", kFlag, kOptional},
                                             {"differences", kObjects, kOptional, &kDifference},
                                             {"removals", kObjects, kOptional, &kRemoval},
                                             {"truncated", kObject, kOptional}};
constexpr Shape kRestorePlan = ShapeOf(kRestorePlanFields);

constexpr ShapeField kPlannedStreamFields[] = {{"stream", kName},
                                               {"backup", kName, kOptional},
                                               {"updates", kFlag, kOptional},
                                               {"error", kObject, kOptional, &kError}};
constexpr Shape kPlannedStream = ShapeOf(kPlannedStreamFields);
constexpr ShapeField kRestoreSetPlanFields[] = {{"dry_run", kTrue},
                                                {"possible", kFlag},
                                                {"account", kName},
                                                {"target", kName, kOptional},
                                                {"set", kName},
                                                {"total", kCount},
                                                {"refused", kCount},
                                                {"streams", kObjects, kRequired, &kPlannedStream},
                                                {"warnings", kTexts},
                                                {"unchecked", kTexts},
                                                {"differences", kObjects, kOptional, &kDifference},
                                                {"removals", kObjects, kOptional, &kRemoval},
                                                {"truncated", kObject, kOptional}};
constexpr Shape kRestoreSetPlan = ShapeOf(kRestoreSetPlanFields);

// What each version sends depends on what was asked for.
constexpr ShapeField kDeletedFields[] = {{"account", kName, kOptional},  // since 0.2
                                         {"backup", kName, kOptional},
                                         {"set", kName, kOptional},  // since 0.2
                                         {"deleted", kTrue},
                                         {"backups", kCount, kOptional},
                                         {"kept", kTexts, kOptional},
                                         {"truncated", kObject, kOptional}};
constexpr Shape kDeleted = ShapeOf(kDeletedFields);

constexpr ShapeField kPinnedFields[] = {
    {"backup", kName, kOptional}, {"set", kName, kOptional}, {"pinned", kFlag}};
constexpr Shape kPinned = ShapeOf(kPinnedFields);

constexpr ShapeField kUnknownFields[] = {{"stream", kName}, {"reason", kText}};
constexpr Shape kUnknown = ShapeOf(kUnknownFields);
constexpr ShapeField kDriftFields[] = {{"account", kName},
                                       {"backup", kName, kOptional},
                                       {"set", kName, kOptional},
                                       {"streams", kCount},
                                       {"consumers", kCount},
                                       {"total", kCount},
                                       {"differences", kObjects, kRequired, &kDifference},
                                       {"unknown", kObjects, kRequired, &kUnknown},
                                       {"truncated", kObject, kOptional}};
constexpr Shape kDrift = ShapeOf(kDriftFields);

constexpr ShapeField kPrunedSetFields[] = {{"set", kName},
                                           {"time", kName},
                                           {"verdict", kName},
                                           {"reasons", kTexts},
                                           {"error", kObject, kOptional, &kError}};
constexpr Shape kPrunedSet = ShapeOf(kPrunedSetFields);
constexpr ShapeField kPrunedBackupFields[] = {{"backup", kName},
                                              {"stream", kName},
                                              {"stored_bytes", kCount},
                                              {"time", kName},
                                              {"verdict", kName},
                                              {"reasons", kTexts},
                                              {"error", kObject, kOptional, &kError}};
constexpr Shape kPrunedBackup = ShapeOf(kPrunedBackupFields);
constexpr ShapeField kPruneFields[] = {{"account", kName},
                                       {"dry_run", kFlag},
                                       {"stays", kCount},
                                       {"removed", kCount},
                                       {"failed", kCount},
                                       {"removed_bytes", kCount},
                                       {"sets", kObjects, kRequired, &kPrunedSet},
                                       {"backups", kObjects, kRequired, &kPrunedBackup},
                                       {"warnings", kTexts},
                                       {"truncated", kObject, kOptional}};
constexpr Shape kPrune = ShapeOf(kPruneFields);

constexpr ShapeField kCutsFields[] = {{"first", kName}, {"last", kName}, {"skew_seconds", kNumber}};
constexpr Shape kCuts = ShapeOf(kCutsFields);
constexpr ShapeField kSetSummaryFields[] = {{"id", kName},
                                            {"account", kText},
                                            {"condition", kName},
                                            {"started", kName},
                                            {"completed", kName},
                                            {"streams", kCount},
                                            {"failed", kCount},
                                            {"messages", kCount},
                                            {"bytes", kCount},
                                            {"stored_bytes", kCount},
                                            {"cuts", kObject, kOptional, &kCuts},
                                            {"metadata", kObject},
                                            {"server", kObject, kRequired, &kServer},
                                            {"config_only", kFlag, kOptional},
                                            {"pinned", kFlag}};
constexpr Shape kSetSummary = ShapeOf(kSetSummaryFields);
constexpr ShapeField kSetsFields[] = {{"total", kCount},
                                      {"offset", kCount},
                                      {"limit", kCount},
                                      {"sets", kObjects, kRequired, &kSetSummary},
                                      {"warnings", kTexts}};
constexpr Shape kSets = ShapeOf(kSetsFields);
constexpr ShapeField kSelectionFields[] = {
    {"streams", kTexts}, {"exclude", kTexts}, {"order", kTexts}};
constexpr Shape kSelection = ShapeOf(kSelectionFields);
constexpr ShapeField kMemberFields[] = {{"stream", kName},
                                        {"backup", kName, kOptional},
                                        {"condition", kName, kOptional},
                                        {"cut_time", kName, kOptional},
                                        {"first_sequence", kCount, kOptional},
                                        {"last_sequence", kCount, kOptional},
                                        {"messages", kCount, kOptional},
                                        {"bytes", kCount, kOptional},
                                        {"stored_bytes", kCount, kOptional},
                                        {"error", kObject, kOptional, &kError}};
constexpr Shape kMember = ShapeOf(kMemberFields);
constexpr ShapeField kSetFields[] = {{"selection", kObject, kRequired, &kSelection},
                                     {"account_info", kAny, kOptional},
                                     {"account_unknown", kText, kOptional},
                                     {"offset", kCount},
                                     {"members", kObjects, kRequired, &kMember},
                                     {"warnings", kTexts},
                                     {"truncated", kObject, kOptional}};
constexpr Shape kSet = ShapeOf(kSetFields, &kSetSummary);
constexpr ShapeField kFailureFields[] = {
    {"stream", kName}, {"backup", kName, kOptional}, {"error", kObject, kRequired, &kError}};
constexpr Shape kFailure = ShapeOf(kFailureFields);
constexpr ShapeField kSetBackedUpFields[] = {{"failures", kObjects, kRequired, &kFailure}};
constexpr Shape kSetBackedUp = ShapeOf(kSetBackedUpFields, &kSetSummary);
constexpr ShapeField kSetRestoredFields[] = {{"id", kName},
                                             {"streams", kCount},
                                             {"failed", kCount},
                                             {"messages", kCount},
                                             {"bytes", kCount},
                                             {"updated", kCount, kOptional},
                                             {"failures", kObjects, kRequired, &kFailure}};
constexpr Shape kSetRestored = ShapeOf(kSetRestoredFields);

constexpr ShapeField kFrameFields[] = {{"account", kName, kOptional},  // since 0.2
                                       {"target", kName, kOptional},   // likewise
                                       {"type", kName},
                                       {"id", kName},
                                       {"time", kName},
                                       {"job", kName},
                                       {"stream", kName},
                                       {"backup", kName, kOptional},
                                       {"set", kName, kOptional}};  // since 0.2
constexpr Shape kFrame = ShapeOf(kFrameFields);
constexpr ShapeField kQueuedFields[] = {{"position", kCount}};
constexpr Shape kQueued = ShapeOf(kQueuedFields, &kFrame);
constexpr Shape kProgressEvent = ShapeOf(kProgressFields, &kFrame);
constexpr ShapeField kRetryingFields[] = {
    {"attempt", kCount}, {"delay_seconds", kNumber}, {"error", kObject, kRequired, &kError}};
constexpr Shape kRetrying = ShapeOf(kRetryingFields, &kFrame);
constexpr ShapeField kFailedFields[] = {{"error", kObject, kRequired, &kError},
                                        {"duration_seconds", kNumber}};
constexpr Shape kFailed = ShapeOf(kFailedFields, &kFrame);
constexpr ShapeField kBackupFailedFields[] = {
    {"set_result", kObject, kOptional, &kSetBackedUp}};  // since 0.2
constexpr Shape kBackupFailed = ShapeOf(kBackupFailedFields, &kFailed);
constexpr ShapeField kRestoreFailedFields[] = {
    {"set_result", kObject, kOptional, &kSetRestored}};  // since 0.2
constexpr Shape kRestoreFailed = ShapeOf(kRestoreFailedFields, &kFailed);
constexpr ShapeField kCancelledFields[] = {{"duration_seconds", kNumber}};
constexpr Shape kCancelled = ShapeOf(kCancelledFields, &kFrame);
constexpr ShapeField kRepublishCancelledFields[] = {{"error", kObject, kOptional, &kError}};
constexpr Shape kRepublishCancelled = ShapeOf(kRepublishCancelledFields, &kCancelled);
constexpr ShapeField kCutSearchFields[] = {
    {"answers", kCount}, {"tail_messages", kCount}, {"seconds", kNumber}};
constexpr Shape kCutSearch = ShapeOf(kCutSearchFields);
constexpr ShapeField kBackupDoneFields[] = {
    {"result", kObject, kOptional, &kSummary},          // of a job about one stream
    {"set_result", kObject, kOptional, &kSetBackedUp},  // of a job about a set, since 0.2
    {"cut_search", kObject, kOptional, &kCutSearch},    // since 0.2
    {"duration_seconds", kNumber},
    {"attempts", kCount},
    {"warnings", kTexts},
    {"truncated", kObject, kOptional}};
constexpr Shape kBackupDone = ShapeOf(kBackupDoneFields, &kFrame);
constexpr ShapeField kRestoreDoneFields[] = {{"messages", kCount},
                                             {"bytes", kCount},
                                             {"first_sequence", kCount, kOptional},
                                             {"last_sequence", kCount, kOptional},
                                             {"set_result", kObject, kOptional, &kSetRestored},
                                             {"consumers", kCount},
                                             {"sent_bytes", kCount},
                                             {"updated", kFlag, kOptional},
                                             {"differences", kObjects, kOptional, &kDifference},
                                             {"removals", kObjects, kOptional, &kRemoval},
                                             {"duration_seconds", kNumber},
                                             {"attempts", kCount},
                                             {"warnings", kTexts},
                                             {"unchecked", kTexts, kOptional},  // since 0.2
                                             {"truncated", kObject, kOptional}};
constexpr Shape kRestoreDone = ShapeOf(kRestoreDoneFields, &kFrame);
constexpr ShapeField kMessageFields[] = {{"sequence", kCount},
                                         {"time", kName},
                                         {"subject", kName, kOptional},
                                         {"subject_base64", kName, kOptional},
                                         {"headers", kObject, kOptional},
                                         {"headers_base64", kName, kOptional},
                                         {"payload", kText, kOptional},
                                         {"payload_base64", kText, kOptional}};
constexpr Shape kMessage = ShapeOf(kMessageFields);
constexpr ShapeField kMessageAnswerFields[] = {{"backup", kName},
                                               {"message", kObject, kRequired, &kMessage}};
constexpr Shape kMessageAnswer = ShapeOf(kMessageAnswerFields);
constexpr ShapeField kMessagesAnswerFields[] = {{"backup", kName},
                                                {"messages", kObjects, kRequired, &kMessage},
                                                {"next_sequence", kCount, kOptional}};
constexpr Shape kMessagesAnswer = ShapeOf(kMessagesAnswerFields);
constexpr ShapeField kRepublishDoneFields[] = {{"dry_run", kFlag},
                                               {"into", kName, kOptional},
                                               {"selected", kCount},
                                               {"living", kCount},
                                               {"already", kCount},
                                               {"messages", kCount},
                                               {"bytes", kCount},
                                               {"duplicates", kCount},
                                               {"sequences", kObjects, kRequired, &kRange},
                                               {"duration_seconds", kNumber},
                                               {"attempts", kCount},
                                               {"warnings", kTexts},
                                               {"truncated", kObject, kOptional}};
constexpr Shape kRepublishDone = ShapeOf(kRepublishDoneFields, &kFrame);
constexpr ShapeField kSubjectFields[] = {{"subject", kName, kOptional},
                                         {"subject_base64", kName, kOptional},
                                         {"messages", kCount},
                                         {"bytes", kCount},
                                         {"first_sequence", kCount, kOptional},
                                         {"last_sequence", kCount, kOptional},
                                         {"first_time", kName, kOptional},
                                         {"last_time", kName, kOptional}};
constexpr Shape kSubject = ShapeOf(kSubjectFields);
constexpr ShapeField kPeriodFields[] = {{"from", kName},
                                        {"messages", kCount},
                                        {"bytes", kCount},
                                        {"first_sequence", kCount, kOptional},
                                        {"last_sequence", kCount, kOptional},
                                        {"first_time", kName, kOptional},
                                        {"last_time", kName, kOptional}};
constexpr Shape kPeriod = ShapeOf(kPeriodFields);
constexpr ShapeField kOthersFields[] = {
    {"messages", kCount}, {"bytes", kCount}, {"at_most", kCount}};
constexpr Shape kOthers = ShapeOf(kOthersFields);
constexpr ShapeField kStatsFields[] = {{"backup", kName},
                                       {"stream", kName},
                                       {"messages", kCount},
                                       {"bytes", kCount},
                                       {"first_sequence", kCount, kOptional},
                                       {"last_sequence", kCount, kOptional},
                                       {"first_time", kName, kOptional},
                                       {"last_time", kName, kOptional},
                                       {"lost_messages", kCount, kOptional},
                                       {"by", kName},
                                       {"all_subjects", kCount, kOptional},
                                       {"subjects", kObjects, kRequired, &kSubject},
                                       {"others", kObject, kOptional, &kOthers},
                                       {"period", kName},
                                       {"periods", kObjects, kRequired, &kPeriod},
                                       {"truncated", kObject, kOptional}};
constexpr Shape kStats = ShapeOf(kStatsFields);

constexpr ShapeField kSideFields[] = {{"backup", kName, kOptional},
                                      {"live", kFlag},
                                      {"stream", kName},
                                      {"messages", kCount},
                                      {"first_sequence", kCount},
                                      {"last_sequence", kCount},
                                      {"time", kName, kOptional}};
constexpr Shape kSide = ShapeOf(kSideFields);
constexpr ShapeField kChangeFields[] = {{"change", kName},
                                        {"sequence", kCount},
                                        {"subject", kName, kOptional},
                                        {"subject_base64", kName, kOptional},
                                        {"fields", kTexts, kOptional}};
constexpr Shape kChange = ShapeOf(kChangeFields);
constexpr ShapeField kPositionFields[] = {{"delivered", kObject, kRequired, &kPair},
                                          {"ack_floor", kObject, kRequired, &kPair},
                                          {"pending", kCount}};
constexpr Shape kPosition = ShapeOf(kPositionFields);
constexpr ShapeField kPositionsFields[] = {{"consumer", kName},
                                           {"a", kObject, kRequired, &kPosition},
                                           {"b", kObject, kRequired, &kPosition}};
constexpr Shape kPositions = ShapeOf(kPositionsFields);
constexpr ShapeField kDiffFields[] = {{"a", kObject, kRequired, &kSide},
                                      {"b", kObject, kRequired, &kSide},
                                      {"other_life", kFlag},
                                      {"total", kCount},
                                      {"equal", kCount},
                                      {"only_in_a", kCount},
                                      {"before_b", kCount},
                                      {"only_in_b", kCount},
                                      {"different", kCount},
                                      {"unknown", kCount},
                                      {"newer", kCount, kOptional},
                                      {"left_meanwhile", kCount, kOptional},
                                      {"messages", kObjects, kRequired, &kChange},
                                      {"configs", kObjects, kRequired, &kDifference},
                                      {"positions", kObjects, kRequired, &kPositions},
                                      {"warnings", kTexts},
                                      {"truncated", kObject, kOptional}};
constexpr Shape kDiff = ShapeOf(kDiffFields);
constexpr ShapeField kVerifyDoneFields[] = {{"backups", kCount},
                                            {"damaged", kCount},
                                            {"bytes_read", kCount},
                                            {"findings", kTexts},
                                            {"warnings", kTexts, kOptional},  // since 0.2
                                            {"duration_seconds", kNumber},
                                            {"truncated", kObject, kOptional}};
constexpr Shape kVerifyDone = ShapeOf(kVerifyDoneFields, &kFrame);

}  // namespace

const Shape& ErrorAnswerShape() { return kErrorAnswer; }
const Shape& JobShape() { return kJob; }
const Shape& JobStatusShape() { return kJobStatus; }
const Shape& JobListShape() { return kJobList; }
const Shape& BackupListShape() { return kBackupList; }
const Shape& BackupShape() { return kBackup; }
const Shape& RestorePlanShape() { return kRestorePlan; }
const Shape& RestoreSetPlanShape() { return kRestoreSetPlan; }
const Shape& DeletedShape() { return kDeleted; }
const Shape& PinnedShape() { return kPinned; }
const Shape& MessageShape() { return kMessageAnswer; }
const Shape& MessagesShape() { return kMessagesAnswer; }
const Shape& StatsShape() { return kStats; }
const Shape& DiffShape() { return kDiff; }
const Shape& SetsShape() { return kSets; }
const Shape& SetShape() { return kSet; }
const Shape& DriftShape() { return kDrift; }
const Shape& PruneShape() { return kPrune; }
const Shape& EventFrameShape() { return kFrame; }

const Shape& EventShape(JobKind work, EventKind kind) {
  switch (kind) {
    case EventKind::kQueued:
      return kQueued;
    case EventKind::kStarted:
      return kFrame;
    case EventKind::kProgress:
      return kProgressEvent;
    case EventKind::kRetrying:
      return kRetrying;
    case EventKind::kFailed:
      if (work == JobKind::kBackup) return kBackupFailed;
      return work == JobKind::kRestore ? kRestoreFailed : kFailed;
    case EventKind::kCancelled:
      return work == JobKind::kRepublish ? kRepublishCancelled : kCancelled;
    case EventKind::kCompleted:
      break;
  }
  switch (work) {
    case JobKind::kRestore:
      return kRestoreDone;
    case JobKind::kVerify:
      return kVerifyDone;
    case JobKind::kRepublish:
      return kRepublishDone;
    case JobKind::kBackup:
      break;
  }
  return kBackupDone;
}

}  // namespace jetkeep
