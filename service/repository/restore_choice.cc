#include "service/repository/restore_choice.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "protocol/base/time.h"
#include "protocol/repository/backup_id.h"
#include "protocol/repository/backup_order.h"
#include "service/repository/catalog.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMostNamed = 5;

// A backup that cannot be taken.
struct Passed {
  std::string id;
  std::string why;
  const BackupSummary* summary = nullptr;  // null: its manifest cannot be read
  bool unknown = false;                    // it could not be read, which says nothing of its worth
  bool deleted = false;                    // since the listing
};

const UnreadableBackup* FindIn(const std::vector<UnreadableBackup>& backups,
                               const std::string& id) {
  const auto found = std::find_if(backups.begin(), backups.end(),
                                  [&](const UnreadableBackup& backup) { return backup.id == id; });
  return found == backups.end() ? nullptr : &*found;
}

class Chooser {
 public:
  Chooser(Store& store, const std::string& stream, const std::vector<UnreadableBackup>& unusable,
          const FoundBackups& found, ChosenFor what)
      : store_(store),
        stream_(stream),
        unusable_(unusable),
        found_(found),
        what_(what),
        clocks_(ClockDisagreements(found.backups)) {}

  Result<RestoreChoice> Choose(bool allow_older) {
    for (const BackupSummary& backup : found_.backups) {
      // It is no backup of the stream's messages, newer or not.
      if (backup.condition == BackupCondition::kConfigOnly && what_ == ChosenFor::kMessages) {
        if (config_only_.empty()) config_only_ = backup.id;
        continue;
      }
      JETKEEP_ASSIGN(std::optional<Passed> passed, WhyNot(backup));
      if (passed) {
        if (!passed->deleted) passed_.push_back(*std::move(passed));
        continue;
      }
      AddUnreadable(&backup);
      if (passed_.empty()) return RestoreChoice{backup, clocks_};
      if (!allow_older) return Fail(NewerUnusable(backup));
      return RestoreChoice{backup, Warnings(backup)};
    }
    AddUnreadable(nullptr);
    return Fail(NoneUsable());
  }

 private:
  Result<std::optional<Passed>> WhyNot(const BackupSummary& backup) {
    const auto passed = [&](std::string why, bool unknown = false) {
      return std::optional<Passed>(Passed{backup.id, std::move(why), &backup, unknown});
    };
    if (backup.condition == BackupCondition::kDamaged) {
      return passed("it is damaged: the stream was damaged when it was backed up");
    }
    if (backup.verified && !backup.verified->ok) {
      return passed(std::string(backup.verified->drill ? "its drill" : "its verification") +
                    " failed at " + FormatTime(backup.verified->time_ns));
    }
    if (const UnreadableBackup* unknown = FindIn(found_.unknown_verification, backup.id)) {
      return passed("the result of its verification cannot be read: " + unknown->why.message, true);
    }
    if (const UnreadableBackup* unusable = FindIn(unusable_, backup.id)) {
      return passed(unusable->why.message);
    }
    // The listing read the head only.
    JETKEEP_ASSIGN(const LineagePath place,
                   LineagePath::Make(backup.account, backup.stream, backup.lineage));
    const auto manifest = ReadManifest(store_, place, backup.id);
    if (manifest) return std::optional<Passed>();
    auto damaged =
        passed(manifest.error().message, manifest.error().code != Errc::kRepositoryCorrupt);
    const auto exists = store_.Exists(place.Manifest(backup.id));
    damaged->deleted = exists && !*exists;
    return damaged;
  }

  // Which of those that cannot be read may be newer than `chosen`: a writer gives a backup an id
  // above all that it finds, so one with a lower id was there before. Where ids follow clocks that
  // are known to disagree, they tell nothing.
  void AddUnreadable(const BackupSummary* chosen) {
    for (const UnreadableBackup& backup : found_.unreadable) {
      if (chosen != nullptr && backup.id < chosen->id && clocks_.empty()) continue;
      passed_.push_back(
          {backup.id, backup.why.message, nullptr, backup.why.code != Errc::kRepositoryCorrupt});
    }
    for (const UnreadableBackup& lineage : found_.unreadable_lineages) {
      passed_.push_back({lineage.id, "the backups beside it cannot be read: " + lineage.why.message,
                         nullptr, true});
    }
  }

  std::string Named() const {
    std::string text;
    for (std::size_t i = 0; i < passed_.size() && i < kMostNamed; ++i) {
      text += (i == 0 ? "" : "; ") + std::string("backup ") + passed_[i].id + ": " + passed_[i].why;
    }
    if (passed_.size() > kMostNamed) {
      text += "; and " + std::to_string(passed_.size() - kMostNamed) + " more";
    }
    return text;
  }

  Error NewerUnusable(const BackupSummary& older) const {
    return {Errc::kNewerBackupUnusable,
            "the newest backup of stream " + stream_ + " cannot be used: " + Named(),
            "Restore with allow_older (--allow-older) to take backup " + older.id + " of " +
                FormatTime(older.completed_ns) + " instead, or name the backup to restore."};
  }

  Error NoneUsable() const {
    if (passed_.empty() && !config_only_.empty()) {
      return {Errc::kBackupNotFound,
              "stream " + stream_ + " has backups of its configuration only; the newest is " +
                  config_only_,
              "They hold no messages. Restore one by its id (--backup) to create the stream and "
              "its consumers without messages."};
    }
    if (passed_.empty()) {
      return {Errc::kBackupNotFound, "there is no complete backup of stream " + stream_,
              "List the backups to see which there are."};
    }
    const bool unknown = std::any_of(passed_.begin(), passed_.end(),
                                     [](const Passed& passed) { return passed.unknown; });
    return {unknown ? Errc::kNewerBackupUnusable : Errc::kBackupNotFound,
            "no backup of stream " + stream_ + " can be used: " + Named(),
            "Repair what makes the backup unreadable, or restore a backup by its id, which takes "
            "it even so."};
  }

  std::vector<std::string> Warnings(const BackupSummary& chosen) const {
    std::vector<std::string> warnings = clocks_;
    for (const Passed& passed : passed_) {
      std::string text = "backup " + passed.id + " was passed over: " + passed.why + "; backup " +
                         chosen.id + ", which was restored, is ";
      if (passed.summary != nullptr) {
        text += AgeBetween(chosen, *passed.summary);
      } else {
        BackupSummary by_id;  // all that is known of it
        by_id.started_ns = TimeOfBackupId(passed.id);
        BackupSummary chosen_by_id;
        chosen_by_id.started_ns = TimeOfBackupId(chosen.id);
        text += AgeBetween(chosen_by_id, by_id) + ", by their ids";
      }
      warnings.push_back(std::move(text));
    }
    return warnings;
  }

  Store& store_;
  const std::string& stream_;
  const std::vector<UnreadableBackup>& unusable_;
  const FoundBackups& found_;
  const ChosenFor what_;
  const std::vector<std::string> clocks_;
  std::vector<Passed> passed_;
  std::string config_only_;  // the newest backup of configurations alone, if any
};

}  // namespace

Result<RestoreChoice> ChooseForRestore(Store& store, BlockWorkers& workers,
                                       const std::string& account, const std::string& stream,
                                       bool allow_older,
                                       const std::vector<UnreadableBackup>& unusable,
                                       ChosenFor what) {
  JETKEEP_ASSIGN(const FoundBackups found, FindBackups(store, workers, account, stream));
  return Chooser(store, stream, unusable, found, what).Choose(allow_older);
}

}  // namespace jetkeep
