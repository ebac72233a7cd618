// LastOfSubjects: the sequence of the last record of each subject, found in one pass over records.
// 48 bytes a subject at most. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "service/engine/read/subject_digest.h"

namespace jetkeep {

class LastOfSubjects {
 public:
  static constexpr std::size_t kMaxSubjects = 500'000;  // 24 MB

  // kInvalidRequest: more subjects than this may hold. The last sequence is the greatest.
  Status Add(std::string_view subject, std::uint64_t sequence);
  // The last sequence of the subject; 0: it has none.
  std::uint64_t LastOf(std::string_view subject);
  // Ascending. Nothing may be added afterwards.
  std::vector<std::uint64_t> Take();

 private:
  struct Entry {
    SubjectDigest subject;
    std::uint64_t sequence;
  };
  void DropEarlier();

  std::vector<Entry> entries_;
  bool sorted_ = true;        // each subject once
  std::size_t subjects_ = 0;  // at the front of entries_, each once
};

}  // namespace jetkeep
