// Manifest: everything a backup is, besides its messages. FORMAT.md, "Manifests".
//
// The file: one line that names version, length and digest of the head; the head, a JSON object
// with all that `list` shows; sections with the rest, each with its digest in the head. Every bit
// of the file is covered. Thread-safety: functions are pure; values are plain.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/backup.h"
#include "jetkeep/error.h"
#include "jetkeep/snapshot.h"
#include "jetkeep/stream.h"
#include "jetkeep/stream_state.h"
#include "protocol/codec/digest.h"
#include "protocol/sequences/sequence_set.h"

namespace jetkeep {

// The kind of a backup that was made from files of another program.
inline constexpr std::string_view kImportedKind = "imported";
// Of one that was made from the files of a server that does not run.
inline constexpr std::string_view kSalvagedKind = "salvaged";
// Of one that holds configurations and no messages.
inline constexpr std::string_view kConfigKind = "config";

struct SegmentRef {
  std::string name;
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t records = 0;
  std::uint64_t raw_bytes = 0;
  std::uint64_t stored_bytes = 0;  // of the file
  std::uint64_t blocks = 0;
  Digest digest{};
};

// A message of the backup by which a later one proves that the stream is still the same life.
struct Anchor {
  std::uint64_t sequence = 0;
  std::int64_t timestamp_ns = 0;
  Digest digest{};  // AnchorDigest of it
};

inline constexpr std::size_t kMaxAnchors = 64;

// BLAKE2b of subject, headers and payload, each with its length as u64 in front.
Digest AnchorDigest(std::string_view subject, std::string_view headers, std::string_view payload);

// What the head of a manifest holds of it.
struct ManifestFacts {
  std::string id;
  std::string account;
  std::string stream;
  std::string lineage;
  std::string kind = "full";
  std::string based_on;  // a backup id, or empty
  BackupCondition condition = BackupCondition::kComplete;
  // The cut was proved to be one state of the stream. Never so in manifests of version 1.
  bool exact_cut = false;
  std::int64_t cut_time_ns = 0;  // of the server's answer that is the cut; 0: it did not say
  std::int64_t started_ns = 0;
  std::int64_t completed_ns = 0;
  std::string stream_created;  // RFC 3339
  StreamState state;           // of the cut; what a restore has to reach
  ServerIdentity server;
  ArchiveFormat archive_format = ArchiveFormat::kV1Tar;  // what the server sent
  std::vector<Anchor> anchors;  // highest live message first; at most kMaxAnchors
  // Headers and payload of the largest message in the segments, in bytes; 0: not noted.
  std::uint64_t largest_message = 0;
  std::string tool_version;
};

struct Manifest : ManifestFacts {
  std::string config_json;  // the stream's configuration, the server's bytes
  std::string state_json;   // the snapshot's state, the server's bytes
  std::string origin_json;  // of an imported backup: where it comes from; else empty

  std::vector<SegmentRef> segments;  // in sequence order
  std::vector<ConsumerBackup> consumers;
  SequenceSet deleted;  // sequences of first..last without a message
  SequenceSet lost;     // sequences of first..last whose message could not be read
  std::vector<ArchiveDamage> damage;
  std::vector<std::string> warnings;

  std::uint64_t file_bytes = 0;  // of the manifest; set by decoding

  BackupSummary Summary() const;
  std::uint64_t SegmentBytes() const;
  std::uint64_t RawBytes() const;
};

// kBackupNotFound for a backup of configurations alone: whoever asks for messages must not take
// none for an answer.
Status CheckHasMessages(const ManifestFacts& manifest);

inline constexpr int kManifestVersion = 2;  // what is written; 1 is read, too
// Of a backup of configurations alone: a program that does not know these must not take one for a
// backup of the stream.
inline constexpr int kConfigManifestVersion = 3;
inline constexpr std::size_t kMaxManifestHeadBytes = 256 * 1024;
// The largest that is written, and read.
inline constexpr std::uint64_t kMaxManifestBytes = 256ULL * 1024 * 1024;
// Enough for the line and the head of nearly every manifest.
inline constexpr std::size_t kManifestHeadGuess = 4096;

// Writes version 2, or 3 of configurations alone. kInvalidName if a name is not UTF-8.
Result<std::string> EncodeManifest(const Manifest& manifest);

// How many bytes of the file line and head take, told from its first kManifestHeadGuess bytes (or
// all).
Result<std::size_t> ManifestHeadBytes(std::string_view front);
// front: at least ManifestHeadBytes of a file of file_bytes.
Result<BackupSummary> ParseManifestSummary(std::string_view front, std::uint64_t file_bytes);

Result<Manifest> DecodeManifest(std::string_view file);

}  // namespace jetkeep
