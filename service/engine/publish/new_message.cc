#include "service/engine/publish/new_message.h"

#include <algorithm>
#include <string_view>

#include "jetkeep/republish.h"
#include "protocol/base/message_headers.h"
#include "protocol/base/time.h"

namespace jetkeep {
namespace {

constexpr std::string_view kMessageId = "Nats-Msg-Id";
constexpr std::string_view kExpectedStream = "Nats-Expected-Stream";

// A client cannot send it as it is.
bool CannotBeSent(std::string_view text) {
  return text.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos;
}

// Expected sequences would refuse it, a rollup would remove what the target has, a batch is over, a
// schedule would run again, an increment would count again. What says from where it was sourced
// would set the target's own sourcing back to there. A trace would be reported again.
bool IsInstruction(std::string_view name) {
  return HeaderNameStartsWith(name, "Nats-Expected-") ||
         HeaderNameStartsWith(name, "Nats-Rollup") || HeaderNameStartsWith(name, "Nats-Batch-") ||
         HeaderNameStartsWith(name, "Nats-Schedule") ||
         HeaderNameStartsWith(name, "Nats-Required-Api-Level") ||
         HeaderNameStartsWith(name, "Nats-Stream-Source") ||
         HeaderNameStartsWith(name, "Nats-Incr") ||
         HeaderNameStartsWith(name, "Nats-Counter-Sources") ||
         HeaderNameStartsWith(name, "Nats-Trace-");
}

// Of an earlier publishing; the newest says where the message is from.
bool IsOurs(std::string_view name) {
  return SameHeaderName(name, kOldSequenceHeader) || SameHeaderName(name, kOldTimeHeader) ||
         SameHeaderName(name, kOldBackupHeader) || SameHeaderName(name, kOldMessageIdHeader);
}

}  // namespace

Result<NewMessage> MakeNew(const RecordView& record, const NewMessageOptions& options) {
  NewMessage message;
  JETKEEP_ASSIGN(message.subject, NewSubject(record.sequence, record.subject, options.subjects));
  std::string old_id;
  if (!record.headers.empty()) {
    const auto lines = HeaderLines(record.headers);
    const bool sendable = lines && std::none_of(lines->begin(), lines->end(), [](const auto& line) {
                            return CannotBeSent(line.first) || CannotBeSent(line.second);
                          });
    if (!sendable) {
      return Fail(Errc::kInvalidRequest,
                  "message " + std::to_string(record.sequence) +
                      " has headers that are no lines, and cannot be published again",
                  "Leave it out: choose sequences around it.");
    }
    for (const auto& [name, value] : *lines) {
      if (SameHeaderName(name, kMessageId)) {
        old_id = value;
      } else if (IsInstruction(name)) {
        message.left_out = true;
      } else if (!IsOurs(name)) {
        message.headers.emplace_back(name, value);
      }
    }
  }
  const std::string sequence = std::to_string(record.sequence);
  const bool keep = options.keep_message_id && !old_id.empty();
  message.headers.emplace_back(kMessageId, keep ? old_id : options.backup + ":" + sequence);
  if (!old_id.empty() && !keep) message.headers.emplace_back(kOldMessageIdHeader, old_id);
  if (!options.into.empty()) message.headers.emplace_back(kExpectedStream, options.into);
  message.headers.emplace_back(kOldBackupHeader, options.backup);
  message.headers.emplace_back(kOldSequenceHeader, sequence);
  message.headers.emplace_back(kOldTimeHeader, FormatTime(record.timestamp_ns));
  return message;
}

std::uint64_t SizeOfHeaders(const NewMessage& message) {
  std::uint64_t size = std::string_view("NATS/1.0\r\n\r\n").size();
  for (const auto& [name, value] : message.headers) {
    size += name.size() + std::string_view(": \r\n").size() + value.size();
  }
  return size;
}

}  // namespace jetkeep
