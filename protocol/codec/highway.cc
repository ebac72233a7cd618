#include "protocol/codec/highway.h"

#include <highwayhash/highwayhash_target.h>
#include <highwayhash/instruction_sets.h>

#include <cstring>
#include <string>

#include "protocol/codec/little_endian.h"

namespace jetkeep {
namespace {

// As many parts as are hashed without joining them first.
constexpr std::size_t kMaxParts = 8;
// Below this, copying the parts together costs less than hashing them one by one.
constexpr std::size_t kGatherBytes = 512;

template <typename HashResult>
void Hash(const HighwayKey& key, std::initializer_list<std::string_view> parts,
          HashResult* result) {
  using highwayhash::InstructionSets;
  highwayhash::HHKey HH_ALIGNAS(32)
      words = {key.words[0], key.words[1], key.words[2], key.words[3]};
  std::size_t total = 0;
  for (const std::string_view part : parts) total += part.size();
  if (total <= kGatherBytes) {
    char gathered[kGatherBytes];
    char* end = gathered;
    for (const std::string_view part : parts) {
      if (part.empty()) continue;
      std::memcpy(end, part.data(), part.size());
      end += part.size();
    }
    InstructionSets::Run<highwayhash::HighwayHash>(words, static_cast<const char*>(gathered), total,
                                                   result);
    return;
  }
  if (parts.size() > kMaxParts) {
    std::string joined;
    for (const std::string_view part : parts) joined.append(part);
    InstructionSets::Run<highwayhash::HighwayHash>(words, static_cast<const char*>(joined.data()),
                                                   joined.size(), result);
    return;
  }
  highwayhash::StringView fragments[kMaxParts];
  std::size_t count = 0;
  for (const std::string_view part : parts) {
    if (!part.empty()) fragments[count++] = {part.data(), part.size()};
  }
  InstructionSets::Run<highwayhash::HighwayHashCat>(
      words, static_cast<const highwayhash::StringView*>(fragments), count, result);
}

}  // namespace

HighwayKey HighwayKeyOf(const Digest& digest) {
  HighwayKey key;
  const char* bytes = reinterpret_cast<const char*>(digest.data());
  for (std::size_t i = 0; i < 4; ++i) key.words[i] = LoadU64(bytes + 8 * i);
  return key;
}

std::uint64_t Highway64(const HighwayKey& key, std::initializer_list<std::string_view> parts) {
  highwayhash::HHResult64 result = 0;
  Hash(key, parts, &result);
  return result;
}

std::array<std::uint64_t, 2> Highway128(const HighwayKey& key,
                                        std::initializer_list<std::string_view> parts) {
  highwayhash::HHResult128 result = {0, 0};
  Hash(key, parts, &result);
  return {result[0], result[1]};
}

}  // namespace jetkeep
