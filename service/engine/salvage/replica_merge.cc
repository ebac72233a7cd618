#include "service/engine/salvage/replica_merge.h"

#include <algorithm>
#include <utility>

namespace jetkeep {
namespace {

bool SameMessage(const RecordView& a, const RecordView& b) {
  return a.timestamp_ns == b.timestamp_ns && a.subject == b.subject && a.headers == b.headers &&
         a.payload == b.payload;
}

}  // namespace

ReplicaMerge::ReplicaMerge(std::vector<std::unique_ptr<ReplicaReader>>& readers,
                           std::size_t variant)
    : variant_(variant) {
  for (const auto& reader : readers) sources_.push_back({reader.get(), nullptr, false});
}

Status ReplicaMerge::Advance(std::uint64_t taken) {
  for (Source& source : sources_) {
    if (source.ended || (source.head != nullptr && source.head->sequence > taken)) continue;
    JETKEEP_ASSIGN(source.head, source.reader->Next());
    source.ended = source.head == nullptr;
  }
  return {};
}

const RecordView* ReplicaMerge::Choose(std::uint64_t sequence) {
  std::vector<std::vector<std::size_t>> variants;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const RecordView* head = sources_[i].head;
    if (head == nullptr || head->sequence != sequence) continue;
    const auto same = std::find_if(variants.begin(), variants.end(), [&](const auto& holders) {
      return SameMessage(*sources_[holders.front()].head, *head);
    });
    if (same == variants.end()) {
      variants.push_back({i});
    } else {
      same->push_back(i);
    }
  }
  if (variants.size() > 1) {
    std::stable_sort(variants.begin(), variants.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
    disputed_.Add(sequence);
    most_variants_ = std::max(most_variants_, variants.size());
    if (disputes_.size() < kMostDisputesNamed) disputes_.push_back({sequence, variants});
  }
  return variant_ < variants.size() ? sources_[variants[variant_].front()].head : nullptr;
}

Result<const RecordView*> ReplicaMerge::Next() {
  for (;;) {
    JETKEEP_TRY(Advance(taken_));
    std::uint64_t lowest = 0;
    for (const Source& source : sources_) {
      if (source.head == nullptr) continue;
      if (lowest == 0 || source.head->sequence < lowest) lowest = source.head->sequence;
    }
    if (lowest == 0) return nullptr;
    taken_ = lowest;
    if (const RecordView* chosen = Choose(lowest)) return chosen;
  }
}

}  // namespace jetkeep
