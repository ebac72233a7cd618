// RecordSource: how stages hand the messages of one stream to each other. A filter or a map of
// messages is a source around another one. Thread-safety: one thread at a time uses an object,
// unless its class says more.
#pragma once

#include "jetkeep/error.h"
#include "jetkeep/record.h"

namespace jetkeep {

class RecordSource {
 public:
  virtual ~RecordSource() = default;

  // The next record, each with a higher sequence than the one before; null at the end, and only
  // there. Record and views are valid until the next call or until the source is destroyed. After
  // an error nothing more may be asked for.
  virtual Result<const RecordView*> Next() = 0;

  // Calls f(const RecordView&) -> Status for all that is left; stops at its first error and returns
  // it.
  template <typename F>
  Status ForEach(F&& f) {
    while (true) {
      JETKEEP_ASSIGN(const RecordView* record, Next());
      if (record == nullptr) return {};
      JETKEEP_TRY(f(*record));
    }
  }
};

}  // namespace jetkeep
