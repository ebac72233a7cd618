#include "service/engine/read/subject_table.h"

#include <algorithm>

#include "service/engine/read/message_figures.h"

namespace jetkeep {
namespace {

// What an entry takes besides a long subject, with what the allocator needs.
constexpr std::size_t kEntryBytes = 176;

}  // namespace

std::size_t SubjectTable::BytesOf(std::string_view subject) { return kEntryBytes + subject.size(); }

void SubjectTable::Add(std::string_view subject, const MessageFigures& message) {
  auto found = entries_.find(subject);
  if (found == entries_.end()) {
    if (again_) return;
    if (bytes_ + BytesOf(subject) > most_bytes_) ForgetTheSmallest();
    found = entries_.emplace(subject, Entry{{}, forgotten_at_most_}).first;
    bytes_ += BytesOf(subject);
  }
  Merge(found->second.figures, message);
}

void SubjectTable::ForgetTheSmallest() {
  if (entries_.empty()) return;
  const auto most_of = [&](const Entry& entry) {
    return RankOf(entry.figures, by_) + entry.missed;
  };
  std::vector<std::uint64_t> sizes;
  sizes.reserve(entries_.size());
  for (const auto& [subject, entry] : entries_) sizes.push_back(most_of(entry));
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  const std::uint64_t cut = *middle;
  std::size_t left = sizes.size() / 2 + 1;  // to be forgotten
  for (auto entry = entries_.begin(); entry != entries_.end() && left > 0;) {
    if (most_of(entry->second) > cut) {
      ++entry;
      continue;
    }
    --left;
    bytes_ -= BytesOf(entry->first);
    entry = entries_.erase(entry);
  }
  forgot_ = true;
  forgotten_at_most_ = std::max(forgotten_at_most_, cut);
}

void SubjectTable::CountAgain() {
  again_ = true;
  for (auto& [subject, entry] : entries_) entry = {};
}

std::optional<std::uint64_t> SubjectTable::subjects() const {
  if (forgot_) return std::nullopt;
  return entries_.size();
}

std::vector<SubjectTable::Entries::const_iterator> SubjectTable::Ranked(std::uint64_t count) const {
  std::vector<Entries::const_iterator> all;
  all.reserve(entries_.size());
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) all.push_back(entry);
  const auto most = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(count, all.size()));
  std::partial_sort(all.begin(), all.begin() + most, all.end(), [&](const auto& a, const auto& b) {
    const std::uint64_t of_a = RankOf(a->second.figures, by_);
    const std::uint64_t of_b = RankOf(b->second.figures, by_);
    return of_a != of_b ? of_a > of_b : a->first < b->first;
  });
  all.resize(static_cast<std::size_t>(most));
  return all;
}

std::vector<SubjectFigures> SubjectTable::Largest(std::uint64_t count) const {
  std::vector<SubjectFigures> largest;
  for (const auto& entry : Ranked(count)) largest.push_back({entry->first, entry->second.figures});
  return largest;
}

std::uint64_t SubjectTable::OthersAtMost(std::uint64_t count) const {
  std::uint64_t next = 0;  // in the table
  if (entries_.size() > count) next = RankOf(Ranked(count + 1).back()->second.figures, by_);
  return forgot_ ? std::max(next, forgotten_at_most_) : next;
}

}  // namespace jetkeep
