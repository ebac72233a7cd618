#include "service/engine/publish/republish_job.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/js_api/server_version.h"
#include "service/engine/publish/target_scan.h"
#include "service/engine/read/read_messages.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostRanges = 1000;
// A server's: "expected stream does not match".
constexpr std::uint32_t kOtherStream = 10060;

std::uint64_t SizeOf(const RecordView& record) {
  return record.headers.size() + record.payload.size();
}

std::string Messages(std::uint64_t count) { return std::to_string(count) + " messages"; }

}  // namespace

Result<RepublishReport> RepublishJob::Run(const RepublishSpec& spec) {
  const auto began = Clock::now();
  JETKEEP_ASSIGN(const Manifest manifest, repository_.Load(spec.backup));
  observer_.OnStarted(manifest.id, manifest.stream);
  JETKEEP_TRY(CheckHasMessages(manifest));
  report_.backup = manifest.id;
  report_.stream = manifest.stream;
  report_.into = spec.into;
  report_.dry_run = spec.dry_run;
  if (!manifest.lost.empty()) {
    report_.warnings.push_back("the backup lacks " + std::to_string(manifest.lost.Count()) +
                               " messages that could not be read when it was made");
  }
  options_ = {spec.backup, {spec.from, spec.to, spec.reserved}, spec.keep_message_id, {}};
  JETKEEP_TRY(LookAtTarget(spec));
  JETKEEP_TRY(Choose(spec, manifest));
  ListSequences();
  if (spec.dry_run) {
    report_.messages = wanted_.Count();
    report_.bytes = wanted_bytes_;
  } else if (!wanted_.empty()) {
    Status published = Publish(spec, manifest);
    if (!published && published.error().server_code == kOtherStream && !spec.into.empty()) {
      published.error().code = Errc::kInvalidRequest;
      published.error().message += ": it belongs to another stream than " + spec.into;
      published.error().hint = "Map the subjects onto those of the stream that is meant.";
    }
    if (!published) return Fail(WithDoubt(std::move(published).error()));
  }
  if (left_out_) {
    report_.warnings.push_back(
        "headers that instruct the server were left out (Nats-Expected-*, Nats-Rollup, "
        "Nats-Batch-*, Nats-Schedule*, Nats-Required-Api-Level, Nats-Stream-Source*, Nats-Incr, "
        "Nats-Counter-Sources, Nats-Trace-*)");
  }
  if (report_.duplicates > 0) {
    report_.warnings.push_back("the stream took " + Messages(report_.duplicates) +
                               " for duplicates and stored nothing; ask again after its duplicate "
                               "window if it lacks them");
  }
  report_.duration_seconds = std::chrono::duration<double>(Clock::now() - began).count();
  return std::move(report_);
}

Status RepublishJob::LookAtTarget(const RepublishSpec& spec) {
  JETKEEP_ASSIGN(const ServerIdentity server, server_.Server());
  most_bytes_ = server.max_payload;
  if (spec.into.empty()) return {};
  JETKEEP_ASSIGN(const StreamInfo info, server_.GetStream(spec.into));
  JETKEEP_ASSIGN(const StreamConfigFacts config, ReadStreamConfig(info.config_json));
  if (config.no_ack || config.counts) {
    return Fail(
        Errc::kInvalidRequest,
        "stream " + spec.into +
            (config.no_ack ? " acknowledges nothing (no_ack), so that nobody would know "
                             "what it stored"
                           : " counts (allow_msg_counter): messages published again would "
                             "be added to its counters once more"),
        config.no_ack ? "Turn no_ack off, or choose another stream." : "Choose another stream.");
  }
  if (config.subjects.empty()) {
    return Fail(Errc::kInvalidRequest,
                "stream " + spec.into + " has no subjects: its messages come from other streams",
                "Choose another stream.");
  }
  JETKEEP_ASSIGN(taken_, SubjectFilter::Make(config.subjects, {}));
  if (config.max_message_size > 0) {
    const auto most = static_cast<std::uint64_t>(config.max_message_size);
    most_bytes_ = most_bytes_ == 0 ? most : std::min(most_bytes_, most);
  }
  if (SourcesWhatExpectsAStream(server.version)) options_.into = spec.into;
  if (spec.missing) WarnOfRemovals(spec, config);
  return {};
}

Status RepublishJob::Choose(const RepublishSpec& spec, const Manifest& manifest) {
  TargetHoldings holdings;
  if (!spec.into.empty()) {
    JETKEEP_ASSIGN(const SubjectFilter selected,
                   SubjectFilter::Make(spec.messages.subjects, spec.messages.exclude));
    const ScanOptions options{spec.into, spec.missing, [&](std::string_view subject) {
                                const auto old = OldSubject(subject, options_.subjects);
                                return old && selected.Takes(*old);
                              }};
    JETKEEP_ASSIGN(holdings, ScanTarget(server_, repository_, manifest, options, cancel_));
  }
  std::uint64_t of_others = 0;
  std::uint64_t older = 0;
  JETKEEP_TRY(ForEachMessage(repository_, manifest, spec.messages, cancel_,
                             [&](const RecordView& record) -> Result<ReadOn> {
                               ++report_.selected;
                               if (holdings.living.Contains(record.sequence)) {
                                 ++report_.living;
                                 return ReadOn::kYes;
                               }
                               if (holdings.published.Contains(record.sequence)) {
                                 ++report_.already;
                                 return ReadOn::kYes;
                               }
                               // What cannot be sent again is found before anything is sent.
                               JETKEEP_ASSIGN(const NewMessage message, MakeNew(record, options_));
                               const std::uint64_t last = holdings.subjects.LastOf(message.subject);
                               if (last == kOfOthers) {
                                 ++report_.living;
                                 ++of_others;
                               } else if (record.sequence <= last) {
                                 ++report_.already;
                                 ++older;
                               } else {
                                 JETKEEP_TRY(CheckFits(spec, record, message));
                                 wanted_.Add(record.sequence);
                                 wanted_bytes_ += SizeOf(record);
                               }
                               return ReadOn::kYes;
                             }));
  if (of_others > 0) {
    report_.warnings.push_back("left out: " + Messages(of_others) + " whose subjects stream " +
                               spec.into +
                               " still has; it keeps only so many of each, and an older one would "
                               "stand for a newer one");
  }
  if (older > 0) {
    report_.warnings.push_back("left out: " + Messages(older) +
                               " that are older than others of their subjects that were published "
                               "again before; stream " +
                               spec.into +
                               " keeps only so many of each, and an older one would stand for a "
                               "newer one");
  }
  return {};
}

Status RepublishJob::CheckFits(const RepublishSpec& spec, const RecordView& record,
                               const NewMessage& message) const {
  const std::string which = "message " + std::to_string(record.sequence);
  if (taken_ && !taken_->Takes(message.subject)) {
    return Fail(Errc::kInvalidRequest,
                which + " would get the subject " + message.subject + ", which stream " +
                    spec.into + " does not take",
                "Map the subjects onto those of the stream that is meant.");
  }
  const std::uint64_t size = SizeOfHeaders(message) + record.payload.size();
  if (most_bytes_ == 0 || size <= most_bytes_) return {};
  return Fail(Errc::kLimitTooSmall,
              which + " has " + std::to_string(size) +
                  " bytes with the headers that say where it is from; the server takes " +
                  std::to_string(most_bytes_) + " (max_payload, or the stream's max_msg_size)",
              "Raise the limit, or choose sequences around it.");
}

// What the stream has removed of itself is missing, too, and need not have been lost.
void RepublishJob::WarnOfRemovals(const RepublishSpec& spec, const StreamConfigFacts& config) {
  if (config.removes_on_ack) {
    report_.warnings.push_back("stream " + spec.into +
                               " removes what its consumers acknowledge: such messages count as "
                               "missing, and would be delivered again");
  }
  if (config.max_age_ns > 0 || config.max_messages > 0 || config.max_bytes > 0 ||
      config.max_per_subject > 0 || config.message_ttl || config.allow_rollup) {
    report_.warnings.push_back("stream " + spec.into +
                               " has rules that remove messages: those count as missing, too");
  }
}

Status RepublishJob::Publish(const RepublishSpec& spec, const Manifest& manifest) {
  JETKEEP_ASSIGN(const auto publisher,
                 server_.OpenPublisher([&](std::uint64_t sequence,
                                           const PublishAck& ack) { OnAck(spec, sequence, ack); },
                                       cancel_));
  PublishPace pace(spec.rate, spec.paced, Clock::now());
  JETKEEP_TRY(ForEachMessage(repository_, manifest, spec.messages, cancel_,
                             [&](const RecordView& record) -> Result<ReadOn> {
                               if (wanted_.Contains(record.sequence)) {
                                 JETKEEP_TRY(Send(spec, record, pace, *publisher));
                               }
                               return ReadOn::kYes;
                             }));
  JETKEEP_TRY(publisher->Finish());
  return wrong_stream_ ? Status(Fail(*wrong_stream_)) : Status();
}

Status RepublishJob::Send(const RepublishSpec& spec, const RecordView& record, PublishPace& pace,
                          MessagePublisher& publisher) {
  JETKEEP_ASSIGN(const NewMessage message, MakeNew(record, options_));
  left_out_ = left_out_ || message.left_out;
  JETKEEP_TRY(publisher.TakeUntil(pace.Next(Clock::now(), record.timestamp_ns)));
  JETKEEP_TRY(publisher.WaitForRoom());
  if (wrong_stream_) return Fail(*wrong_stream_);
  const bool first = last_sent_ == 0;
  // An error of the sending leaves it in doubt.
  last_sent_ = record.sequence;
  unanswered_[record.sequence] = SizeOf(record);
  JETKEEP_TRY(publisher.Send(record.sequence, message.subject, message.headers, record.payload));
  // Without the header that makes other streams refuse it, the first one alone shows where they go.
  return first && !spec.into.empty() && options_.into.empty() ? publisher.Finish() : Status();
}

void RepublishJob::OnAck(const RepublishSpec& spec, std::uint64_t sequence, const PublishAck& ack) {
  const auto sent = unanswered_.extract(sequence);
  const std::uint64_t bytes = sent.empty() ? 0 : sent.mapped();
  if (!spec.into.empty() && ack.stream != spec.into && !wrong_stream_) {
    wrong_stream_ = Error{Errc::kInvalidRequest,
                          "message " + std::to_string(sequence) + " was stored by stream " +
                              ack.stream + " and not by " + spec.into,
                          "Map the subjects onto those of the stream that is meant.", 0};
  }
  acknowledged_bytes_ += bytes;
  if (ack.duplicate) {
    ++report_.duplicates;
  } else {
    ++report_.messages;
    report_.bytes += bytes;
  }
  JobProgress progress;
  progress.messages_done = report_.messages + report_.duplicates;
  progress.messages_expected = wanted_.Count();
  progress.bytes_done = acknowledged_bytes_;
  progress.bytes_expected = wanted_bytes_;
  observer_.OnProgress(progress);
}

Error RepublishJob::WithDoubt(Error error) const {
  if (last_sent_ == 0) return error;
  error.message += "; " + Messages(report_.messages + report_.duplicates) + " are published";
  if (report_.duplicates > 0) {
    error.message += " (" + std::to_string(report_.duplicates) + " of them taken for duplicates)";
  }
  if (!error.hint.empty()) error.hint += " ";
  // A newer backup of the stream may be of the time after the loss.
  const std::string same = " Name the same backup: " + report_.backup + ".";
  if (unanswered_.empty()) {
    error.message += ", up to sequence " + std::to_string(last_sent_);
    error.hint += "Go on after that sequence." + same;
    return error;
  }
  const std::string first = std::to_string(unanswered_.begin()->first);
  error.message += ", all below sequence " + first + "; in doubt are sequences " + first + " to " +
                   std::to_string(unanswered_.rbegin()->first);
  error.hint +=
      "Go on from the first one in doubt, and name the stream that stores them (into): it is read "
      "first, and what it has is left out." +
      same;
  return error;
}

void RepublishJob::ListSequences() {
  wanted_.ForEachRange([&](std::uint64_t first, std::uint64_t last) {
    if (report_.sequences.size() < kMostRanges) {
      report_.sequences.push_back({first, last});
    } else {
      ++report_.more_ranges;
    }
  });
}

}  // namespace jetkeep
