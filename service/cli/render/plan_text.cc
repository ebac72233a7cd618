#include "service/cli/render/plan_text.h"

#include <string_view>

#include "service/cli/render/drift_text.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"
#include "service/cli/render/table.h"

namespace jetkeep {
namespace {

std::string State(const Document& state) {
  return HumanCount(CountOf(state, "messages")) + " (" + HumanSize(CountOf(state, "bytes")) +
         "), sequences " + HumanCount(CountOf(state, "first_sequence")) + " to " +
         HumanCount(CountOf(state, "last_sequence")) + ", " +
         HumanCount(CountOf(state, "num_deleted")) + " deleted";
}

// "a, b" of those that come back in one way.
std::string ConsumersBy(const Document& consumers, std::string_view by) {
  std::string names;
  for (const Document& consumer : consumers) {
    if (TextOf(consumer, "by") == by)
      names += (names.empty() ? "" : ", ") + TextOf(consumer, "name");
  }
  return names;
}

std::string Lines(const Document& lines, const std::string& title) {
  std::string text;
  for (const Document& line : lines) {
    if (line.is_string()) text += title + ": " + Printable(line.get<std::string>()) + "\n";
  }
  return text;
}

std::string Refusals(const Document& refusals) {
  std::string text;
  for (const Document& refusal : refusals) {
    text += "refused: " + Printable(TextOf(refusal, "description")) + " (err_code " +
            std::to_string(CountOf(refusal, "err_code")) + ")\n";
    const std::string hint = TextOf(refusal, "hint");
    if (!hint.empty()) text += "  hint: " + Printable(hint) + "\n";
  }
  return text;
}

std::string Refusal(const Document& stream) {
  Document list = Document::array();
  list.push_back(MemberOf(stream, "error"));
  return "stream " + Printable(TextOf(stream, "stream")) + ": " + Refusals(list);
}

std::string CutShort(const Document& truncated) {
  std::string text;
  for (const auto& [list, count] : truncated.items()) {
    if (count.is_number_unsigned()) {
      text += "and " + HumanCount(count.get<std::uint64_t>()) + " more in " + list + "\n";
    }
  }
  return text;
}

}  // namespace

std::string RenderPlan(const Document& plan) {
  const Document& consumers = MemberOf(plan, "consumers");
  const bool possible = FlagOf(plan, "possible");
  std::string text = LabelledLine(
      "dry run", possible ? "the restore would begin" : "the restore would be refused");
  text += LabelledLine("stream", TextOf(plan, "stream"));
  text += LabelledLine("account", TextOf(plan, "account"));
  text += LabelledLine("backup", TextOf(plan, "backup"));
  if (FlagOf(plan, "updates")) {
    text += LabelledLine("changes", "the configuration of a stream that is there; messages stay");
  } else {
    text += LabelledLine("messages", State(MemberOf(plan, "state")));
    text += LabelledLine("archive", TextOf(plan, "archive"));
  }
  const std::string sent = ConsumersBy(consumers, "archive");
  const std::string created = ConsumersBy(consumers, "request");
  text += LabelledLine("consumers", consumers.empty() ? "none" : sent);
  if (!created.empty()) text += LabelledLine("created later", created);
  const Document& config = MemberOf(plan, "config");
  text += LabelledLine("configuration",
                       config.is_string()
                           ? config.get<std::string>()
                           : config.dump(-1, ' ', false, Document::error_handler_t::replace));
  text += Lines(MemberOf(plan, "left_out"), "left out");
  text += Lines(MemberOf(plan, "warnings"), "warning");
  text += Lines(MemberOf(plan, "unchecked"), "not checked");
  text += RenderChanges(plan);
  text += Refusals(MemberOf(plan, "refusals"));
  return text + CutShort(MemberOf(plan, "truncated"));
}

std::string RenderSetPlan(const Document& plan) {
  const bool possible = FlagOf(plan, "possible");
  std::string text =
      LabelledLine("dry run", !possible ? "the restore would be refused"
                              : CountOf(plan, "refused") == 0
                                  ? "the restore would begin"
                                  : "the restore would begin without what is refused");
  text += LabelledLine("set", TextOf(plan, "set"));
  text += LabelledLine("account", TextOf(plan, "account"));
  std::string made;
  std::string updated;
  std::string refusals;
  for (const Document& stream : MemberOf(plan, "streams")) {
    std::string& names = FlagOf(stream, "updates") ? updated : made;
    if (stream.contains("error")) {
      refusals += Refusal(stream);
    } else {
      names += (names.empty() ? "" : ", ") + Printable(TextOf(stream, "stream"));
    }
  }
  text += LabelledLine("streams", HumanCount(CountOf(plan, "total")) + ", " +
                                      HumanCount(CountOf(plan, "refused")) + " refused");
  if (!made.empty()) text += LabelledLine("made", made);
  if (!updated.empty()) text += LabelledLine("there already", updated);
  text += Lines(MemberOf(plan, "warnings"), "warning");
  text += Lines(MemberOf(plan, "unchecked"), "not checked");
  text += RenderChanges(plan);
  text += refusals;
  return text + CutShort(MemberOf(plan, "truncated"));
}

}  // namespace jetkeep
