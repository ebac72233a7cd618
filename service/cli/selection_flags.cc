#include "service/cli/selection_flags.h"

#include <charconv>

#include "protocol/base/time.h"
#include "protocol/control/requests.h"

namespace jetkeep {
namespace {

Result<std::int64_t> ReadTime(const std::string& flag, const std::string& text) {
  if (text.empty()) return 0;
  Result<std::int64_t> time = ParseTime(text);
  if (time) return time;
  return Fail(Errc::kUsage, flag + " \"" + text + "\" is no time",
              "Give it as 2026-11-27T03:14:00Z, or with an offset as +01:00.");
}

}  // namespace

Result<std::uint64_t> ReadNumber(const std::string& flag, const std::string& text) {
  std::uint64_t number = 0;
  if (text.empty()) return number;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) {
    return Fail(Errc::kUsage, flag + " \"" + text + "\" is no whole number from 1");
  }
  return number;
}

void SelectionFlags::Declare(Flags& flags, const std::string& exclude) {
  flags.Options("--subject", subjects_, "PATTERN",
                "messages with such a subject; * stands for a token, > at the end for one or more; "
                "may be given several times (default: all)");
  flags.Options(exclude, exclude_, "PATTERN",
                "but none with such a subject; may be given several times");
  flags.Option("--first", first_, "SEQUENCE", "from this sequence on");
  flags.Option("--last", last_, "SEQUENCE", "up to this sequence, with it");
  flags.Option("--since", since_, "TIME", "stored at this time or later, as 2026-11-27T03:14:00Z");
  flags.Option("--until", until_, "TIME", "stored before this time");
  flags.Flag("--last-of-each", last_of_each_, "of these, the last message of each subject only");
}

Result<MessageSelection> SelectionFlags::Read() const {
  MessageSelection selection;
  selection.subjects = subjects_;
  selection.exclude = exclude_;
  JETKEEP_ASSIGN(selection.first_sequence, ReadNumber("--first", first_));
  JETKEEP_ASSIGN(selection.last_sequence, ReadNumber("--last", last_));
  JETKEEP_ASSIGN(selection.since_ns, ReadTime("--since", since_));
  JETKEEP_ASSIGN(selection.until_ns, ReadTime("--until", until_));
  selection.last_of_each_subject = last_of_each_;
  JETKEEP_TRY(CheckSelection(selection));
  return selection;
}

}  // namespace jetkeep
