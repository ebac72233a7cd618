#include "service/cli/render/drift_text.h"

#include <string_view>

#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"

namespace jetkeep {
namespace {

std::string ValueIn(const Document& difference, std::string_view member) {
  const auto found = difference.find(member);
  if (found == difference.end()) return "not set";
  return Printable(found->dump(-1, ' ', false, Document::error_handler_t::replace));
}

// The stream, or a consumer of it, that the difference is about.
std::string What(const Document& difference) {
  const std::string stream = "stream " + Printable(TextOf(difference, "stream"));
  const std::string consumer = TextOf(difference, "consumer");
  return consumer.empty() ? stream : stream + ": consumer " + Printable(consumer);
}

std::string ChangeLine(const Document& difference) {
  const std::string kind = TextOf(difference, "kind");
  const std::string what = What(difference);
  if (kind.ends_with("_missing")) return what + " is created";
  if (kind.ends_with("_extra")) return what + " is not in the backup, and stays as it is";
  return what + ": " + Printable(TextOf(difference, "field")) + " " + ValueIn(difference, "found") +
         " -> " + ValueIn(difference, "kept");
}

}  // namespace

std::string RenderDifference(const Document& difference, const DifferenceWords& words) {
  const std::string kind = TextOf(difference, "kind");
  std::string what = What(difference);
  if (kind.ends_with("_missing")) return what.append(" is ").append(words.missing);
  if (kind.ends_with("_extra")) return what.append(" is ").append(words.extra);
  const std::string field = TextOf(difference, "field");
  if (field.empty()) return what + ": the configuration cannot be read";
  what += ": " + Printable(field) + " is " + ValueIn(difference, "found") + ", ";
  return what.append(words.kept) + " " + ValueIn(difference, "kept");
}

std::string RenderChanges(const Document& answer) {
  std::string text;
  for (const Document& difference : MemberOf(answer, "differences")) {
    text += "change: " + ChangeLine(difference) + "\n";
  }
  for (const Document& removal : MemberOf(answer, "removals")) {
    const std::uint64_t least = CountOf(removal, "at_least");
    const std::uint64_t most = CountOf(removal, "at_most");
    text += "removes: stream " + Printable(TextOf(removal, "stream")) + ": " +
            Printable(TextOf(removal, "why")) + " removes " +
            (least == most ? "" : HumanCount(least) + " to ") + HumanPlural(most, "message") + "\n";
  }
  return text;
}

std::string RenderDrift(const Document& answer) {
  constexpr DifferenceWords kWords{"missing in the account", "in the account only", "kept was"};
  std::string text;
  for (const Document& difference : MemberOf(answer, "differences")) {
    text += RenderDifference(difference, kWords) + "\n";
  }
  for (const Document& stream : MemberOf(answer, "unknown")) {
    text += "stream " + Printable(TextOf(stream, "stream")) +
            " could not be compared: " + Printable(TextOf(stream, "reason")) + "\n";
  }
  const Document& truncated = MemberOf(answer, "truncated");
  if (const std::uint64_t more = CountOf(truncated, "differences"); more > 0) {
    text += "… and " + HumanPlural(more, "difference") + " more\n";
  }
  const std::uint64_t total = CountOf(answer, "total");
  text += total == 0 ? "nothing differs" : HumanPlural(total, "difference");
  text += " (compared " + HumanPlural(CountOf(answer, "streams"), "stream") + " and " +
          HumanPlural(CountOf(answer, "consumers"), "consumer") + ")\n";
  return text;
}

}  // namespace jetkeep
