#include "service/cli/render/job_text.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "service/cli/follow/job_run.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"
#include "service/cli/render/table.h"

namespace jetkeep {
namespace {

std::string Percent(const Document& progress) {
  return progress.contains("percent")
             ? std::to_string(static_cast<int>(NumberOf(progress, "percent"))) + "%"
             : "";
}

std::string Figures(const Document& progress) {
  const Document& messages = MemberOf(progress, "messages");
  std::string text = Percent(progress) + ", " + HumanCount(CountOf(messages, "done"));
  if (CountOf(messages, "expected") > 0) text += " of " + HumanCount(CountOf(messages, "expected"));
  return text + " messages, " + HumanSize(CountOf(MemberOf(progress, "bytes"), "done"));
}

std::string ErrorText(const Document& document) {
  return TextOf(MemberOf(document, "error"), "description");
}

std::string Line(const std::string& name, const std::string& value) {
  return value.empty() ? "" : LabelledLine(name, value);
}

std::string TimeOrNothing(const Document& job, std::string_view field) {
  const std::string time = TextOf(job, field);
  return time.empty() ? "" : LocalTime(time);
}

// "orders", or "orders to staging" of a restore into another account.
std::string Accounts(const Document& job) {
  const std::string target = TextOf(job, "target");
  return TextOf(job, "account") + (target.empty() ? "" : " to " + target);
}

}  // namespace

std::string RenderJobs(const Document& jobs) {
  if (!jobs.is_array() || jobs.empty()) return "no jobs\n";
  const bool several = std::any_of(jobs.begin(), jobs.end(), [&](const Document& job) {
    return Accounts(job) != TextOf(jobs.front(), "account");
  });
  std::vector<Table::Column> columns{
      {"JOB"},     {"KIND"},  {"STREAM"}, {"STATE"}, {"DONE", Table::Align::kRight},
      {"CREATED"}, {"ENDED"}, {"ERROR"}};
  if (several) columns.insert(columns.begin() + 1, Table::Column{"ACCOUNT"});
  Table table(std::move(columns));
  for (const Document& job : jobs) {
    std::vector<std::string> cells{TextOf(job, "job"),
                                   TextOf(job, "kind"),
                                   TextOf(job, "stream"),
                                   TextOf(job, "state"),
                                   Percent(MemberOf(job, "progress")),
                                   TimeOrNothing(job, "created"),
                                   TimeOrNothing(job, "ended"),
                                   ErrorText(job)};
    if (several) cells.insert(cells.begin() + 1, Accounts(job));
    table.AddRow(cells);
  }
  return table.Render();
}

std::string RenderJob(const Document& job) {
  std::string text = Line("job", TextOf(job, "job")) + Line("kind", TextOf(job, "kind")) +
                     Line("stream", TextOf(job, "stream")) + Line("target", TextOf(job, "target")) +
                     Line("state", TextOf(job, "state")) + Line("backup", TextOf(job, "backup")) +
                     Line("created", TimeOrNothing(job, "created")) +
                     Line("started", TimeOrNothing(job, "started")) +
                     Line("ended", TimeOrNothing(job, "ended"));
  if (job.contains("position")) text += Line("position", std::to_string(CountOf(job, "position")));
  if (CountOf(job, "attempts") > 1)
    text += Line("attempts", std::to_string(CountOf(job, "attempts")));
  if (job.contains("progress")) text += Line("progress", Figures(MemberOf(job, "progress")));
  return text + Line("error", ErrorText(job)) + Line("events", TextOf(job, "events"));
}

std::string RenderEvent(const Document& event) {
  constexpr std::string_view kPrefix = "io.jetkeep.event.v1.";
  std::string type = TextOf(event, "type");
  if (type.starts_with(kPrefix)) type.erase(0, kPrefix.size());
  const std::size_t line = type.find('_');
  const std::string work = type.substr(0, line);
  const std::string kind = line == std::string::npos ? "" : type.substr(line + 1);
  std::string text =
      LocalTime(TextOf(event, "time")) + "  " + work + " " + TextOf(event, "stream") + "  ";
  if (kind == "progress") {
    text += Figures(event);
  } else if (kind == "completed") {
    text += DescribeResult(work == "backup"      ? JobKind::kBackup
                           : work == "restore"   ? JobKind::kRestore
                           : work == "republish" ? JobKind::kRepublish
                                                 : JobKind::kVerify,
                           event);
  } else if (kind == "failed") {
    text += "failed: " + ErrorText(event);
  } else if (kind == "retrying") {
    text += "attempt " + std::to_string(CountOf(event, "attempt")) +
            " failed: " + ErrorText(event) + "; next one in " +
            HumanSeconds(NumberOf(event, "delay_seconds"));
  } else {
    text += kind;
    if (kind == "queued" && CountOf(event, "position") > 0) {
      text += " behind " + HumanPlural(CountOf(event, "position"), "other job");
    }
  }
  return Printable(text + "  (job " + TextOf(event, "job") + ")");
}

}  // namespace jetkeep
