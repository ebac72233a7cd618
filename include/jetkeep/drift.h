// Drift: how the streams and consumers of an account differ from configurations that were kept.
// Values only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jetkeep {

// One configuration, of a stream or of one of its consumers.
struct KeptConfig {
  std::string stream;
  std::string consumer;  // empty: the stream's own
  std::string config_json;
};

// Exactly one of backup, set and configs says what to compare with.
struct DriftSpec {
  std::string backup;  // an id
  std::string set;     // an id, or kLatestSet
  std::vector<KeptConfig> configs;
  // Only streams that one of these patterns matches; empty: all.
  std::vector<std::string> streams;
};

enum class DriftKind : std::uint8_t {
  kStreamMissing,    // kept, and not in the account
  kStreamExtra,      // in the account, and not kept
  kConsumerMissing,  // the same of consumers
  kConsumerExtra,
  kFieldDiffers,
};

struct Drift {
  DriftKind kind = DriftKind::kFieldDiffers;
  std::string stream;
  std::string consumer = {};  // empty: it is about the stream itself
  // Of kFieldDiffers: the path of the field, and both values as JSON; empty: not set.
  std::string field = {};
  std::string kept_json = {};
  std::string found_json = {};
  friend bool operator==(const Drift&, const Drift&) = default;
};

struct DriftReport {
  std::string backup;           // the id that was compared, if any
  std::string set;              // the same
  std::uint64_t streams = 0;    // whose configurations were compared
  std::uint64_t consumers = 0;  // the same
  std::vector<Drift> differences;
  std::uint64_t more = 0;  // further differences, which were only counted
  // Streams that could not be compared, each with the reason.
  struct Unknown {
    std::string stream;
    std::string reason;
  };
  std::vector<Unknown> unknown;
};

// What it takes to bring streams and consumers that are there to configurations that were kept.
struct ConfigChanges {
  // kFieldDiffers: changed; kConsumerMissing: created; kConsumerExtra: left as it is. Of a dry run:
  // would be.
  std::vector<Drift> differences;
  std::uint64_t more = 0;  // further differences, which were only counted
  // What takes messages away from a stream.
  struct Removal {
    std::string stream;
    std::string why;
    // As far as it can be known before.
    std::uint64_t at_least = 0;
    std::uint64_t at_most = 0;
  };
  std::vector<Removal> removals = {};
};

}  // namespace jetkeep
