#include "service/cli/render/set_text.h"

#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"
#include "service/cli/render/table.h"

namespace jetkeep {
namespace {

std::string Streams(const Document& set) {
  const std::uint64_t failed = CountOf(set, "failed");
  const std::uint64_t streams = CountOf(set, "streams");
  return failed == 0 ? HumanCount(streams)
                     : HumanCount(streams - failed) + " of " + HumanCount(streams);
}

std::string Condition(const Document& set) {
  return TextOf(set, "condition") + (FlagOf(set, "pinned") ? ", pinned" : "");
}

std::string Skew(const Document& set) {
  const Document& cuts = MemberOf(set, "cuts");
  return cuts.empty() ? "" : HumanSeconds(NumberOf(cuts, "skew_seconds"));
}

std::string Joined(const Document& texts) {
  std::string text;
  for (const Document& one : texts) {
    if (one.is_string()) text += (text.empty() ? "" : ", ") + one.get<std::string>();
  }
  return text;
}

}  // namespace

std::string DescribeSet(const Document& set) {
  return Printable("set " + TextOf(set, "id") + " of " +
                   HumanPlural(CountOf(set, "streams"), "stream") + ", completed " +
                   LocalTime(TextOf(set, "completed")) + ", " +
                   HumanPlural(CountOf(set, "messages"), "message") + ", " +
                   HumanSize(CountOf(set, "bytes")) + ", " + Condition(set));
}

std::string RenderSets(const Document& sets) {
  if (!sets.is_array() || sets.empty()) return "no sets\n";
  Table table({{"ID"},
               {"COMPLETED"},
               {"CONDITION"},
               {"STREAMS", Table::Align::kRight},
               {"MESSAGES", Table::Align::kRight},
               {"SIZE", Table::Align::kRight},
               {"STORED", Table::Align::kRight},
               {"SKEW", Table::Align::kRight}});
  for (const Document& set : sets) {
    table.AddRow({TextOf(set, "id"), LocalTime(TextOf(set, "completed")), Condition(set),
                  Streams(set), HumanCount(CountOf(set, "messages")),
                  HumanSize(CountOf(set, "bytes")), HumanSize(CountOf(set, "stored_bytes")),
                  Skew(set)});
  }
  return table.Render();
}

std::string RenderSet(const Document& set) {
  const Document& server = MemberOf(set, "server");
  const Document& selection = MemberOf(set, "selection");
  std::string text = LabelledLine("set", TextOf(set, "id"));
  text += LabelledLine("account", TextOf(set, "account"));
  text += LabelledLine("condition", Condition(set));
  text += LabelledLine("streams", Streams(set));
  text += LabelledLine("chosen by", Joined(MemberOf(selection, "streams")));
  if (!MemberOf(selection, "exclude").empty()) {
    text += LabelledLine("without", Joined(MemberOf(selection, "exclude")));
  }
  if (!MemberOf(selection, "order").empty()) {
    text += LabelledLine("in order", Joined(MemberOf(selection, "order")));
  }
  text += LabelledLine("started", LocalTime(TextOf(set, "started")));
  text += LabelledLine("completed", LocalTime(TextOf(set, "completed")));
  const Document& cuts = MemberOf(set, "cuts");
  if (!cuts.empty()) {
    text += LabelledLine("cuts", LocalTime(TextOf(cuts, "first")) + " to " +
                                     LocalTime(TextOf(cuts, "last")) + ", skew " + Skew(set));
  }
  text += LabelledLine("server", TextOf(server, "name") + " " + TextOf(server, "version"));
  text += LabelledLine("messages", HumanCount(CountOf(set, "messages")) + " (" +
                                       HumanSize(CountOf(set, "bytes")) + ")");
  text += LabelledLine("stored", HumanSize(CountOf(set, "stored_bytes")));
  for (const auto& [key, value] : MemberOf(set, "metadata").items()) {
    if (value.is_string()) text += LabelledLine("metadata " + key, value.get<std::string>());
  }
  Table table({{"STREAM"},
               {"BACKUP"},
               {"MESSAGES", Table::Align::kRight},
               {"SIZE", Table::Align::kRight},
               {"CUT"},
               {"FAILED"}});
  for (const Document& member : MemberOf(set, "members")) {
    const bool there = member.contains("backup");
    const Document& error = MemberOf(member, "error");
    table.AddRow({TextOf(member, "stream"), TextOf(member, "backup"),
                  there ? HumanCount(CountOf(member, "messages")) : "",
                  there ? HumanSize(CountOf(member, "bytes")) : "",
                  there ? LocalTime(TextOf(member, "cut_time")) : "",
                  error.empty() ? ""
                                : TextOf(error, "description") + " (" +
                                      std::to_string(CountOf(error, "err_code")) + ")"});
  }
  text += "\n" + table.Render();
  for (const Document& warning : MemberOf(set, "warnings")) {
    if (warning.is_string()) text += "warning: " + Printable(warning.get<std::string>()) + "\n";
  }
  return text;
}

}  // namespace jetkeep
