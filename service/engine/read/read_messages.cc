#include "service/engine/read/read_messages.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/subjects/subject_filter.h"
#include "service/engine/read/last_of_subjects.h"
#include "service/engine/read/selected_records.h"
#include "service/engine/transfer/cancellable_records.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kLookEvery = 1024;  // records between two looks at the clock
// A search for a subject's last message begins with so many sequences at the end.
constexpr std::uint64_t kFirstWindow = 4096;
constexpr std::uint64_t kWindowGrowth = 4;

std::size_t BytesOf(const RecordView& record) {
  return record.subject.size() + record.headers.size() + record.payload.size();
}

ReadRange RangeOf(const MessageSelection& selection) {
  ReadRange range;
  range.first = std::max<std::uint64_t>(selection.first_sequence, 1);
  if (selection.last_sequence != 0) range.last = selection.last_sequence;
  return range;
}

Result<std::vector<std::uint64_t>> FindLast(Repository& repository, const Manifest& manifest,
                                            MessageSelection selection, const CancelToken& cancel) {
  selection.last_of_each_subject = false;
  LastOfSubjects last;
  JETKEEP_TRY(ForEachMessage(repository, manifest, selection, cancel,
                             [&](const RecordView& record) -> Result<ReadOn> {
                               JETKEEP_TRY(last.Add(record.subject, record.sequence));
                               return ReadOn::kYes;
                             }));
  return last.Take();
}

// What the parts of a selection come to, once they have been looked at.
struct Chosen {
  SubjectFilter subjects;
  // With last_of_each_subject: the only sequences that are meant.
  LastSequences last;
};

Result<Chosen> Choose(Repository& repository, const Manifest& manifest,
                      const MessageSelection& selection, const CancelToken& cancel,
                      LastAnswers* answers) {
  JETKEEP_ASSIGN(SubjectFilter subjects,
                 SubjectFilter::Make(selection.subjects, selection.exclude));
  Chosen chosen{std::move(subjects), {}};
  if (!selection.last_of_each_subject) return chosen;
  if (answers != nullptr) chosen.last = answers->Find(manifest.id, selection);
  if (chosen.last != nullptr) return chosen;
  JETKEEP_ASSIGN(std::vector<std::uint64_t> last,
                 FindLast(repository, manifest, selection, cancel));
  chosen.last = std::make_shared<const std::vector<std::uint64_t>>(std::move(last));
  if (answers != nullptr) answers->Keep(manifest.id, selection, chosen.last);
  return chosen;
}

// The only sequences that may be meant, where they are known: the first `most` from the selection's
// first one on. False: none is.
bool Narrow(const LastSequences& last, std::uint64_t most, ReadRange& range) {
  const auto first = std::lower_bound(last->begin(), last->end(), range.first);
  if (first == last->end()) return false;
  const auto left = static_cast<std::uint64_t>(last->end() - first);
  range.first = *first;
  range.last = *(first + static_cast<std::ptrdiff_t>(std::min(left, most) - 1));
  return true;
}

Status Walk(RecordSource& source, const MessageSelection& selection, Chosen chosen,
            const std::function<Result<ReadOn>(const RecordView&)>& f) {
  SelectedRecords records(source, selection, std::move(chosen.subjects));
  const std::vector<std::uint64_t> none;
  const std::vector<std::uint64_t>& last = chosen.last != nullptr ? *chosen.last : none;
  auto wanted = std::lower_bound(last.begin(), last.end(), selection.first_sequence);
  for (;;) {
    if (chosen.last != nullptr && wanted == last.end()) return {};
    JETKEEP_ASSIGN(const RecordView* record, records.Next());
    if (record == nullptr) return {};
    if (chosen.last != nullptr) {
      if (record->sequence != *wanted) continue;
      ++wanted;
    }
    JETKEEP_ASSIGN(const ReadOn on, f(*record));
    if (on == ReadOn::kNo) return {};
  }
}

// The records of another source, until a moment has passed.
class RecordsUntil final : public RecordSource {
 public:
  RecordsUntil(RecordSource& records, Clock::time_point end) : records_(records), end_(end) {}

  Result<const RecordView*> Next() override {
    JETKEEP_ASSIGN(const RecordView* record, records_.Next());
    if (record == nullptr || ++count_ % kLookEvery != 0 || Clock::now() < end_) return record;
    next_sequence_ = record->sequence;
    return nullptr;
  }
  // The first one that was not handed out; 0: all were.
  std::uint64_t next_sequence() const { return next_sequence_; }

 private:
  RecordSource& records_;
  const Clock::time_point end_;
  std::uint64_t count_ = 0;
  std::uint64_t next_sequence_ = 0;
};

tl::unexpected<Error> NotFound(const Manifest& manifest, const std::string& what,
                               std::string hint = {}) {
  return Fail(Errc::kMessageNotFound, "backup " + manifest.id + " holds no " + what,
              std::move(hint));
}

tl::unexpected<Error> NotFound(const Manifest& manifest, std::uint64_t sequence) {
  const StreamState& state = manifest.state;
  std::string why = "message " + std::to_string(sequence);
  if (manifest.lost.Contains(sequence)) {
    return NotFound(manifest, why + ": it could not be read when the backup was made");
  }
  if (sequence < state.first_sequence || sequence > state.last_sequence) {
    return NotFound(manifest, why + ": it holds sequences " + std::to_string(state.first_sequence) +
                                  " to " + std::to_string(state.last_sequence));
  }
  return NotFound(manifest, why + ": it had been deleted when the backup was made");
}

Result<BackupMessage> GetSequence(Repository& repository, const Manifest& manifest,
                                  std::uint64_t sequence) {
  JETKEEP_ASSIGN(const auto reader, repository.OpenReader(manifest, {sequence, sequence}));
  JETKEEP_ASSIGN(const RecordView* record, reader->Next());
  if (record == nullptr) return NotFound(manifest, sequence);
  return CopyOf(*record);
}

// From the end backwards, so that what was written last is found soon.
Result<BackupMessage> GetLast(Repository& repository, const Manifest& manifest,
                              const std::string& subject, const CancelToken& cancel) {
  const std::uint64_t first = std::max<std::uint64_t>(manifest.state.first_sequence, 1);
  std::uint64_t end = manifest.state.last_sequence;
  std::uint64_t window = kFirstWindow;
  while (end >= first) {
    MessageSelection selection;
    selection.subjects = {subject};
    selection.first_sequence = end - first < window ? first : end - window + 1;
    selection.last_sequence = end;
    std::optional<BackupMessage> found;
    JETKEEP_TRY(ForEachMessage(repository, manifest, selection, cancel,
                               [&](const RecordView& record) -> Result<ReadOn> {
                                 found = CopyOf(record);
                                 return ReadOn::kYes;
                               }));
    if (found) return *std::move(found);
    if (selection.first_sequence == first) break;
    end = selection.first_sequence - 1;
    window *= kWindowGrowth;
  }
  return NotFound(manifest, "message with the subject " + subject);
}

// ADR-8: the values of bucket B are the messages of stream KV_B with the subjects $KV.B.<key>.
Result<std::string> SubjectOfKey(const Manifest& manifest, const std::string& key) {
  constexpr std::string_view kFront = "KV_";
  if (!manifest.stream.starts_with(kFront)) {
    return Fail(Errc::kInvalidRequest,
                "stream " + manifest.stream + " is no key-value bucket, so it has no key " + key,
                "Name a sequence, or a subject.");
  }
  return "$KV." + manifest.stream.substr(kFront.size()) + "." + key;
}

}  // namespace

BackupMessage CopyOf(const RecordView& record) {
  return {record.sequence, record.timestamp_ns, std::string(record.subject),
          std::string(record.headers), std::string(record.payload)};
}

Status ForEachMessage(Repository& repository, const Manifest& manifest,
                      const MessageSelection& selection, const CancelToken& cancel,
                      const std::function<Result<ReadOn>(const RecordView&)>& f) {
  JETKEEP_ASSIGN(Chosen chosen, Choose(repository, manifest, selection, cancel, nullptr));
  ReadRange range = RangeOf(selection);
  if (chosen.last != nullptr && !Narrow(chosen.last, chosen.last->size(), range)) return {};
  JETKEEP_ASSIGN(const auto reader, repository.OpenReader(manifest, range));
  CancellableRecords records(*reader, cancel);
  return Walk(records, selection, std::move(chosen), f);
}

Result<BackupMessage> GetMessage(Repository& repository, const MessageReference& reference,
                                 const CancelToken& cancel) {
  JETKEEP_ASSIGN(const Manifest manifest, repository.Load(reference.backup));
  JETKEEP_TRY(CheckHasMessages(manifest));
  if (reference.sequence != 0) return GetSequence(repository, manifest, reference.sequence);
  if (!reference.subject.empty()) {
    return GetLast(repository, manifest, reference.subject, cancel);
  }
  JETKEEP_ASSIGN(const std::string subject, SubjectOfKey(manifest, reference.key));
  return GetLast(repository, manifest, subject, cancel);
}

Result<MessagePage> ReadPage(Repository& repository, const PageRequest& request,
                             std::chrono::milliseconds patience, const CancelToken& cancel,
                             LastAnswers* answers) {
  JETKEEP_ASSIGN(const Manifest manifest, repository.Load(request.backup));
  JETKEEP_TRY(CheckHasMessages(manifest));
  JETKEEP_ASSIGN(Chosen chosen, Choose(repository, manifest, request.selection, cancel, answers));
  ReadRange range = RangeOf(request.selection);
  // With the one that begins the next page.
  const std::uint64_t most = std::max(request.limit, request.limit + 1);
  if (chosen.last != nullptr && !Narrow(chosen.last, most, range)) return MessagePage();
  JETKEEP_ASSIGN(const auto reader, repository.OpenReader(manifest, range));
  CancellableRecords cancellable(*reader, cancel);
  RecordsUntil records(cancellable, Clock::now() + patience);
  MessagePage page;
  std::size_t bytes = 0;
  JETKEEP_TRY(Walk(records, request.selection, std::move(chosen),
                   [&](const RecordView& record) -> Result<ReadOn> {
                     const std::size_t more = BytesOf(record);
                     const bool full = page.messages.size() >= request.limit ||
                                       bytes + more > request.limit_bytes;
                     if (full && !page.messages.empty()) {
                       page.next_sequence = record.sequence;
                       return ReadOn::kNo;
                     }
                     bytes += more;
                     page.messages.push_back(CopyOf(record));
                     return ReadOn::kYes;
                   }));
  if (page.next_sequence == 0) page.next_sequence = records.next_sequence();
  return page;
}

}  // namespace jetkeep
