#include "service/cli/render/backup_text.h"

#include "protocol/sequences/sequences_text.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"
#include "service/cli/render/table.h"

namespace jetkeep {
namespace {

std::string Verified(const Document& backup) {
  const Document& verified = MemberOf(backup, "verified");
  if (!verified.is_object() || verified.empty()) return "never";
  return LocalTime(TextOf(verified, "time")) + (FlagOf(verified, "ok") ? "" : " DAMAGED") +
         (FlagOf(verified, "drill") ? " (drill)" : "");
}

bool BeforeExactCuts(const Document& backup) {
  return TextOf(backup, "condition") == "complete" && !FlagOf(MemberOf(backup, "cut"), "exact");
}

std::string Condition(const Document& backup) {
  std::string condition = TextOf(backup, "condition");
  const std::string kind = TextOf(backup, "kind");
  const bool from_files = kind == "imported" || kind == "salvaged";
  if (from_files) condition += ", " + kind;
  if (BeforeExactCuts(backup)) condition += from_files ? ", not exact" : ", made before exact cuts";
  return condition + (FlagOf(backup, "pinned") ? ", pinned" : "");
}

std::string Text(const Document& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Document::error_handler_t::replace);
}

std::string Consumers(const Document& consumers) {
  if (!consumers.is_array() || consumers.empty()) return "";
  Table table({{"CONSUMER"},
               {"DELIVERED", Table::Align::kRight},
               {"ACK FLOOR", Table::Align::kRight},
               {"PENDING", Table::Align::kRight},
               {"FROM"}});
  for (const Document& consumer : consumers) {
    table.AddRow({TextOf(consumer, "name"),
                  HumanCount(CountOf(MemberOf(consumer, "delivered"), "stream")),
                  HumanCount(CountOf(MemberOf(consumer, "ack_floor"), "stream")),
                  HumanCount(CountOf(consumer, "pending")), TextOf(consumer, "origin")});
  }
  return "\n" + table.Render();
}

std::string Segments(const Document& segments) {
  if (!segments.is_array() || segments.empty()) return "";
  Table table({{"SEGMENT"},
               {"FIRST", Table::Align::kRight},
               {"LAST", Table::Align::kRight},
               {"RECORDS", Table::Align::kRight},
               {"RAW", Table::Align::kRight},
               {"STORED", Table::Align::kRight}});
  for (const Document& segment : segments) {
    table.AddRow({TextOf(segment, "name"), HumanCount(CountOf(segment, "first_sequence")),
                  HumanCount(CountOf(segment, "last_sequence")),
                  HumanCount(CountOf(segment, "records")), HumanSize(CountOf(segment, "raw_bytes")),
                  HumanSize(CountOf(segment, "stored_bytes"))});
  }
  return "\n" + table.Render();
}

std::string Lost(const Document& ranges) {
  if (!ranges.is_array()) return "";
  std::string text;
  for (const Document& range : ranges) {
    text += (text.empty() ? "" : ", ") + RangeText(CountOf(range, "first"), CountOf(range, "last"));
  }
  return text;
}

}  // namespace

std::string DescribeBackup(const Document& backup) {
  return Printable("backup " + TextOf(backup, "id") + " of stream " + TextOf(backup, "stream") +
                   ", completed " + LocalTime(TextOf(backup, "completed")) + ", " +
                   HumanPlural(CountOf(backup, "messages"), "message") + ", " +
                   HumanSize(CountOf(backup, "bytes")) + ", " + Condition(backup));
}

std::string RenderBackups(const Document& backups) {
  if (!backups.is_array() || backups.empty()) return "no backups\n";
  Table table({{"ID"},
               {"STREAM"},
               {"COMPLETED"},
               {"CONDITION"},
               {"MESSAGES", Table::Align::kRight},
               {"SIZE", Table::Align::kRight},
               {"STORED", Table::Align::kRight},
               {"VERIFIED"}});
  for (const Document& backup : backups) {
    table.AddRow({TextOf(backup, "id"), TextOf(backup, "stream"),
                  LocalTime(TextOf(backup, "completed")), Condition(backup),
                  HumanCount(CountOf(backup, "messages")), HumanSize(CountOf(backup, "bytes")),
                  HumanSize(CountOf(backup, "stored_bytes")), Verified(backup)});
  }
  return table.Render();
}

std::string RenderBackup(const Document& backup) {
  const Document& server = MemberOf(backup, "server");
  std::string text = LabelledLine("backup", TextOf(backup, "id"));
  text += LabelledLine("stream", TextOf(backup, "stream"));
  text += LabelledLine("account", TextOf(backup, "account"));
  text += LabelledLine("condition", Condition(backup));
  const std::string cut = TextOf(MemberOf(backup, "cut"), "time");
  if (!cut.empty()) text += LabelledLine("cut", LocalTime(cut));
  text += LabelledLine("started", LocalTime(TextOf(backup, "started")));
  text += LabelledLine("completed", LocalTime(TextOf(backup, "completed")));
  text += LabelledLine("server", TextOf(server, "name") + " " + TextOf(server, "version"));
  text += LabelledLine("messages", HumanCount(CountOf(backup, "messages")) + " (" +
                                       HumanSize(CountOf(backup, "bytes")) + ")");
  text += LabelledLine("sequences", HumanCount(CountOf(backup, "first_sequence")) + " to " +
                                        HumanCount(CountOf(backup, "last_sequence")) + ", " +
                                        HumanCount(CountOf(backup, "num_deleted")) + " deleted");
  text += LabelledLine("stored", HumanSize(CountOf(backup, "stored_bytes")) + " (raw " +
                                     HumanSize(CountOf(backup, "raw_bytes")) + ")");
  text += LabelledLine("consumers", HumanCount(CountOf(backup, "consumers")));
  text += LabelledLine("verified", Verified(backup));
  if (CountOf(backup, "lost_messages") > 0) {
    text += LabelledLine("lost", HumanPlural(CountOf(backup, "lost_messages"), "message") + ": " +
                                     Lost(MemberOf(backup, "lost")));
  }
  text += LabelledLine("configuration", Text(MemberOf(backup, "config")));
  text += Consumers(MemberOf(backup, "consumer_details"));
  text += Segments(MemberOf(backup, "segments"));
  const Document& warnings = MemberOf(backup, "warnings");
  if (warnings.is_array()) {
    for (const Document& warning : warnings) text += "warning: " + Printable(Text(warning)) + "\n";
  }
  return text;
}

}  // namespace jetkeep
