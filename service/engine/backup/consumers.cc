#include "service/engine/backup/consumers.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "protocol/js_api/requests.h"
#include "protocol/js_config/consumer_config.h"

namespace jetkeep {
namespace {

constexpr const char* kDeliveredAgain =
    ", some messages above its acknowledgement floor will be delivered again";

bool RolledBack(const ConsumerBackup& archived, const ConsumerInfo& info,
                std::uint64_t last_sequence) {
  const ConsumerState& state = archived.state;
  return state.pending.empty() && state.delivered == state.ack_floor && info.num_ack_pending > 0 &&
         info.ack_floor == state.ack_floor && info.delivered.stream <= last_sequence;
}

// What lists messages for another backup just now.
bool IsListing(const ConsumerInfo& info) { return info.name.starts_with(kListingConsumerPrefix); }

bool IsAhead(const SequencePair& a, const SequencePair& b) {
  return a.stream > b.stream || a.consumer > b.consumer;
}

// Those without a durable name come and go.
bool Stays(const ConsumerInfo& info) {
  return !IsListing(info) && ReadConsumerConfig(info.config_json).durable;
}

std::map<std::string_view, const ConsumerInfo*> ByName(const std::vector<ConsumerInfo>& list) {
  std::map<std::string_view, const ConsumerInfo*> by_name;
  for (const ConsumerInfo& info : list) by_name[info.name] = &info;
  return by_name;
}

bool IsAnotherOrSetBack(const ConsumerInfo& before, const ConsumerInfo& after) {
  return before.created != after.created || IsAhead(before.delivered, after.delivered) ||
         IsAhead(before.ack_floor, after.ack_floor);
}

// archived: null if the snapshot lacks it. Empty: what the snapshot says is right, or behind.
std::string WhyRebuilt(const ConsumerBackup* archived, const ConsumerInfo& info,
                       std::uint64_t last_sequence) {
  if (archived == nullptr) return " was not in the server's snapshot";
  if (RolledBack(*archived, info, last_sequence)) {
    return " was at its acknowledgement floor in the server's snapshot";
  }
  // The server's information is younger, and a consumer by itself only advances.
  if (IsAhead(archived->state.delivered, info.delivered) ||
      IsAhead(archived->state.ack_floor, info.ack_floor)) {
    return " was set back or created again during the copy";
  }
  return {};
}

// None is ahead of the stream, and they are in the order of their names.
void AlignWithCut(std::vector<ConsumerBackup>& consumers, std::uint64_t last_sequence) {
  for (ConsumerBackup& consumer : consumers) ClampToCut(consumer.state, last_sequence);
  std::sort(consumers.begin(), consumers.end(),
            [](const ConsumerBackup& a, const ConsumerBackup& b) { return a.name < b.name; });
}

}  // namespace

bool CutNeedsLaterList(const std::vector<ConsumerInfo>& before,
                       const std::vector<ConsumerInfo>& after) {
  const auto known = ByName(before);
  return std::any_of(after.begin(), after.end(), [&](const ConsumerInfo& info) {
    if (!Stays(info)) return false;
    const auto found = known.find(info.name);
    return found == known.end() || IsAnotherOrSetBack(*found->second, info);
  });
}

std::set<std::string> MadeAnew(const std::vector<ConsumerInfo>& before,
                               const std::vector<ConsumerInfo>& after) {
  const auto known = ByName(before);
  std::set<std::string> names;
  for (const ConsumerInfo& info : after) {
    const auto found = known.find(info.name);
    if (found == known.end() || found->second->created != info.created) names.insert(info.name);
  }
  return names;
}

std::vector<std::string> OnlyNew(const std::vector<ConsumerInfo>& before,
                                 const std::vector<ConsumerInfo>& after) {
  const auto known = ByName(before);
  std::vector<std::string> names;
  for (const ConsumerInfo& info : after) {
    if (!Stays(info)) continue;
    const auto found = known.find(info.name);
    if (found == known.end()) {
      names.push_back(info.name);
    } else if (IsAnotherOrSetBack(*found->second, info)) {
      return {};
    }
  }
  return names;
}

void ClampToCut(ConsumerState& state, std::uint64_t last_sequence) {
  state.pending.RemoveAbove(last_sequence);
  state.redelivered.RemoveAbove(last_sequence);
  SequencePair& delivered = state.delivered;
  SequencePair& floor = state.ack_floor;
  if (floor.stream > last_sequence) {
    // At most one number of the consumer's for each message of the stream.
    floor.consumer -= std::min(floor.consumer, floor.stream - last_sequence);
    floor.stream = last_sequence;
    delivered = floor;
  }
  if (delivered.stream <= last_sequence) return;
  const std::uint64_t above = delivered.stream - last_sequence;
  const bool unfiltered = delivered.consumer >= floor.consumer &&
                          delivered.stream - floor.stream == delivered.consumer - floor.consumer;
  delivered.stream = last_sequence;
  std::uint64_t least = floor.consumer;
  for (const auto& [sequence, message] : state.pending) {
    least = std::max(least, message.consumer_sequence);
  }
  delivered.consumer = unfiltered ? std::max(delivered.consumer - above, least) : least;
}

RebuiltState RebuildState(const ConsumerInfo& info, std::int64_t now_ns) {
  RebuiltState rebuilt;
  rebuilt.state.ack_floor = info.ack_floor;
  rebuilt.state.delivered = info.delivered;
  if (info.num_ack_pending == 0) {
    rebuilt.exact = true;
    return rebuilt;
  }
  const bool ordered = info.delivered.stream >= info.ack_floor.stream &&
                       info.delivered.consumer >= info.ack_floor.consumer;
  const std::uint64_t span = ordered ? info.delivered.stream - info.ack_floor.stream : 0;
  const std::uint64_t consumer_span =
      ordered ? info.delivered.consumer - info.ack_floor.consumer : 0;
  // With redeliveries or filters consumer and stream sequences run apart, and which is which is
  // unknown.
  if (!ordered || span != consumer_span || span > kMaxRebuiltPending) {
    rebuilt.state.delivered = info.ack_floor;
    return rebuilt;
  }
  for (std::uint64_t i = 1; i <= span; ++i) {
    rebuilt.state.pending.Append(info.ack_floor.stream + i, {info.ack_floor.consumer + i, now_ns});
  }
  rebuilt.exact = span == info.num_ack_pending && info.num_redelivered == 0;
  return rebuilt;
}

ConsumersOfCut MergeConsumers(std::vector<ConsumerBackup> archived,
                              const std::vector<ConsumerInfo>& listed, std::uint64_t last_sequence,
                              std::int64_t now_ns) {
  ConsumersOfCut cut;
  cut.consumers = std::move(archived);
  std::map<std::string, ConsumerBackup*> inside;
  std::set<std::string> there;  // of them, those that the server still lists
  for (ConsumerBackup& consumer : cut.consumers) inside[consumer.name] = &consumer;
  std::vector<ConsumerBackup> left_out;
  for (const ConsumerInfo& info : listed) {
    if (IsListing(info)) continue;
    const auto found = inside.find(info.name);
    if (found != inside.end()) there.insert(info.name);
    const std::string why =
        WhyRebuilt(found == inside.end() ? nullptr : found->second, info, last_sequence);
    if (why.empty()) continue;
    RebuiltState rebuilt = RebuildState(info, now_ns);
    std::string warning = "consumer " + info.name + why + "; rebuilt from the server's information";
    if (!rebuilt.exact) warning += kDeliveredAgain;
    cut.warnings.push_back(std::move(warning));
    if (found != inside.end()) {
      found->second->state = std::move(rebuilt.state);
      found->second->config_json = info.config_json;
      found->second->created = info.created;
      found->second->origin = ConsumerOrigin::kServer;
    } else {
      left_out.push_back({info.name, info.config_json, info.created, std::move(rebuilt.state),
                          ConsumerOrigin::kServer});
    }
  }
  std::erase_if(cut.consumers, [&](const ConsumerBackup& consumer) {
    if (there.contains(consumer.name)) return false;
    if (!consumer.name.starts_with(kListingConsumerPrefix)) {
      cut.warnings.push_back("consumer " + consumer.name +
                             " was deleted during the copy, and is not in the backup");
    }
    return true;
  });
  std::move(left_out.begin(), left_out.end(), std::back_inserter(cut.consumers));
  AlignWithCut(cut.consumers, last_sequence);
  return cut;
}

ConsumersOfCut RebuildConsumers(const std::vector<ConsumerInfo>& listed,
                                std::uint64_t last_sequence, std::int64_t now_ns) {
  ConsumersOfCut cut;
  for (const ConsumerInfo& info : listed) {
    if (IsListing(info)) continue;
    RebuiltState rebuilt = RebuildState(info, now_ns);
    if (!rebuilt.exact) {
      cut.warnings.push_back("consumer " + info.name + " has messages that are not acknowledged" +
                             kDeliveredAgain);
    }
    cut.consumers.push_back({info.name, info.config_json, info.created, std::move(rebuilt.state),
                             ConsumerOrigin::kServer});
  }
  AlignWithCut(cut.consumers, last_sequence);
  return cut;
}

}  // namespace jetkeep
