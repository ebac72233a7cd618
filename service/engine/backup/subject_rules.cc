#include "service/engine/backup/subject_rules.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>

#include "protocol/codec/highway.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

// Of subjects at a time: about 12 MiB.
constexpr std::uint64_t kSubjectsAtATime = 200'000;
constexpr std::uint64_t kMostPasses = 50;
constexpr std::uint64_t kRecordsBetweenChecks = 65'536;

enum class Rollup : std::uint8_t { kNone, kSubject, kAll };

Rollup RollupOf(std::string_view headers) {
  constexpr std::string_view kName = "\r\nNats-Rollup:";
  const std::size_t at = headers.find(kName);
  if (at == std::string_view::npos) return Rollup::kNone;
  std::string_view value = headers.substr(at + kName.size());
  value = value.substr(0, value.find("\r\n"));
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  if (value.starts_with("sub")) return Rollup::kSubject;
  return value.starts_with("all") ? Rollup::kAll : Rollup::kNone;
}

// Keyed, so that nobody can choose subjects that share a number.
HighwayKey RandomKey() {
  HighwayKey key{};
  for (std::uint64_t& word : key.words) word = RandomBits();
  return key;
}

struct Subject {
  std::uint64_t left = 0;    // messages not yet passed, from the newest rollup on
  std::uint64_t rollup = 0;  // sequence of the newest rollup of this subject
};

class Survey {
 public:
  Survey(BackupWriter& writer, const StreamState& state, const SequenceSet& gone,
         const SubjectRules& rules, bool in_memory, const CancelToken& cancel)
      : writer_(writer), rules_(rules), in_memory_(in_memory), cancel_(cancel), key_(RandomKey()) {
    manifest_.state = state;
    manifest_.deleted = gone;
  }

  Result<Replaced> Run(std::uint64_t passes) {
    for (std::uint64_t pass = 0; pass < passes; ++pass) {
      subjects_.clear();
      if (rules_.any()) {
        JETKEEP_TRY(ForEach([&](const RecordView& record) { Count(record, passes, pass); }));
      }
      JETKEEP_TRY(ForEach([&](const RecordView& record) { Decide(record, passes, pass); }));
    }
    return std::move(replaced_);
  }

 private:
  template <typename F>
  Status ForEach(F&& f) {
    JETKEEP_ASSIGN(const auto reader, writer_.ReadBack(manifest_));
    std::uint64_t seen = 0;
    return reader->ForEach([&](const RecordView& record) -> Status {
      if (++seen % kRecordsBetweenChecks == 0) JETKEEP_TRY(cancel_.Check());
      f(record);
      return {};
    });
  }

  // Null: the subject has its turn in another pass.
  Subject* SubjectOf(const RecordView& record, std::uint64_t passes, std::uint64_t pass) {
    if (!rules_.any()) return &any_;
    const std::uint64_t hash = Highway64(key_, {record.subject});
    return hash % passes == pass ? &subjects_[hash] : nullptr;
  }

  void Count(const RecordView& record, std::uint64_t passes, std::uint64_t pass) {
    const Rollup rollup = rules_.rollups ? RollupOf(record.headers) : Rollup::kNone;
    if (rollup == Rollup::kAll) rollup_of_all_ = std::max(rollup_of_all_, record.sequence);
    Subject* subject = SubjectOf(record, passes, pass);
    if (subject == nullptr) return;
    if (rollup != Rollup::kNone) *subject = {0, record.sequence};
    ++subject->left;
  }

  void Decide(const RecordView& record, std::uint64_t passes, std::uint64_t pass) {
    Subject* subject = SubjectOf(record, passes, pass);
    if (subject == nullptr) return;
    const std::uint64_t bytes = in_memory_ ? MemoryStoreSize(record) : FileStoreSize(record);
    const std::uint64_t most = rules_.max_per_subject > 0
                                   ? rules_.max_per_subject
                                   : std::numeric_limits<std::uint64_t>::max();
    const bool rolled_up = record.sequence < std::max(subject->rollup, rollup_of_all_);
    const bool too_many =
        rules_.any() && record.sequence >= subject->rollup && subject->left-- > most;
    if (rolled_up || too_many) {
      replaced_.sequences.Add(record.sequence);
      replaced_.bytes += bytes;
      return;
    }
    replaced_.left_bytes += bytes;
    if (replaced_.first_sequence == 0 || record.sequence < replaced_.first_sequence) {
      replaced_.first_sequence = record.sequence;
      replaced_.first_time_ns = record.timestamp_ns;
    }
  }

  BackupWriter& writer_;
  const SubjectRules rules_;
  const bool in_memory_;
  const CancelToken& cancel_;
  const HighwayKey key_;
  Manifest manifest_;
  std::unordered_map<std::uint64_t, Subject> subjects_;
  Subject any_;  // where there are no rules
  std::uint64_t rollup_of_all_ = 0;
  Replaced replaced_;
};

}  // namespace

Result<Replaced> FindReplaced(BackupWriter& writer, const StreamState& state,
                              const SequenceSet& gone, const SubjectRules& rules, bool in_memory,
                              const CancelToken& cancel) {
  const std::uint64_t all = state.num_subjects > 0 ? state.num_subjects : state.messages;
  const std::uint64_t subjects = rules.any() ? all : 0;
  const std::uint64_t passes = subjects / kSubjectsAtATime + 1;
  if (passes > kMostPasses) {
    return Fail(Errc::kCutNotReached,
                "a stream of " + std::to_string(subjects) +
                    " subjects has too many to find out which messages were replaced");
  }
  return Survey(writer, state, gone, rules, in_memory, cancel).Run(passes);
}

}  // namespace jetkeep
