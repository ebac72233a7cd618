#include "service/cli/render/diff_text.h"

#include <string_view>

#include "service/cli/render/drift_text.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"
#include "service/cli/render/message_text.h"
#include "service/cli/render/table.h"

namespace jetkeep {
namespace {

std::string Side(const Document& side) {
  std::string text = FlagOf(side, "live")
                         ? "the living stream " + TextOf(side, "stream")
                         : "backup " + TextOf(side, "backup") + " of " + TextOf(side, "stream");
  text += ": " + HumanPlural(CountOf(side, "messages"), "message") + ", sequences " +
          HumanCount(CountOf(side, "first_sequence")) + " to " +
          HumanCount(CountOf(side, "last_sequence"));
  if (side.contains("time")) text += ", at " + LocalTime(TextOf(side, "time"));
  return text;
}

std::string Message(const Document& message) {
  const std::string change = TextOf(message, "change");
  std::string text = "[" + std::to_string(CountOf(message, "sequence")) + "] " +
                     Printable(SubjectOf(message)) + ": ";
  if (change == "only_in_a") return text + "only in A\n";
  if (change == "only_in_b") return text + "only in B\n";
  std::string_view comma;
  for (const Document& field : MemberOf(message, "fields")) {
    text.append(comma).append(field.get<std::string>());
    comma = ", ";
  }
  return text + " differ\n";
}

std::string Standing(const Document& position) {
  return "delivered " + HumanCount(CountOf(MemberOf(position, "delivered"), "stream")) +
         ", acknowledged to " + HumanCount(CountOf(MemberOf(position, "ack_floor"), "stream"));
}

std::string More(const Document& answer, const char* list, const char* one) {
  const std::uint64_t more = CountOf(MemberOf(answer, "truncated"), list);
  return more == 0 ? std::string() : "… and " + HumanPlural(more, one) + " more\n";
}

std::string Counts(const Document& answer) {
  std::string text = LabelledLine("equal", HumanCount(CountOf(answer, "equal")));
  std::string only_a = HumanCount(CountOf(answer, "only_in_a"));
  if (const std::uint64_t before = CountOf(answer, "before_b"); before > 0) {
    only_a += " (" + HumanCount(before) + " of them below the first sequence of B)";
  }
  text += LabelledLine("only in A", only_a);
  text += LabelledLine("only in B", HumanCount(CountOf(answer, "only_in_b")));
  text += LabelledLine("different", HumanCount(CountOf(answer, "different")));
  if (const std::uint64_t unknown = CountOf(answer, "unknown"); unknown > 0) {
    text +=
        LabelledLine("unknown", HumanCount(unknown) + " (the other backup could not read them)");
  }
  if (answer.contains("newer")) {
    text += LabelledLine("newer", HumanCount(CountOf(answer, "newer")) + " (stored after A)");
  }
  return text;
}

}  // namespace

std::string RenderDiff(const Document& answer) {
  std::string text =
      "A: " + Side(MemberOf(answer, "a")) + "\nB: " + Side(MemberOf(answer, "b")) + "\n";
  for (const Document& warning : MemberOf(answer, "warnings")) {
    text += "note: " + Printable(warning.get<std::string>()) + "\n";
  }
  for (const Document& message : MemberOf(answer, "messages")) text += Message(message);
  text += More(answer, "messages", "differing message");
  constexpr DifferenceWords kWords{"missing in B", "only in B", "in A"};
  for (const Document& difference : MemberOf(answer, "configs")) {
    text += RenderDifference(difference, kWords) + "\n";
  }
  text += More(answer, "configs", "difference of the configurations");
  for (const Document& one : MemberOf(answer, "positions")) {
    text += "consumer " + Printable(TextOf(one, "consumer")) + ": in A " +
            Standing(MemberOf(one, "a")) + "; in B " + Standing(MemberOf(one, "b")) + "\n";
  }
  text += More(answer, "positions", "consumer");
  text += Counts(answer);
  const std::uint64_t total = CountOf(answer, "total");
  return text + (total == 0 ? "nothing differs" : HumanPlural(total, "difference")) + "\n";
}

}  // namespace jetkeep
