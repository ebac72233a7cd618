#include "service/engine/restore/record_rewrite.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "protocol/base/message_headers.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"

namespace jetkeep {
namespace {

constexpr std::array<std::string_view, 2> kScheduleHeaders{"Nats-Schedule-Target",
                                                           "Nats-Schedule-Source"};
// Headers that hold a subject of this stream, or of another.
constexpr std::array<std::string_view, 2> kOwnSubject{
    "Nats-Scheduler", "Nats-Expected-Last-Subject-Sequence-Subject"};
constexpr std::string_view kRepublishedSubject = "Nats-Subject";
// Stream, sequence, filters, transforms, and since 2.10 the subject there.
constexpr std::string_view kStreamSource = "Nats-Stream-Source";
constexpr std::ptrdiff_t kBlanksOfSource = 4;

template <typename Names>
bool Has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The object with the member `bucket` named anew, if that is `from`. Kept as it is: anything else.
std::string WithBucket(std::string_view json, const RecordRewrite& rewrite) {
  auto object = RawObject::Parse(json);
  if (!object) return std::string(json);
  const std::string* raw = object->FindValue("bucket");
  const auto bucket = raw == nullptr ? Result<std::string>(std::string()) : RawString(*raw);
  if (bucket && *bucket == rewrite.from_bucket) object->Set("bucket", QuoteJson(rewrite.to_bucket));
  return object->Text();
}

// A link to an object of the same bucket stays one.
std::string WithLink(std::string_view options_json, const RecordRewrite& rewrite) {
  auto options = RawObject::Parse(options_json);
  if (!options) return std::string(options_json);
  const std::string* link = options->FindValue("link");
  if (link == nullptr) return std::string(options_json);
  const std::string mapped = WithBucket(*link, rewrite);
  options->Set("link", mapped);
  return options->Text();
}

}  // namespace

RecordRewriter::RecordRewriter(const RecordRewrite& rewrite)
    : rewrite_(rewrite),
      descriptions_(rewrite.from_bucket.empty() ? std::string()
                                                : "$O." + rewrite.from_bucket + ".M.") {}

const RecordView& RecordRewriter::Rewrite(const RecordView& record) {
  record_ = record;
  record_.encoded = {};  // of what it was
  if (rewrite_.subjects.Map(record.subject, subject_)) record_.subject = subject_;
  if (!descriptions_.empty() && record.subject.starts_with(descriptions_))
    RewriteDescription(record);
  const Obfuscator& obfuscator = rewrite_.obfuscator;
  if ((rewrite_.schedules || obfuscator.subjects()) && !record.headers.empty()) {
    RewriteSubjectsInHeaders(record);
  }
  if (obfuscator.payloads() && !record.payload.empty()) {
    obfuscator.Payload(record.sequence, record.payload, payload_);
    record_.payload = payload_;
  }
  if (obfuscator.headers() && !record.headers.empty()) {
    obfuscator.Headers(record.sequence, record_.headers, hidden_headers_);
    record_.headers = hidden_headers_;
  }
  return record_;
}

void RecordRewriter::RewriteDescription(const RecordView& record) {
  auto object = RawObject::Parse(record.payload);
  if (!object) return;
  if (const std::string* options = object->FindValue("options"); options != nullptr) {
    const std::string mapped = WithLink(*options, rewrite_);
    object->Set("options", mapped);
  }
  payload_ = WithBucket(object->Text(), rewrite_);
  record_.payload = payload_;
}

bool RecordRewriter::MapHeader(std::string_view name, std::string_view value,
                               std::string& mapped) const {
  if (Has(kScheduleHeaders, name)) return rewrite_.subjects.Map(value, mapped);
  const Obfuscator& obfuscator = rewrite_.obfuscator;
  if (!obfuscator.subjects()) return false;
  if (Has(kOwnSubject, name)) return rewrite_.subjects.Map(value, mapped);
  if (name == kRepublishedSubject) {
    mapped = obfuscator.Subject(value, /*literal=*/true);
    return true;
  }
  if (name != kStreamSource) return false;
  if (std::count(value.begin(), value.end(), ' ') != kBlanksOfSource) return false;
  const std::size_t subject = value.rfind(' ') + 1;
  mapped = value.substr(0, subject);
  mapped += obfuscator.Subject(value.substr(subject), /*literal=*/true);
  return true;
}

void RecordRewriter::RewriteSubjectsInHeaders(const RecordView& record) {
  headers_.clear();
  std::string mapped;
  const auto edit = [&](std::uint64_t, std::string_view name, std::string_view value,
                        std::string& out) {
    if (!MapHeader(name, value, mapped)) return false;
    out.append(mapped);
    return true;
  };
  EditHeaderValues(record.headers, edit, headers_);
  record_.headers = headers_;
}

std::uint64_t RecordRewriter::SizeOf(const RecordView& rewritten) const {
  return rewrite_.in_memory ? MemoryStoreSize(rewritten) : FileStoreSize(rewritten);
}

Result<const RecordView*> RewrittenRecords::Next() {
  JETKEEP_ASSIGN(const RecordView* record, records_->Next());
  if (record == nullptr) return record;
  const RecordView& rewritten = rewriter_.Rewrite(*record);
  bytes_ += rewriter_.SizeOf(rewritten);
  return &rewritten;
}

}  // namespace jetkeep
