#include "service/engine/prune/prune_run.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "protocol/base/stream_pattern.h"
#include "service/policy/backup_worth.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

// Of an imported backup the beginning alone is of the time when it was made.
std::int64_t TimeOf(const BackupSummary& backup) {
  if (backup.cut_time_ns != 0) return backup.cut_time_ns;
  return backup.started_ns != 0 ? backup.started_ns : backup.completed_ns;
}

// Sets of different streams do not take each other's place. No pattern holds a line break.
std::string Comparable(const SetSelection& selection, bool config_only) {
  std::string text = config_only ? "configurations\n" : "\n";
  for (const auto* words : {&selection.streams, &selection.exclude}) {
    for (const std::string& word : *words) text.append(word).push_back('\n');
    text.push_back('\n');
  }
  return text;
}

// Backups of the configuration alone do not take a full one's place.
std::string GroupOf(const BackupSummary& backup) {
  const bool config_only = backup.condition == BackupCondition::kConfigOnly;
  return backup.stream + (config_only ? "\nconfiguration" : "\n");
}

}  // namespace

Result<PruneReport> PruneRun::Run(const PruneSpec& spec) {
  if (spec.keep.empty()) {
    return jetkeep::Fail(Errc::kInvalidRequest, "no rule says what stays",
                         "Give at least one of last, hourly, daily, weekly, monthly, yearly and "
                         "within.");
  }
  // In this order: a set that ends meanwhile is seen as one or the other.
  JETKEEP_TRY(ReadBackups(spec.streams));
  JETKEEP_TRY(repository_.sets_being_made().CheckNone(spec.dry_run, cancel_));
  JETKEEP_TRY(ReadNaming());
  if (spec.streams.empty()) {
    JETKEEP_TRY(ReadSets());
    Judge(sets_, spec.keep);
    if (!spec.dry_run) RemoveSets();
  }
  HoldMembers();
  Judge(backups_, spec.keep);
  if (!spec.dry_run) RemoveBackups();
  return Report();
}

Status PruneRun::ReadBackups(const std::vector<std::string>& patterns) {
  JETKEEP_ASSIGN(const FoundBackups found, repository_.Find(""));
  const auto unread = [this](const Error& error) {
    Warn(error);
    if (error.code != Errc::kRepositoryCorrupt) all_read_ = false;
  };
  for (const auto* unreadable : {&found.unreadable_lineages, &found.unreadable}) {
    for (const UnreadableBackup& backup : *unreadable) unread(backup.why);
  }
  for (const Error& error : found.unreadable_places) unread(error);
  for (const Error& error : found.copies) Warn(error);
  std::set<std::string> unknown;
  for (const UnreadableBackup& backup : found.unknown_verification) unknown.insert(backup.id);
  std::set<std::string> matched;
  for (const BackupSummary& backup : found.backups) {
    bool wanted = patterns.empty();
    for (const std::string& pattern : patterns) {
      if (!MatchesStreamPattern(pattern, backup.stream)) continue;
      matched.insert(pattern);
      wanted = true;
    }
    if (!wanted) continue;
    Judged& judged = backups_.emplace_back();
    judged.group = GroupOf(backup);
    judged.candidate = {TimeOf(backup), WorthOf(backup, unknown.contains(backup.id)),
                        backup.pinned ? "pinned" : ""};
    worth_.emplace(backup.id, judged.candidate.worth);
    judged.decision.id = backup.id;
    judged.decision.stream = backup.stream;
    judged.decision.time_ns = TimeOf(backup);
    judged.decision.stored_bytes = backup.stored_bytes;
  }
  for (const std::string& pattern : patterns) {
    if (matched.contains(pattern)) continue;
    return jetkeep::Fail(Errc::kBackupNotFound,
                         "no backup is of a stream that " + pattern + " matches",
                         "List the backups to see which there are.");
  }
  return {};
}

Status PruneRun::ReadNaming() {
  std::vector<std::string> ids;
  ids.reserve(backups_.size());
  for (const Judged& backup : backups_) ids.push_back(backup.decision.id);
  JETKEEP_ASSIGN(naming_, repository_.sets().NamingEach(ids));
  return {};
}

Status PruneRun::ReadSets() {
  JETKEEP_ASSIGN(SetListing listing, repository_.ListSets());
  std::move(listing.warnings.begin(), listing.warnings.end(), std::back_inserter(report_.warnings));
  for (const SetSummary& set : listing.sets) {
    const auto details = repository_.LoadSet(set.id);
    if (!details) {
      if (details.error().code != Errc::kSetNotFound) Warn(details.error());
      continue;
    }
    Judged& judged = sets_.emplace_back();
    judged.group = Comparable(details->selection, set.config_only);
    const std::int64_t time_ns = set.last_cut_ns != 0 ? set.last_cut_ns : set.completed_ns;
    judged.candidate = {time_ns, WorthOfSet(*details), set.pinned ? "pinned" : ""};
    judged.decision.id = set.id;
    judged.decision.time_ns = time_ns;
  }
  return {};
}

// That of its worst backup. One that is gone makes it partial, unless it could not be read.
Worth PruneRun::WorthOfSet(const SetDetails& set) const {
  if (set.summary.condition != SetCondition::kComplete) return Worth::kBad;
  Worth worst = Worth::kGood;
  for (const SetMember& member : set.members) {
    const auto found = worth_.find(member.backup);
    const Worth absent = all_read_ ? Worth::kBad : Worth::kUnknown;
    const Worth worth = found == worth_.end() ? absent : found->second;
    if (worth == Worth::kBad) return worth;
    worst = std::max(worst, worth);
  }
  return worst;
}

void PruneRun::Judge(std::vector<Judged>& all, const Retention& keep) {
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < all.size(); ++i) groups[all[i].group].push_back(i);
  for (const auto& [name, places] : groups) {
    std::vector<Candidate> candidates;
    candidates.reserve(places.size());
    for (const std::size_t place : places) candidates.push_back(all[place].candidate);
    std::vector<Verdict> verdicts = jetkeep::Judge(candidates, keep);
    for (std::size_t i = 0; i < places.size(); ++i) {
      all[places[i]].decision.stays = verdicts[i].stays;
      all[places[i]].decision.reasons = std::move(verdicts[i].reasons);
    }
  }
}

// Backups of a set stay as long as it does.
void PruneRun::HoldMembers() {
  std::set<std::string> going;
  for (const Judged& set : sets_) {
    if (!set.decision.stays && !set.decision.error) going.insert(set.decision.id);
  }
  for (Judged& backup : backups_) {
    const auto naming = naming_.find(backup.decision.id);
    if (naming == naming_.end() || !backup.candidate.held.empty()) continue;
    for (const std::string& set : naming->second) {
      if (going.contains(set)) continue;
      backup.candidate.held = "in set " + set;
      break;
    }
  }
}

void PruneRun::RemoveSets() {
  for (Judged& set : sets_) {
    if (set.decision.stays) continue;
    Status removed = cancel_.Check();
    if (removed) removed = repository_.ForgetSet(set.decision.id);
    if (!removed && removed.error().code != Errc::kSetNotFound) {
      set.decision.error = std::move(removed).error();
      continue;
    }
    log::Info("a set was pruned", {{"set", set.decision.id}});
  }
}

void PruneRun::RemoveBackups() {
  for (Judged& backup : backups_) {
    if (backup.decision.stays) continue;
    if (Status going = cancel_.Check(); !going) {
      backup.decision.error = std::move(going).error();
      continue;
    }
    const auto removed = repository_.DeleteUnnamed(backup.decision.id, backup.decision.stream);
    // Somebody else was faster.
    if (!removed && removed.error().code != Errc::kBackupNotFound) {
      backup.decision.error = removed.error();
      continue;
    }
    log::Info("a backup was pruned",
              {{"backup", backup.decision.id}, {"stream", backup.decision.stream}});
    if (!removed) continue;
    for (const Error& problem : removed->problems) {
      log::Warn("a deleted backup is not cleaned up yet",
                {{"backup", backup.decision.id}, {"error", problem.message}});
    }
  }
}

void PruneRun::Warn(const Error& error) { report_.warnings.push_back(error.message); }

PruneReport PruneRun::Report() {
  // Of one stream together, the newest first, as they are already.
  std::stable_sort(backups_.begin(), backups_.end(), [](const Judged& a, const Judged& b) {
    return a.decision.stream < b.decision.stream;
  });
  for (auto* all : {&sets_, &backups_}) {
    for (Judged& judged : *all) {
      const PruneDecision& decision = judged.decision;
      if (decision.stays) {
        ++report_.stays;
      } else if (decision.error) {
        ++report_.failed;
      } else {
        ++report_.removed;
        report_.removed_bytes += decision.stored_bytes;
      }
      report_.decisions.push_back(std::move(judged.decision));
    }
  }
  return std::move(report_);
}

}  // namespace jetkeep
