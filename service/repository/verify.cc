#include "service/repository/verify.h"

#include <optional>
#include <utility>

#include "protocol/repository/block_records.h"
#include "protocol/sequences/sequences_text.h"
#include "service/repository/segments/block_source.h"

namespace jetkeep {
namespace {

// More tell nothing new.
constexpr std::size_t kMaxFindings = 1000;

class Verifier {
 public:
  Verifier(const Manifest& manifest, BlockUse use)
      : manifest_(manifest),
        check_only_(use == BlockUse::kCheck),
        deleted_(manifest.deleted),
        lost_(manifest.lost) {}

  void Take(const LoadedBlock& block) {
    const bool whole = block.info.records == 0;
    const std::uint64_t first = whole ? block.segment->first_sequence : block.info.first_sequence;
    const std::uint64_t last = whole ? block.segment->last_sequence : block.info.last_sequence;
    CountBytes(block);
    Status status = block.status;
    if (status && !check_only_) status = Walk(block);
    if (status) return;
    if (status.error().code != Errc::kRepositoryCorrupt) {
      if (!unread_) unread_ = std::move(status).error();
      return;
    }
    result_.lost.AddRange(first, last);
    Add(status.error().message + "; lost: sequences " + RangeText(first, last));
  }

  // So far; a segment as a whole once the next one begins.
  std::uint64_t bytes_read() const { return segments_before_ + in_segment_; }

  Result<VerifyResult> Finish() {
    if (segment_ != nullptr) in_segment_ = segment_->stored_bytes;
    result_.bytes_read = bytes_read();
    if (unread_ && result_.findings.empty()) return Fail(*std::move(unread_));
    if (unread_) Add("not read: " + unread_->message);
    const StreamState& state = manifest_.state;
    SequenceSet gone = manifest_.deleted;
    gone.Union(manifest_.lost);
    result_.lost.Subtract(gone);
    if (state.first_sequence > 1) result_.lost.RemoveRange(1, state.first_sequence - 1);
    if (state.last_sequence < ~std::uint64_t{0}) {
      result_.lost.RemoveRange(state.last_sequence + 1, ~std::uint64_t{0});
    }
    if (!check_only_ && result_.findings.empty()) CheckCounts(gone);
    return std::move(result_);
  }

 private:
  Status Walk(const LoadedBlock& block) {
    BlockRecords records(block.raw.view(), block.info);
    RecordView record;
    while (true) {
      auto more = records.Next(record);
      if (!more) return Fail(std::move(more).error().Within(block.segment->name));
      if (!*more) return {};
      if (record.sequence <= before_) {
        return Fail(Errc::kRepositoryCorrupt, block.segment->name + ": sequence " +
                                                  std::to_string(record.sequence) + " comes twice");
      }
      before_ = record.sequence;
      if (record.sequence >= manifest_.state.first_sequence &&
          record.sequence <= manifest_.state.last_sequence && !deleted_.Contains(record.sequence) &&
          !lost_.Contains(record.sequence)) {
        ++result_.messages;
      }
    }
  }

  // Every sequence of first..last is a message, deleted or lost.
  void CheckCounts(const SequenceSet& gone) {
    const StreamState& state = manifest_.state;
    if (state.messages == 0 && manifest_.segments.empty() && gone.empty()) return;
    const std::uint64_t all = state.last_sequence < state.first_sequence
                                  ? 0
                                  : state.last_sequence - state.first_sequence + 1;
    const std::uint64_t expected = all - gone.CountIn(state.first_sequence, state.last_sequence);
    if (result_.messages != expected ||
        (manifest_.condition == BackupCondition::kComplete && state.messages != expected)) {
      Add("the segments hold " + std::to_string(result_.messages) +
          " messages, the manifest says " + std::to_string(state.messages) + " in sequences " +
          RangeText(state.first_sequence, state.last_sequence));
    }
  }

  // Headers, indexes and footers were read, too: together the files as they are.
  void CountBytes(const LoadedBlock& block) {
    if (block.segment != segment_) {
      if (segment_ != nullptr) segments_before_ += segment_->stored_bytes;
      segment_ = block.segment;
      in_segment_ = 0;
    }
    in_segment_ += kBlockHeaderBytes + block.info.stored_bytes;
  }

  void Add(std::string finding) {
    if (result_.findings.size() < kMaxFindings) result_.findings.push_back(std::move(finding));
  }

  const Manifest& manifest_;
  const bool check_only_;
  SequenceSet::Cursor deleted_;
  SequenceSet::Cursor lost_;
  std::uint64_t before_ = 0;
  const SegmentRef* segment_ = nullptr;  // of the last block
  std::uint64_t segments_before_ = 0;    // bytes
  std::uint64_t in_segment_ = 0;
  std::optional<Error> unread_;  // the first that could not be read
  VerifyResult result_;
};

Result<VerifyResult> ReadSegments(Store& store, BlockWorkers& workers, const LineagePath& place,
                                  const Manifest& manifest, const CancelToken& cancel, BlockUse use,
                                  const VerifyProgress& progress) {
  Verifier verifier(manifest, use);
  BlockSource source(store, workers, place, manifest, 1, ~std::uint64_t{0}, use);
  LoadedBlock block;
  while (source.Next(block)) {
    JETKEEP_TRY(cancel.Check());
    verifier.Take(block);
    if (progress) progress(verifier.bytes_read());
  }
  return verifier.Finish();
}

}  // namespace

Result<VerifyResult> VerifySegments(Store& store, BlockWorkers& workers, const LineagePath& place,
                                    const Manifest& manifest, const CancelToken& cancel,
                                    const VerifyProgress& progress) {
  JETKEEP_ASSIGN(VerifyResult result, ReadSegments(store, workers, place, manifest, cancel,
                                                   BlockUse::kUnpack, progress));
  result.bytes_read += manifest.file_bytes;
  return result;
}

Result<VerifyResult> CheckStoredSegments(Store& store, BlockWorkers& workers,
                                         const LineagePath& place, const Manifest& manifest,
                                         const CancelToken& cancel) {
  return ReadSegments(store, workers, place, manifest, cancel, BlockUse::kCheck, {});
}

}  // namespace jetkeep
