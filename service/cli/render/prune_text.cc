#include "service/cli/render/prune_text.h"

#include <string_view>

#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"
#include "service/cli/render/table.h"

namespace jetkeep {
namespace {

std::string VerdictText(const Document& decision) {
  const std::string verdict = TextOf(decision, "verdict");
  return verdict == "would_go" ? "would go" : verdict;
}

std::string WhyText(const Document& decision) {
  std::string text;
  for (const Document& reason : MemberOf(decision, "reasons")) {
    if (!reason.is_string()) continue;
    if (!text.empty()) text += ", ";
    text += reason.get<std::string>();
  }
  const std::string error = TextOf(MemberOf(decision, "error"), "description");
  return error.empty() ? text : text + "; not removed: " + error;
}

}  // namespace

std::string RenderPrune(const Document& answer) {
  Table table({{"ID"}, {"STREAM"}, {"TIME"}, {"VERDICT"}, {"WHY"}});
  std::size_t rows = 0;
  for (const char* list : {"sets", "backups"}) {
    for (const Document& decision : MemberOf(answer, list)) {
      const std::string set = TextOf(decision, "set");
      table.AddRow({set.empty() ? TextOf(decision, "backup") : set,
                    set.empty() ? TextOf(decision, "stream") : "(set)",
                    LocalTime(TextOf(decision, "time")), VerdictText(decision), WhyText(decision)});
      ++rows;
    }
  }
  std::string text = rows == 0 ? std::string() : table.Render();
  const Document& truncated = MemberOf(answer, "truncated");
  const std::uint64_t more = CountOf(truncated, "sets") + CountOf(truncated, "backups");
  if (more > 0) text += "… and " + HumanCount(more) + " more\n";
  const bool dry_run = FlagOf(answer, "dry_run");
  text += HumanCount(CountOf(answer, "removed")) + (dry_run ? " would go (" : " removed (") +
          HumanSize(CountOf(answer, "removed_bytes")) + "), " +
          HumanCount(CountOf(answer, "stays")) + (dry_run ? " would stay" : " stay");
  if (const std::uint64_t failed = CountOf(answer, "failed"); failed > 0) {
    text += ", " + HumanCount(failed) + " could not be removed";
  }
  return text + "\n";
}

}  // namespace jetkeep
