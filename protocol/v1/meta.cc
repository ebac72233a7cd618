#include "protocol/v1/meta.h"

#include "protocol/codec/digest.h"
#include "protocol/codec/highway.h"
#include "protocol/codec/little_endian.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"
#include "protocol/v1/record.h"

namespace jetkeep::v1 {
namespace {

constexpr std::string_view kCreated = "Created";
constexpr std::string_view kStreamName = "name";
constexpr std::string_view kConsumerName = "Name";
constexpr std::string_view kZeroTime = "0001-01-01T00:00:00Z";

std::string SumUnder(std::string_view key_name, std::string_view meta_json) {
  char bytes[8];
  StoreU64(bytes, Highway64(NameKey(key_name), {meta_json}));
  return ToHex(std::string_view(bytes, sizeof(bytes)));
}

// The text of the member, which is empty if there is none.
Result<std::string> StringOf(const RawObject& object, std::string_view key) {
  const std::string* raw = object.Find(key);
  if (raw == nullptr) return std::string();
  return RawString(*raw);
}

Result<std::string> Build(std::string_view created, const std::string* name,
                          std::string_view config_json) {
  JETKEEP_ASSIGN(RawObject meta, RawObject::Parse(config_json));
  if (name != nullptr) meta.SetFirst(kConsumerName, QuoteJson(*name));
  meta.SetFirst(kCreated, QuoteJson(created.empty() ? kZeroTime : created));
  return meta.Text();
}

Result<Meta> Parse(std::string_view meta_json, bool of_consumer) {
  Meta meta;
  JETKEEP_ASSIGN(RawObject members, RawObject::Parse(meta_json));
  JETKEEP_ASSIGN(meta.created, StringOf(members, kCreated));
  JETKEEP_ASSIGN(meta.name, StringOf(members, of_consumer ? kConsumerName : kStreamName));
  members.Remove(kCreated);
  if (of_consumer) members.Remove(kConsumerName);
  meta.config_json = members.Text();
  return meta;
}

}  // namespace

std::string StreamMetaSum(std::string_view stream, std::string_view meta_json) {
  return SumUnder(stream, meta_json);
}

std::string ConsumerMetaSum(std::string_view stream, std::string_view consumer,
                            std::string_view meta_json) {
  return SumUnder(std::string(stream) + "/" + std::string(consumer), meta_json);
}

Result<std::string> BuildStreamMeta(std::string_view created, std::string_view config_json) {
  return Build(created, nullptr, config_json);
}

Result<std::string> BuildConsumerMeta(std::string_view created, std::string_view name,
                                      std::string_view config_json) {
  const std::string consumer(name);
  return Build(created, &consumer, config_json);
}

Result<Meta> ParseStreamMeta(std::string_view meta_json) {
  return FaultAs(Parse(meta_json, /*of_consumer=*/false), Errc::kArchiveCorrupt, {});
}

Result<Meta> ParseConsumerMeta(std::string_view meta_json) {
  return FaultAs(Parse(meta_json, /*of_consumer=*/true), Errc::kArchiveCorrupt, {});
}

}  // namespace jetkeep::v1
