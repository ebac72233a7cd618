#include "protocol/v1/meta.h"

#include <utility>
#include <vector>

#include "protocol/codec/digest.h"
#include "protocol/codec/highway.h"
#include "protocol/codec/little_endian.h"
#include "protocol/v1/json_members.h"
#include "protocol/v1/record.h"

namespace jetkeep::v1 {
namespace {

constexpr std::string_view kCreated = "Created";
constexpr std::string_view kConsumerName = "Name";
constexpr std::string_view kZeroTime = "0001-01-01T00:00:00Z";

std::string SumUnder(std::string_view key_name, std::string_view meta_json) {
  char bytes[8];
  StoreU64(bytes, Highway64(NameKey(key_name), {meta_json}));
  return ToHex(std::string_view(bytes, sizeof(bytes)));
}

// Takes the string member `key` out of `members`.
Result<std::string> TakeString(std::vector<JsonMember>& members, std::string_view key) {
  std::string found;
  for (auto member = members.begin(); member != members.end();) {
    if (member->key != key) {
      ++member;
      continue;
    }
    JETKEEP_ASSIGN(found, UnquoteJson(member->value));
    member = members.erase(member);
  }
  return found;
}

Result<std::string> Build(std::string_view created, const std::string* name,
                          std::string_view config_json) {
  JETKEEP_ASSIGN(std::vector<JsonMember> config, SplitJsonObject(config_json));
  const std::string quoted_created = QuoteJson(created.empty() ? kZeroTime : created);
  const std::string quoted_name = name == nullptr ? "" : QuoteJson(*name);
  std::vector<JsonMember> members = {{kCreated, quoted_created}};
  if (name != nullptr) members.push_back({kConsumerName, quoted_name});
  for (const JsonMember& member : config) {
    if (member.key == kCreated || (name != nullptr && member.key == kConsumerName)) continue;
    members.push_back(member);
  }
  return JoinJsonObject(members);
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
  Meta meta;
  JETKEEP_ASSIGN(std::vector<JsonMember> members, SplitJsonObject(meta_json));
  JETKEEP_ASSIGN(meta.created, TakeString(members, kCreated));
  meta.config_json = JoinJsonObject(members);
  JETKEEP_ASSIGN(meta.name, TakeString(members, "name"));
  return meta;
}

Result<Meta> ParseConsumerMeta(std::string_view meta_json) {
  Meta meta;
  JETKEEP_ASSIGN(std::vector<JsonMember> members, SplitJsonObject(meta_json));
  JETKEEP_ASSIGN(meta.created, TakeString(members, kCreated));
  JETKEEP_ASSIGN(meta.name, TakeString(members, kConsumerName));
  meta.config_json = JoinJsonObject(members);
  return meta;
}

Result<std::string> JsonStringMember(std::string_view object, std::string_view key) {
  JETKEEP_ASSIGN(std::vector<JsonMember> members, SplitJsonObject(object));
  return TakeString(members, key);
}

}  // namespace jetkeep::v1
