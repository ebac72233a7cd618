#include "service/cli/render/stats_text.h"

#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"
#include "service/cli/render/message_text.h"
#include "service/cli/render/table.h"

namespace jetkeep {
namespace {

std::string Sum(const Document& figures) {
  return HumanPlural(CountOf(figures, "messages"), "message") + ", " +
         HumanSize(CountOf(figures, "bytes"));
}

std::string LeftOut(const Document& answer, const char* list, const char* one) {
  const std::uint64_t more = CountOf(MemberOf(answer, "truncated"), list);
  if (more == 0) return {};
  return "… and " + HumanPlural(more, one) + " more, which the answer has no room for\n";
}

std::string Subjects(const Document& answer) {
  using enum Table::Align;
  Table table({{"SUBJECT"},
               {"MESSAGES", kRight},
               {"BYTES", kRight},
               {"FIRST", kRight},
               {"LAST", kRight},
               {"LAST STORED"}});
  for (const Document& subject : MemberOf(answer, "subjects")) {
    table.AddRow(
        {SubjectOf(subject), HumanCount(CountOf(subject, "messages")),
         HumanSize(CountOf(subject, "bytes")), HumanCount(CountOf(subject, "first_sequence")),
         HumanCount(CountOf(subject, "last_sequence")), LocalTime(TextOf(subject, "last_time"))});
  }
  return table.Render() + LeftOut(answer, "subjects", "subject");
}

// What is not in the table of subjects.
std::string Others(const Document& answer) {
  const auto found = answer.find("others");
  if (found == answer.end()) return {};
  const std::uint64_t at_most = CountOf(*found, "at_most");
  const bool by_bytes = TextOf(answer, "by") == "bytes";
  const std::string most = by_bytes ? HumanSize(at_most) : HumanPlural(at_most, "message");
  std::string who = "other subjects";
  if (answer.contains("all_subjects")) {
    const std::uint64_t listed =
        MemberOf(answer, "subjects").size() + CountOf(MemberOf(answer, "truncated"), "subjects");
    who = HumanPlural(CountOf(answer, "all_subjects") - listed, "other subject");
  }
  std::string text = who + ": " + Sum(*found) + "; none has more than " + most + "\n";
  if (!answer.contains("all_subjects")) {
    text += "(there are too many subjects to count each; those in the table are counted exactly)\n";
  }
  return text;
}

std::string Periods(const Document& answer) {
  using enum Table::Align;
  const std::string period = TextOf(answer, "period");
  Table table({{period == "hour"   ? "HOUR"
                : period == "day"  ? "DAY"
                : period == "week" ? "WEEK"
                                   : "52 WEEKS"},
               {"MESSAGES", kRight},
               {"BYTES", kRight},
               {"FIRST", kRight},
               {"LAST", kRight}});
  for (const Document& one : MemberOf(answer, "periods")) {
    table.AddRow({TextOf(one, "from"), HumanCount(CountOf(one, "messages")),
                  HumanSize(CountOf(one, "bytes")), HumanCount(CountOf(one, "first_sequence")),
                  HumanCount(CountOf(one, "last_sequence"))});
  }
  return table.Render() + LeftOut(answer, "periods", "period");
}

}  // namespace

std::string RenderStats(const Document& answer) {
  std::string text = LabelledLine("backup", TextOf(answer, "backup")) +
                     LabelledLine("stream", TextOf(answer, "stream")) +
                     LabelledLine("messages", HumanCount(CountOf(answer, "messages"))) +
                     LabelledLine("bytes", HumanSize(CountOf(answer, "bytes")));
  if (const std::uint64_t lost = CountOf(answer, "lost_messages"); lost > 0) {
    text += LabelledLine("lost", HumanPlural(lost, "message") +
                                     ", which could not be read when the backup was made");
  }
  if (CountOf(answer, "messages") == 0) return text;
  text += LabelledLine("sequences", HumanCount(CountOf(answer, "first_sequence")) + " to " +
                                        HumanCount(CountOf(answer, "last_sequence")));
  text += LabelledLine("stored", LocalTime(TextOf(answer, "first_time")) + " to " +
                                     LocalTime(TextOf(answer, "last_time")));
  return text + "\n" + Subjects(answer) + Others(answer) + "\n" + Periods(answer);
}

}  // namespace jetkeep
