#include "protocol/sequences/sequences_text.h"

namespace jetkeep {

std::string SequencesText(const SequenceSet& set, int most) {
  std::string text;
  int shown = 0;
  for (SequenceSet::Cursor range(set); range.Valid(); range.Next()) {
    if (shown++ == most) return text + " and more";
    if (!text.empty()) text += ", ";
    text += RangeText(range.first(), range.last());
  }
  return text;
}

}  // namespace jetkeep
