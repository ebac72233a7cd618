// What the messages of a backup come to: in all, of each subject, and of each hour or longer
// period. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/message_selection.h"

namespace jetkeep {

// By what the subjects are ranked.
enum class StatsBy : std::uint8_t { kBytes, kMessages };

constexpr std::string_view NameOf(StatsBy by) {
  return by == StatsBy::kBytes ? "bytes" : "messages";
}

struct StatsSpec {
  std::string backup;  // an id
  MessageSelection selection = {};
  StatsBy by = StatsBy::kBytes;
  std::uint64_t top = 20;  // subjects in the report
};

// Sequences and times are those of the messages that were counted; all are 0 if there are none.
struct MessageFigures {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;  // as the server counts them
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::int64_t first_time_ns = 0;  // of the earliest: times need not rise with the sequences
  std::int64_t last_time_ns = 0;
  friend bool operator==(const MessageFigures&, const MessageFigures&) = default;
};

struct SubjectFigures {
  std::string subject;
  MessageFigures figures;
  friend bool operator==(const SubjectFigures&, const SubjectFigures&) = default;
};

enum class StatsPeriod : std::uint8_t { kHour, kDay, kWeek, kYear };  // a year is of 52 weeks

constexpr std::string_view NameOf(StatsPeriod period) {
  switch (period) {
    case StatsPeriod::kHour:
      return "hour";
    case StatsPeriod::kDay:
      return "day";
    case StatsPeriod::kWeek:
      return "week";
    case StatsPeriod::kYear:
      break;
  }
  return "52 weeks";
}

struct PeriodFigures {
  std::int64_t from_ns = 0;
  MessageFigures figures;
  friend bool operator==(const PeriodFigures&, const PeriodFigures&) = default;
};

struct BackupStats {
  std::string backup;
  std::string stream;
  StatsBy by = StatsBy::kBytes;
  MessageFigures total;
  std::uint64_t lost_messages = 0;       // that the backup lacks, whatever was selected
  std::vector<SubjectFigures> subjects;  // the largest first; each one's figures are exact
  // How many subjects there are; none: more than were counted apart.
  std::optional<std::uint64_t> all_subjects;
  // The messages of the subjects that are not in the report.
  std::uint64_t other_messages = 0;
  std::uint64_t other_bytes = 0;
  // A subject that is not in the report has no more than so much of what ranks them. 0: all are in
  // it.
  std::uint64_t others_at_most = 0;
  StatsPeriod period = StatsPeriod::kHour;
  std::vector<PeriodFigures> periods;  // those with messages, in their order
};

}  // namespace jetkeep
