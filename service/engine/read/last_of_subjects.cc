#include "service/engine/read/last_of_subjects.h"

#include <algorithm>
#include <utility>

#include "protocol/codec/highway.h"

namespace jetkeep {
namespace {

// Subjects with one digest would be taken for one: with 128 bits that does not happen by chance,
// and a key of our own leaves nobody anything to gain by making two.
constexpr HighwayKey kKey{
    {0x9c1f6a2d53e8b471, 0x2e70d4c98b15f36a, 0x71b3e90fd6428ac5, 0xd805f72b4e9c61a3}};

}  // namespace

Status LastOfSubjects::Add(std::string_view subject, std::uint64_t sequence) {
  entries_.push_back({Highway128(kKey, {subject}), sequence});
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
  const std::array<std::uint64_t, 2> digest = Highway128(kKey, {subject});
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
