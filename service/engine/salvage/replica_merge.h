// ReplicaMerge: the messages of one stream from the directories of several servers (or of one), in
// rising order. A message that any of them has is there.
//
// Where directories hold different messages under one sequence, these are its variants. They are
// ordered by the number of directories that hold them, then by the order in which the directories
// were given: the first variant is the stream's, `variant` counts from there.
//
// Thread-safety: one thread at a time. Ownership: the readers outlive the merge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "jetkeep/record_stream.h"
#include "service/engine/salvage/replica_reader.h"

namespace jetkeep {

// A sequence with more than one variant: which directories hold which, in the order of variants.
struct Dispute {
  std::uint64_t sequence = 0;
  std::vector<std::vector<std::size_t>> holders;
};

inline constexpr std::size_t kMostDisputesNamed = 100;

class ReplicaMerge final : public RecordSource {
 public:
  ReplicaMerge(std::vector<std::unique_ptr<ReplicaReader>>& readers, std::size_t variant);

  // Sequences that have no such variant are passed over.
  Result<const RecordView*> Next() override;

  const SequenceSet& disputed() const { return disputed_; }
  const std::vector<Dispute>& disputes() const { return disputes_; }  // the first of them
  std::size_t most_variants() const { return most_variants_; }

 private:
  struct Source {
    ReplicaReader* reader = nullptr;
    const RecordView* head = nullptr;
    bool ended = false;
  };
  Status Advance(std::uint64_t taken);
  const RecordView* Choose(std::uint64_t sequence);

  std::vector<Source> sources_;
  const std::size_t variant_;
  std::uint64_t taken_ = 0;
  SequenceSet disputed_;
  std::vector<Dispute> disputes_;
  std::size_t most_variants_ = 1;
};

}  // namespace jetkeep
