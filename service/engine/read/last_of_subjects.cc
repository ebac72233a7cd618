#include "service/engine/read/last_of_subjects.h"

#include <algorithm>
#include <utility>

namespace jetkeep {

Status LastOfSubjects::Add(std::string_view subject, std::uint64_t sequence) {
  entries_.push_back({DigestOf(subject), sequence});
  sorted_ = false;
  if (entries_.size() < std::max<std::size_t>(2 * subjects_, 4096)) return {};
  DropEarlier();
  if (entries_.size() <= kMaxSubjects) return {};
  return Fail(Errc::kInvalidRequest,
              "the last message of each subject is asked for, and there are more than " +
                  std::to_string(kMaxSubjects) + " subjects",
              "Choose fewer subjects, and ask for the others afterwards.");
}

void LastOfSubjects::DropEarlier() {
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.subject != b.subject ? a.subject < b.subject : a.sequence > b.sequence;
  });
  entries_.erase(std::unique(entries_.begin(), entries_.end(),
                             [](const Entry& a, const Entry& b) { return a.subject == b.subject; }),
                 entries_.end());
  subjects_ = entries_.size();
  sorted_ = true;
}

std::uint64_t LastOfSubjects::LastOf(std::string_view subject) {
  if (!sorted_) DropEarlier();
  const SubjectDigest digest = DigestOf(subject);
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), digest,
      [](const Entry& entry, const auto& wanted) { return entry.subject < wanted; });
  return found != entries_.end() && found->subject == digest ? found->sequence : 0;
}

std::vector<std::uint64_t> LastOfSubjects::Take() {
  DropEarlier();
  std::vector<std::uint64_t> sequences;
  sequences.reserve(entries_.size());
  for (const Entry& entry : entries_) sequences.push_back(entry.sequence);
  entries_ = {};
  std::sort(sequences.begin(), sequences.end());
  return sequences;
}

}  // namespace jetkeep
