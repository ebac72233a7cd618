#include "service/engine/sets/set_restore_plan.h"

#include <algorithm>
#include <map>

namespace jetkeep {
namespace {

void Use(AccountUse& use, const RestorePlan& plan, bool tiered) {
  const std::uint64_t replicas = std::max<std::uint64_t>(plan.config.replicas, 1);
  const std::uint64_t bytes = plan.expected.bytes * replicas;
  const std::uint64_t reserved =
      plan.config.max_bytes > 0
          ? static_cast<std::uint64_t>(plan.config.max_bytes) * (tiered ? 1 : replicas)
          : 0;
  ++use.streams;
  use.consumers += plan.consumers.archived.size() + plan.consumers.created.size();
  (plan.config.in_memory ? use.memory : use.storage) += bytes;
  (plan.config.in_memory ? use.reserved_memory : use.reserved_storage) += reserved;
}

}  // namespace

std::vector<std::vector<std::size_t>> OriginsFirst(const std::vector<StreamConfigFacts>& streams) {
  std::map<std::string, std::size_t> by_name;
  for (std::size_t i = 0; i < streams.size(); ++i) by_name[streams[i].name] = i;
  std::vector<bool> placed(streams.size(), false);
  const auto waits = [&](std::size_t i) {
    return std::any_of(streams[i].origins.begin(), streams[i].origins.end(),
                       [&](const StreamOrigin& origin) {
                         const auto other = by_name.find(origin.name);
                         return !origin.external && other != by_name.end() && other->second != i &&
                                !placed[other->second];
                       });
  };
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < streams.size(); ++i) left.push_back(i);
  std::vector<std::vector<std::size_t>> groups;
  while (!left.empty()) {
    std::vector<std::size_t> group;
    std::vector<std::size_t> later;
    for (const std::size_t i : left) (waits(i) ? later : group).push_back(i);
    if (group.empty()) std::swap(group, later);
    for (const std::size_t i : group) placed[i] = true;
    groups.push_back(std::move(group));
    left = std::move(later);
  }
  return groups;
}

void AddRestored(ServerFacts& facts, const RestorePlan& plan) {
  facts.streams.push_back({plan.target.stream, plan.config});
  if (!facts.account) return;
  AccountInfo& account = *facts.account;
  Use(account.total, plan, false);
  const auto tier =
      account.tiers.find("R" + std::to_string(std::max<std::uint64_t>(plan.config.replicas, 1)));
  if (tier != account.tiers.end()) Use(tier->second, plan, true);
}

Status CheckReplicas(const ServerIdentity& server, const StreamConfigFacts& stream) {
  const bool alone = !server.version.empty() && server.cluster.empty();
  if (!alone || stream.replicas <= 1) return {};
  return Fail(Error{Errc::kRestoreRefused,
                    "stream " + stream.name + " has " + std::to_string(stream.replicas) +
                        " replicas, and server " + server.version + " stands alone",
                    "Nothing was sent. Restore into a cluster.", 10074});
}

}  // namespace jetkeep
