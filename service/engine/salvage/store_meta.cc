#include "service/engine/salvage/store_meta.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "protocol/base/names.h"
#include "protocol/v1/consumer_state.h"
#include "protocol/v1/meta.h"

namespace jetkeep {
namespace {

constexpr std::uint64_t kMostMetaBytes = std::uint64_t{16} << 20;
constexpr char kMetaFile[] = "meta.inf";
constexpr char kSumFile[] = "meta.sum";
constexpr char kKeyFile[] = "meta.key";
constexpr char kStateFile[] = "o.dat";
constexpr char kConsumers[] = "obs";

bool Holds(const std::vector<SourceEntry>& entries, std::string_view name) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const SourceEntry& entry) { return entry.name == name; });
}

// Of the folder's key file; nothing if there is none.
Result<std::optional<filestore::AssetKey>> KeyOf(const SourceFolder& folder,
                                                 const std::vector<SourceEntry>& entries,
                                                 const ReplicaPlace& place,
                                                 const std::string& context,
                                                 const StoreSecrets& secrets) {
  if (!Holds(entries, kKeyFile)) return std::optional<filestore::AssetKey>();
  if (secrets.empty()) {
    return Fail(Errc::kUsage, "it is encrypted, and no key was given",
                "Give the key of the server's configuration with --key-file or --key-env.");
  }
  JETKEEP_ASSIGN(const std::string sealed, folder.ReadWhole(kKeyFile, filestore::kMaxKeyFileBytes));
  auto key = filestore::OpenKeyFile(secrets, place.account, context, sealed);
  if (!key) {
    return Fail(
        Errc::kUsage,
        "its key file does not open with the key that was given, for account " + place.account,
        "Give the server's key, or the one before it with --previous-key-file. The keys "
        "depend on the account's name, which is its folder's.");
  }
  return std::optional(*std::move(key));
}

Result<std::string> Opened(std::string bytes, const std::optional<filestore::AssetKey>& key,
                           const char* name) {
  if (!key || bytes.empty()) return bytes;
  auto plain = OpenSealed(key->cipher, key->seed, bytes);
  if (!plain) return Fail(Errc::kArchiveCorrupt, std::string(name) + " does not open with its key");
  return *std::move(plain);
}

Result<ConsumerBackup> ReadConsumer(const SourceFolder& folder, const std::string& name,
                                    const ReplicaPlace& place, const StoreSecrets& secrets) {
  JETKEEP_TRY(CheckConsumerName(name));
  JETKEEP_ASSIGN(const std::vector<SourceEntry> entries, folder.List());
  JETKEEP_ASSIGN(const auto key, KeyOf(folder, entries, place,
                                       filestore::ConsumerContext(place.stream, name), secrets));
  if (!Holds(entries, kMetaFile)) return Fail(Errc::kArchiveCorrupt, "its meta.inf is missing");
  JETKEEP_ASSIGN(const std::string stored, folder.ReadWhole(kMetaFile, kMostMetaBytes));
  const auto sum = folder.ReadWhole(kSumFile, kMostMetaBytes);
  if (!sum) return Fail(Errc::kArchiveCorrupt, "its meta.sum is missing");
  if (*sum != v1::ConsumerMetaSum(place.stream, name, stored)) {
    return Fail(Errc::kArchiveCorrupt, "the checksum of its meta.inf is wrong");
  }
  JETKEEP_ASSIGN(const std::string plain, Opened(stored, key, kMetaFile));
  JETKEEP_ASSIGN(v1::Meta meta, v1::ParseConsumerMeta(plain));
  if (!meta.name.empty() && meta.name != name) {
    return Fail(Errc::kArchiveCorrupt, "its meta.inf names another consumer");
  }
  if (!Holds(entries, kStateFile)) {
    return Fail(Errc::kArchiveCorrupt, "its o.dat is missing, so where it stands is not known");
  }
  JETKEEP_ASSIGN(const std::string sealed_state, folder.ReadWhole(kStateFile, kMostMetaBytes));
  JETKEEP_ASSIGN(const std::string state, Opened(sealed_state, key, kStateFile));
  ConsumerBackup consumer;
  consumer.name = name;
  consumer.config_json = std::move(meta.config_json);
  consumer.created = std::move(meta.created);
  auto decoded = v1::DecodeConsumerState(state);
  if (!decoded) return Fail(std::move(decoded).error().Within(kStateFile));
  consumer.state = *std::move(decoded);
  return consumer;
}

}  // namespace

Result<StoredStreamMeta> ReadStoredStreamMeta(const SourceFolder& folder, const ReplicaPlace& place,
                                              const StoreSecrets& secrets) {
  JETKEEP_ASSIGN(const std::vector<SourceEntry> entries, folder.List());
  if (!Holds(entries, kMetaFile)) {
    return Fail(Errc::kArchiveCorrupt, "meta.inf, the stream's configuration, is missing",
                "Give the configuration with --stream-config FILE.");
  }
  JETKEEP_ASSIGN(const auto key,
                 KeyOf(folder, entries, place, filestore::StreamContext(place.stream), secrets));
  JETKEEP_ASSIGN(const std::string stored, folder.ReadWhole(kMetaFile, kMostMetaBytes));
  StoredStreamMeta meta;
  const auto sum = folder.ReadWhole(kSumFile, kMostMetaBytes);
  if (!sum) {
    meta.problem = "meta.sum, the checksum of the configuration, is missing";
  } else if (*sum != v1::StreamMetaSum(place.stream, stored)) {
    meta.problem = "the checksum of the configuration (meta.sum) is wrong";
  }
  constexpr char kHint[] = "Give the configuration with --stream-config FILE.";
  auto plain = Opened(stored, key, kMetaFile);
  if (!plain) return Fail(Errc::kArchiveCorrupt, std::move(plain).error().message, kHint);
  auto parsed = v1::ParseStreamMeta(*plain);
  if (!parsed) {
    return Fail(Errc::kArchiveCorrupt, "meta.inf: " + parsed.error().message, kHint);
  }
  if (parsed->name != place.stream) {
    return Fail(Errc::kArchiveCorrupt, "meta.inf is of stream \"" + parsed->name + "\"", kHint);
  }
  meta.config_json = std::move(parsed->config_json);
  meta.created = std::move(parsed->created);
  return meta;
}

StoredConsumers ReadStoredConsumers(const SourceFolder& folder, const ReplicaPlace& place,
                                    const StoreSecrets& secrets) {
  StoredConsumers result;
  const auto own = folder.List();
  if (!own || !Holds(*own, kConsumers)) return result;
  const auto all = folder.OpenFolder(kConsumers);
  const auto entries = all ? all->List() : Result<std::vector<SourceEntry>>(Fail(all.error()));
  if (!entries) {
    result.not_read.push_back({"", entries.error().message});
    return result;
  }
  for (const SourceEntry& entry : *entries) {
    if (entry.kind != SourceEntryKind::kFolder) continue;
    const auto inner = all->OpenFolder(entry.name);
    auto consumer = inner ? ReadConsumer(*inner, entry.name, place, secrets)
                          : Result<ConsumerBackup>(Fail(inner.error()));
    if (consumer) {
      result.consumers.push_back(*std::move(consumer));
    } else {
      result.not_read.push_back({entry.name, std::move(consumer).error().message});
    }
  }
  return result;
}

StoredConsumers MergeStoredConsumers(std::vector<StoredConsumers> all) {
  if (all.size() == 1) return std::move(all.front());
  std::map<std::string, ConsumerBackup> best;
  std::map<std::string, std::string> failed;
  const auto place = [](const ConsumerBackup& consumer) {
    const ConsumerState& state = consumer.state;
    return std::tuple(state.ack_floor.stream, state.delivered.stream, state.delivered.consumer);
  };
  for (StoredConsumers& one : all) {
    for (ConsumerBackup& consumer : one.consumers) {
      const auto found = best.find(consumer.name);
      if (found == best.end()) {
        std::string name = consumer.name;
        best.emplace(std::move(name), std::move(consumer));
      } else if (place(found->second) < place(consumer)) {
        found->second = std::move(consumer);
      }
    }
    for (ConsumerNotRead& item : one.not_read) failed.emplace(item.name, item.reason);
  }
  StoredConsumers merged;
  for (auto& [name, consumer] : best) merged.consumers.push_back(std::move(consumer));
  for (auto& [name, reason] : failed) {
    if (!best.contains(name)) merged.not_read.push_back({name, reason});
  }
  return merged;
}

}  // namespace jetkeep
