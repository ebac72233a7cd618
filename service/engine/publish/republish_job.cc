#include "service/engine/publish/republish_job.h"

#include <string>
#include <utility>

#include "protocol/js_config/stream_config.h"
#include "service/engine/publish/new_message.h"
#include "service/engine/publish/target_scan.h"
#include "service/engine/read/read_messages.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostRanges = 1000;

NewMessageOptions OptionsOf(const RepublishSpec& spec) {
  return {spec.backup, spec.from, spec.to, spec.keep_message_id};
}

std::uint64_t SizeOf(const RecordView& record) {
  return record.headers.size() + record.payload.size();
}

}  // namespace

Result<RepublishReport> RepublishJob::Run(const RepublishSpec& spec) {
  const auto began = Clock::now();
  JETKEEP_ASSIGN(const Manifest manifest, repository_.Load(spec.backup));
  observer_.OnStarted(manifest.id, manifest.stream);
  report_.backup = manifest.id;
  report_.stream = manifest.stream;
  report_.into = spec.into;
  report_.dry_run = spec.dry_run;
  if (!manifest.lost.empty()) {
    report_.warnings.push_back("the backup lacks " + std::to_string(manifest.lost.Count()) +
                               " messages that could not be read when it was made");
  }
  JETKEEP_TRY(Choose(spec, manifest));
  ListSequences();
  if (spec.dry_run) {
    report_.messages = wanted_.Count();
    report_.bytes = wanted_bytes_;
  } else if (!wanted_.empty()) {
    Status published = Publish(spec, manifest);
    if (!published) return Fail(WithDoubt(std::move(published).error()));
  }
  if (left_out_) {
    report_.warnings.push_back(
        "headers that instruct the server (Nats-Expected-*, Nats-Rollup, Nats-Batch-*, "
        "Nats-Schedule*) were left out");
  }
  report_.duration_seconds = std::chrono::duration<double>(Clock::now() - began).count();
  return std::move(report_);
}

Status RepublishJob::Choose(const RepublishSpec& spec, const Manifest& manifest) {
  TargetHoldings holdings;
  if (!spec.into.empty()) {
    JETKEEP_ASSIGN(holdings,
                   ScanTarget(server_, repository_, manifest, spec.into, spec.missing, cancel_));
    JETKEEP_TRY(WarnOfRemovals(spec, holdings.config_json));
  }
  std::uint64_t superseded = 0;
  JETKEEP_TRY(ForEachMessage(repository_, manifest, spec.messages, cancel_,
                             [&](const RecordView& record) -> Result<ReadOn> {
                               ++report_.selected;
                               if (holdings.living.Contains(record.sequence)) {
                                 ++report_.living;
                               } else if (holdings.published.Contains(record.sequence)) {
                                 ++report_.already;
                               } else if (holdings.subjects.LastOf(record.subject) != 0) {
                                 ++report_.living;
                                 ++superseded;
                               } else {
                                 // What cannot be sent again is found before anything is sent.
                                 JETKEEP_TRY(MakeNew(record, OptionsOf(spec)));
                                 wanted_.Add(record.sequence);
                                 wanted_bytes_ += SizeOf(record);
                               }
                               return ReadOn::kYes;
                             }));
  if (superseded > 0) {
    report_.warnings.push_back("left out: " + std::to_string(superseded) +
                               " messages whose subjects stream " + spec.into +
                               " still has; it keeps only so many of each, and an older one would "
                               "stand for a newer one");
  }
  return {};
}

// What the stream has removed of itself is missing, too, and need not have been lost.
Status RepublishJob::WarnOfRemovals(const RepublishSpec& spec, const std::string& config_json) {
  if (!spec.missing) return {};
  JETKEEP_ASSIGN(const StreamConfigFacts config, ReadStreamConfig(config_json));
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
  return {};
}

Status RepublishJob::Publish(const RepublishSpec& spec, const Manifest& manifest) {
  JETKEEP_ASSIGN(const auto publisher,
                 server_.OpenPublisher([&](std::uint64_t sequence,
                                           const PublishAck& ack) { OnAck(spec, sequence, ack); },
                                       cancel_));
  began_ = Clock::now();
  JETKEEP_TRY(ForEachMessage(repository_, manifest, spec.messages, cancel_,
                             [&](const RecordView& record) -> Result<ReadOn> {
                               if (wanted_.Contains(record.sequence)) {
                                 JETKEEP_TRY(Send(spec, record, *publisher));
                               }
                               return ReadOn::kYes;
                             }));
  JETKEEP_TRY(publisher->Finish());
  return wrong_stream_ ? Status(Fail(*wrong_stream_)) : Status();
}

Status RepublishJob::Send(const RepublishSpec& spec, const RecordView& record,
                          MessagePublisher& publisher) {
  JETKEEP_ASSIGN(const NewMessage message, MakeNew(record, OptionsOf(spec)));
  left_out_ = left_out_ || message.left_out;
  JETKEEP_TRY(publisher.TakeUntil(DueTime(spec, record)));
  if (wrong_stream_) return Fail(*wrong_stream_);
  if (!first_time_ns_) first_time_ns_ = record.timestamp_ns;
  JETKEEP_TRY(publisher.WaitForRoom());
  // An error of the sending leaves it in doubt.
  last_sent_ = record.sequence;
  unanswered_.insert(record.sequence);
  JETKEEP_TRY(publisher.Send(record.sequence, message.subject, message.headers, record.payload));
  ++sent_;
  report_.bytes += SizeOf(record);
  return {};
}

Clock::time_point RepublishJob::DueTime(const RepublishSpec& spec, const RecordView& record) const {
  Clock::time_point due = began_;
  if (spec.rate > 0) {
    const double seconds = static_cast<double>(sent_) / static_cast<double>(spec.rate);
    due += std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }
  if (spec.paced && first_time_ns_ && record.timestamp_ns > *first_time_ns_) {
    due = std::max(due, began_ + std::chrono::nanoseconds(record.timestamp_ns - *first_time_ns_));
  }
  return due;
}

void RepublishJob::OnAck(const RepublishSpec& spec, std::uint64_t sequence, const PublishAck& ack) {
  unanswered_.erase(sequence);
  if (!spec.into.empty() && ack.stream != spec.into && !wrong_stream_) {
    wrong_stream_ = Error{Errc::kInvalidRequest,
                          "message " + std::to_string(sequence) + " was stored by stream " +
                              ack.stream + " and not by " + spec.into,
                          "Map the subjects onto those of the stream that is meant.", 0};
  }
  ++report_.messages;
  if (ack.duplicate) ++report_.duplicates;
  JobProgress progress;
  progress.messages_done = report_.messages;
  progress.messages_expected = wanted_.Count();
  progress.bytes_done = report_.bytes;
  progress.bytes_expected = wanted_bytes_;
  observer_.OnProgress(progress);
}

Error RepublishJob::WithDoubt(Error error) const {
  if (last_sent_ == 0) return error;
  error.message += "; " + std::to_string(report_.messages) + " messages are published";
  if (unanswered_.empty()) {
    error.message += ", up to sequence " + std::to_string(last_sent_);
    error.hint += (error.hint.empty() ? "" : " ") + std::string("Go on after that sequence.");
    return error;
  }
  error.message += ", all below sequence " + std::to_string(*unanswered_.begin()) +
                   "; in doubt are sequences " + std::to_string(*unanswered_.begin()) + " to " +
                   std::to_string(*unanswered_.rbegin());
  error.hint += (error.hint.empty() ? "" : " ") +
                std::string(
                    "Go on from the first one in doubt, and name the stream that stores "
                    "them (into): it is read first, and what it has is left out.");
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
