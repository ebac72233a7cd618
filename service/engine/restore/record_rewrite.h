// RecordRewrite: what changes in the messages of a backup on their way into the restored stream.
// Sequences, times, and ids (Nats-Msg-Id) stay.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "jetkeep/record_stream.h"
#include "protocol/subjects/subject_map.h"
#include "service/engine/restore/obfuscation.h"

namespace jetkeep {

struct RecordRewrite {
  SubjectMap subjects;
  // Some of the rules were given, so they may apply to subjects that the configuration of the
  // stream does not name. The rules of a bucket under another name apply to its own only.
  bool given_rules = false;
  // Headers that name a subject of the stream are mapped, too: those of schedules.
  bool schedules = false;
  // Of an object store under another name: what describes an object names its bucket.
  std::string from_bucket;
  std::string to_bucket;
  // Payloads and headers; that of subjects is a part of `subjects`.
  Obfuscator obfuscator;
  // What the restored stream's store counts for a message is that of a memory store.
  bool in_memory = false;

  bool ChangesMessages() const { return !subjects.empty() || obfuscator.any(); }
};

// Rewrites one record after the other. Thread-safety: one thread at a time.
class RecordRewriter {
 public:
  // The rewrite outlives this.
  explicit RecordRewriter(const RecordRewrite& rewrite);

  // Valid until the next call, and as long as `record`.
  const RecordView& Rewrite(const RecordView& record);
  // What the restored stream's store counts for it.
  std::uint64_t SizeOf(const RecordView& rewritten) const;

 private:
  void RewriteDescription(const RecordView& record);
  void RewriteSubjectsInHeaders(const RecordView& record);
  // True: `mapped` holds what the value of a header becomes; else it stays.
  bool MapHeader(std::string_view name, std::string_view value, std::string& mapped) const;

  const RecordRewrite& rewrite_;
  const std::string descriptions_;  // what the subjects of descriptions begin with
  RecordView record_;
  std::string subject_;
  std::string headers_;
  std::string payload_;
  std::string hidden_headers_;
};

// The records of another source, rewritten; `bytes` counts them as the restored stream's store
// does. Rewrite and bytes outlive this.
class RewrittenRecords final : public RecordSource {
 public:
  RewrittenRecords(std::unique_ptr<RecordSource> records, const RecordRewrite& rewrite,
                   std::uint64_t& bytes)
      : records_(std::move(records)), rewriter_(rewrite), bytes_(bytes) {
    bytes_ = 0;
  }

  Result<const RecordView*> Next() override;

 private:
  const std::unique_ptr<RecordSource> records_;
  RecordRewriter rewriter_;
  std::uint64_t& bytes_;
};

}  // namespace jetkeep
