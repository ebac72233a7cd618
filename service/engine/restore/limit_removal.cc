#include "service/engine/restore/limit_removal.h"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

#include "protocol/json/raw_json.h"
#include "protocol/subjects/subject_filter.h"
#include "service/engine/read/read_messages.h"
#include "service/engine/read/subject_digest.h"
#include "service/engine/restore/server_clock.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxSubjects = 200'000;  // some 16 MB

struct DigestHash {
  std::size_t operator()(const SubjectDigest& digest) const { return digest[0]; }
};

struct SubjectCount {
  std::uint64_t messages = 0;
  std::uint64_t passed = 0;
  SubjectDigest original{};
  bool merged = false;  // of more than one
};

bool Narrower(std::uint64_t limit, std::uint64_t before) {
  return limit > 0 && (before == 0 || limit < before);
}

bool Exceeds(std::uint64_t value, std::int64_t limit) {
  return limit > 0 && value > static_cast<std::uint64_t>(limit);
}

// Whether the configuration names what the messages of the stream may have for subjects: not where
// they come from other streams, or are transformed.
Result<bool> NamesItsSubjects(const Manifest& manifest, const StreamConfigFacts& before) {
  JETKEEP_ASSIGN(const auto transform, FindRawMember(manifest.config_json, "subject_transform"));
  const bool transforms = transform && *transform != "null";
  return before.origins.empty() && !before.subjects.empty() && !transforms;
}

Result<bool> AllMatch(Repository& repository, const Manifest& manifest,
                      const std::vector<std::string>& patterns, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const SubjectFilter filter, SubjectFilter::Make(patterns, {}));
  bool all = true;
  JETKEEP_TRY(ForEachMessage(repository, manifest, {}, cancel, [&](const RecordView& record) {
    all = filter.Takes(record.subject);
    return Result<ReadOn>(all ? ReadOn::kYes : ReadOn::kNo);
  }));
  return all;
}

// Patterns that together match the subjects of all messages. Older messages may have subjects that
// the stream had once, so that only reading them tells; `read`: it is worth that.
Result<std::vector<std::string>> SubjectsOf(Repository& repository, const Manifest& manifest,
                                            const StreamConfigFacts& before,
                                            const RecordRewrite& rewrite, bool read,
                                            const CancelToken& cancel) {
  bool all_match = false;
  if (!rewrite.given_rules) {
    JETKEEP_ASSIGN(all_match, NamesItsSubjects(manifest, before));
  } else if (read && !before.subjects.empty()) {
    JETKEEP_ASSIGN(all_match, AllMatch(repository, manifest, before.subjects, cancel));
  }
  return all_match ? before.subjects : std::vector<std::string>{">"};
}

class Finder {
 public:
  Finder(Repository& repository, const Manifest& manifest, const StreamConfigFacts& before,
         const StreamConfigFacts& target, const RecordRewrite& rewrite, bool merges,
         std::vector<std::string> subjects, const ServerLimits& server, const CancelToken& cancel)
      : repository_(repository),
        manifest_(manifest),
        target_(target),
        rewrite_(rewrite),
        rewriter_(rewrite),
        now_ns_(server.now_ns),
        cancel_(cancel),
        merges_(merges),
        // Servers carry this limit out whatever the stream discards.
        by_subject_(Narrower(target.max_per_subject, before.max_per_subject) ||
                    (merges_ && target.max_per_subject > 0)),
        by_age_(Narrower(target.max_age_ns, before.max_age_ns) &&
                TooOld(manifest.state.first_time_ns)),
        by_count_(RemovesTotals(target, server) &&
                  Exceeds(manifest.state.messages, target.max_messages)),
        by_bytes_(RemovesTotals(target, server) && MayExceedBytes(before, subjects)) {
    found_.subjects = std::move(subjects);
  }

  Result<LimitRemoval> Find() {
    if (manifest_.state.messages == 0) return std::move(found_);
    if (by_subject_ || merges_) JETKEEP_TRY(CountSubjects());
    if (by_subject_ || by_age_ || by_count_ || by_bytes_) {
      JETKEEP_TRY(TakeYoungest());
      JETKEEP_TRY(FitTotals());
    }
    Name(by_subject_removed_, "max_msgs_per_subject", target_.max_per_subject);
    Name(by_age_removed_, "max_age", target_.max_age_ns);
    Name(by_count_removed_, "max_msgs", static_cast<std::uint64_t>(target_.max_messages));
    Name(by_bytes_removed_, "max_bytes", static_cast<std::uint64_t>(target_.max_bytes));
    return std::move(found_);
  }

 private:
  static bool RemovesTotals(const StreamConfigFacts& target, const ServerLimits& server) {
    return !target.discards_new || server.discard_new_removes;
  }
  bool TooOld(std::int64_t time_ns) const {
    return target_.max_age_ns > 0 &&
           time_ns < now_ns_ - static_cast<std::int64_t>(std::min<std::uint64_t>(
                                   target_.max_age_ns, static_cast<std::uint64_t>(now_ns_)));
  }
  // The server's clock may be that much behind: it removes by itself what is younger than this.
  bool TooOldForAnyClock(std::int64_t time_ns) const { return TooOld(time_ns + kClockSkewNs); }
  // An upper bound, so that most restores need no pass over the messages.
  bool MayExceedBytes(const StreamConfigFacts& before,
                      const std::vector<std::string>& subjects) const {
    if (target_.max_bytes <= 0) return false;
    const auto growth = rewrite_.subjects.GrowthOf(subjects);
    if (!growth || !rewrite_.from_bucket.empty() || rewrite_.schedules || rewrite_.obfuscator.any())
      return true;
    const std::int64_t more =
        std::max<std::int64_t>(growth->most, 0) + (rewrite_.in_memory != before.in_memory ? 18 : 0);
    const std::uint64_t most =
        manifest_.state.bytes + manifest_.state.messages * static_cast<std::uint64_t>(more);
    return Exceeds(most, target_.max_bytes);
  }

  void Name(std::uint64_t removed, const std::string& limit, std::uint64_t value) {
    if (removed == 0) return;
    found_.removed += removed;
    found_.limits.push_back(limit + " " + std::to_string(value) + " removes " +
                            std::to_string(removed));
  }

  Status ForEach(const std::function<Result<ReadOn>(const RecordView&)>& f) {
    return ForEachMessage(repository_, manifest_, {}, cancel_, f);
  }

  Status CountSubjects() {
    std::uint64_t merged = 0;
    std::string example;
    JETKEEP_TRY(ForEach([&](const RecordView& record) -> Result<ReadOn> {
      const SubjectDigest original = DigestOf(record.subject);
      const RecordView& rewritten = rewriter_.Rewrite(record);
      SubjectCount& count = subjects_[DigestOf(rewritten.subject)];
      if (count.messages++ == 0) {
        count.original = original;
      } else if (count.original != original && !count.merged) {
        count.merged = true;
        ++merged;
        if (example.empty()) {
          example =
              std::string(record.subject) + " and another become " + std::string(rewritten.subject);
        }
      }
      if (subjects_.size() <= kMaxSubjects) return ReadOn::kYes;
      if (!by_subject_) {
        found_.warnings.push_back(
            "whether different subjects became one was looked at up to "
            "sequence " +
            std::to_string(record.sequence) + " only: there are too many");
        return ReadOn::kNo;
      }
      return Fail(Errc::kInvalidRequest,
                  "whether limits remove messages cannot be counted: backup " + manifest_.id +
                      " has more than " + std::to_string(kMaxSubjects) + " subjects",
                  "Nothing was changed. Restore with rules that keep different subjects different, "
                  "and with the max_msgs_per_subject of the backup.");
    }));
    if (merged > 0) {
      found_.warnings.push_back(
          std::to_string(merged) + " subjects hold messages of several subjects of the backup (" +
          example + "): the last message of such a subject is the last of all of them");
    }
    return {};
  }

  // Without what is too old or too many of its subject.
  Status TakeYoungest() {
    return ForEach([&](const RecordView& record) -> Result<ReadOn> {
      if (by_age_ && TooOldForAnyClock(record.timestamp_ns)) {
        if (by_subject_) {
          ++subjects_[DigestOf(rewriter_.Rewrite(record).subject)].passed;
        }
        ++by_age_removed_;
        return ReadOn::kYes;
      }
      const RecordView& rewritten = rewriter_.Rewrite(record);
      if (by_subject_) {
        SubjectCount& count = subjects_[DigestOf(rewritten.subject)];
        if (count.messages - count.passed++ > target_.max_per_subject) {
          ++by_subject_removed_;
          return ReadOn::kYes;
        }
      }
      if (by_age_ && TooOld(record.timestamp_ns)) {
        ++by_age_removed_;
        ++found_.expiring;
      }
      found_.kept.Add(record, rewriter_.SizeOf(rewritten));
      return ReadOn::kYes;
    });
  }

  // Without the oldest, until the rest fits.
  Status FitTotals() {
    TakenMessages& kept = found_.kept;
    std::uint64_t messages = kept.sequences.Count();
    const auto over_count = [&] { return by_count_ && Exceeds(messages, target_.max_messages); };
    const auto over_bytes = [&] { return by_bytes_ && Exceeds(kept.bytes, target_.max_bytes); };
    if (!over_count() && !over_bytes()) return {};
    std::uint64_t last_removed = 0;
    std::int64_t first_time_ns = 0;
    JETKEEP_TRY(ForEach([&](const RecordView& record) -> Result<ReadOn> {
      if (!kept.sequences.Contains(record.sequence)) return ReadOn::kYes;
      first_time_ns = record.timestamp_ns;
      if (!over_count() && !over_bytes()) return ReadOn::kNo;
      if (by_age_ && TooOld(record.timestamp_ns)) {
        --found_.expiring;  // and counted as too old
      } else {
        ++(over_count() ? by_count_removed_ : by_bytes_removed_);
      }
      --messages;
      kept.bytes -= rewriter_.SizeOf(rewriter_.Rewrite(record));
      last_removed = record.sequence;
      return ReadOn::kYes;
    }));
    kept.sequences.RemoveRange(1, last_removed);
    kept.first_time_ns = first_time_ns;
    return {};
  }

  Repository& repository_;
  const Manifest& manifest_;
  const StreamConfigFacts& target_;
  const RecordRewrite& rewrite_;
  RecordRewriter rewriter_;
  const std::int64_t now_ns_;
  const CancelToken& cancel_;
  const bool merges_;
  const bool by_subject_;
  const bool by_age_;
  const bool by_count_;
  const bool by_bytes_;
  std::unordered_map<SubjectDigest, SubjectCount, DigestHash> subjects_;
  std::uint64_t by_subject_removed_ = 0;
  std::uint64_t by_age_removed_ = 0;
  std::uint64_t by_count_removed_ = 0;
  std::uint64_t by_bytes_removed_ = 0;
  LimitRemoval found_;
};

}  // namespace

Result<LimitRemoval> FindLimitRemoval(Repository& repository, const Manifest& manifest,
                                      const StreamConfigFacts& target, const RecordRewrite& rewrite,
                                      const ServerLimits& server, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const StreamConfigFacts before, ReadStreamConfig(manifest.config_json));
  if (manifest.state.messages == 0 || rewrite.subjects.empty()) {
    return Finder(repository, manifest, before, target, rewrite, /*merges=*/false, before.subjects,
                  server, cancel)
        .Find();
  }
  const bool limited = target.max_per_subject > 0 || target.max_bytes > 0;
  JETKEEP_ASSIGN(std::vector<std::string> subjects,
                 SubjectsOf(repository, manifest, before, rewrite, limited, cancel));
  // Without a limit, merged subjects are worth a warning only: those that the configuration names.
  JETKEEP_ASSIGN(const bool named, NamesItsSubjects(manifest, before));
  const bool merges = rewrite.given_rules &&
                      rewrite.subjects.MayMerge(limited || !named ? subjects : before.subjects);
  return Finder(repository, manifest, before, target, rewrite, merges, std::move(subjects), server,
                cancel)
      .Find();
}

}  // namespace jetkeep
