#include "protocol/v1/subject_table.h"

#include <algorithm>
#include <memory>
#include <queue>

#include "protocol/codec/varint.h"

namespace jetkeep::v1 {
namespace {

// The memory that a subject takes besides its bytes.
constexpr std::size_t kOverhead = 64;
constexpr std::size_t kBufferBytes = std::size_t{16} << 10;

void Merge(SubjectCount& into, const SubjectCount& later) {
  into.messages += later.messages;
  into.first_block = std::min(into.first_block, later.first_block);
  into.last_block = std::max(into.last_block, later.last_block);
}

void PutEntry(std::string& out, std::string_view subject, const SubjectCount& count) {
  PutUvarint(out, subject.size());
  out += subject;
  PutUvarint(out, count.messages);
  PutUvarint(out, count.first_block);
  PutUvarint(out, count.last_block);
}

// The entries of one run, one after the other.
class RunReader {
 public:
  RunReader(const SpillFile& file, std::uint64_t begin, std::uint64_t end)
      : file_(file), at_(begin), end_(end) {}

  std::string_view subject() const { return subject_; }
  const SubjectCount& count() const { return count_; }

  // False at the end.
  Result<bool> Next() {
    for (;;) {
      if (Parse()) return true;
      if (at_ == end_) {
        if (taken_ == buffer_.size()) return false;
        return Fail(Errc::kInternal, "a spilled subject is cut off");
      }
      JETKEEP_TRY(ReadMore());
    }
  }

 private:
  bool Parse() {
    std::string_view in = std::string_view(buffer_).substr(taken_);
    std::uint64_t size = 0;
    if (!GetUvarint(in, size) || in.size() < size) return false;
    const std::string_view subject = in.substr(0, size);
    in.remove_prefix(size);
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    if (!GetUvarint(in, count_.messages) || !GetUvarint(in, first) || !GetUvarint(in, last)) {
      return false;
    }
    count_.first_block = static_cast<std::uint32_t>(first);
    count_.last_block = static_cast<std::uint32_t>(last);
    subject_ = subject;
    taken_ = buffer_.size() - in.size();
    return true;
  }

  Status ReadMore() {
    buffer_.erase(0, taken_);
    taken_ = 0;
    const std::size_t kept = buffer_.size();
    const auto more = static_cast<std::size_t>(std::min<std::uint64_t>(kBufferBytes, end_ - at_));
    buffer_.resize(kept + more);
    JETKEEP_TRY(file_.ReadAt(at_, more, buffer_.data() + kept));
    at_ += more;
    return {};
  }

  const SpillFile& file_;
  std::uint64_t at_;
  const std::uint64_t end_;
  std::string buffer_;
  std::size_t taken_ = 0;
  std::string_view subject_;  // into the buffer
  SubjectCount count_;
};

}  // namespace

bool SubjectTable::Count(std::string_view subject, std::uint32_t block) {
  if (full_) return false;
  auto found = counts_.find(subject);
  if (found == counts_.end()) {
    if (bytes_ + subject.size() + kOverhead > kMaxBytes) {
      if (spill_ == nullptr || runs_.size() == kMaxRuns || !Spill()) {
        Clear();
        full_ = true;
        return false;
      }
    }
    bytes_ += subject.size() + kOverhead;
    found = counts_.emplace(subject, SubjectCount{0, block, block}).first;
  }
  ++found->second.messages;
  found->second.last_block = block;
  return true;
}

void SubjectTable::Clear() {
  counts_ = {};
  runs_ = {};
  bytes_ = 0;
}

std::vector<const SubjectTable::Map::value_type*> SubjectTable::Sorted(const Map& counts) {
  std::vector<const Map::value_type*> sorted;
  sorted.reserve(counts.size());
  for (const auto& entry : counts) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  return sorted;
}

Status SubjectTable::Spill() {
  std::string out;
  Run run;
  const auto write = [&]() -> Status {
    JETKEEP_ASSIGN(const std::uint64_t at, spill_->Append(out));
    if (run.end == 0) run.begin = at;
    run.end = at + out.size();
    out.clear();
    return {};
  };
  for (const auto* entry : Sorted(counts_)) {
    PutEntry(out, entry->first, entry->second);
    if (out.size() >= kBufferBytes) JETKEEP_TRY(write());
  }
  if (!out.empty()) JETKEEP_TRY(write());
  runs_.push_back(run);
  counts_.clear();
  bytes_ = 0;
  return {};
}

Status SubjectTable::ForEach(const Visit& visit) const {
  const auto rest = Sorted(counts_);
  if (runs_.empty()) {
    for (const auto* entry : rest) JETKEEP_TRY(visit(entry->first, entry->second));
    return {};
  }
  std::vector<std::unique_ptr<RunReader>> readers;
  const auto above = [&](std::size_t a, std::size_t b) {
    return readers[a]->subject() > readers[b]->subject();
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(above)> least(above);
  for (const Run& run : runs_) {
    readers.push_back(std::make_unique<RunReader>(*spill_, run.begin, run.end));
    JETKEEP_ASSIGN(const bool any, readers.back()->Next());
    if (any) least.push(readers.size() - 1);
  }
  auto in_memory = rest.begin();
  std::string subject;
  while (!least.empty() || in_memory != rest.end()) {
    const bool from_memory =
        least.empty() ||
        (in_memory != rest.end() && (*in_memory)->first <= readers[least.top()]->subject());
    subject = from_memory ? (*in_memory)->first : std::string(readers[least.top()]->subject());
    SubjectCount count{0, ~std::uint32_t{0}, 0};
    if (from_memory) Merge(count, (*in_memory++)->second);
    while (!least.empty() && readers[least.top()]->subject() == subject) {
      const std::size_t reader = least.top();
      least.pop();
      Merge(count, readers[reader]->count());
      JETKEEP_ASSIGN(const bool more, readers[reader]->Next());
      if (more) least.push(reader);
    }
    JETKEEP_TRY(visit(subject, count));
  }
  return {};
}

}  // namespace jetkeep::v1
