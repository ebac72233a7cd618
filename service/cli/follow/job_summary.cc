#include "service/cli/follow/job_summary.h"

#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMostNamed = 5;

}  // namespace

void JobSummary::Add(const JobRun& run) {
  ++runs_;
  if (run.error()) {
    failed_.push_back(run.stream());
    return;
  }
  const Document& result = MemberOf(run.last_event(), "result");
  if (TextOf(result, "condition") == "damaged") {
    ++damaged_;
  } else if (TextOf(result, "condition") == "config_only") {
    ++config_only_;
  } else {
    ++complete_;
  }
  bytes_ += CountOf(result, "bytes");
  stored_bytes_ += CountOf(result, "stored_bytes");
}

std::string JobSummary::Text(double seconds) const {
  std::string text = HumanCount(complete_) + " of " + HumanCount(runs_) + " complete";
  if (damaged_ > 0) text += ", " + HumanCount(damaged_) + " damaged";
  if (config_only_ > 0) text += ", " + HumanCount(config_only_) + " config_only";
  text += ", " + HumanSize(bytes_) + ", stored " + HumanSize(stored_bytes_) + ", in " +
          HumanSeconds(seconds);
  for (std::size_t i = 0; i < failed_.size() && i < kMostNamed; ++i) {
    text += (i == 0 ? "; failed: " : ", ") + failed_[i];
  }
  if (failed_.size() > kMostNamed) {
    text += " and " + HumanCount(failed_.size() - kMostNamed) + " more";
  }
  return Printable(text);
}

}  // namespace jetkeep
