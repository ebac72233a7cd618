// What a server of a given version ("2.10.27", "2.15.1-dev") can do. An unknown or unreadable
// version can do nothing of it. Pure.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace jetkeep {

struct ServerVersion {
  unsigned major_number = 0;
  unsigned minor_number = 0;
  unsigned patch = 0;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads a defaulted operator<=>
  friend auto operator<=>(const ServerVersion&, const ServerVersion&) = default;
};

// No value: empty or unreadable.
std::optional<ServerVersion> ParseServerVersion(std::string_view text);
// The series of servers that Jetkeep was tested with: the files and answers of others are not
// known.
inline constexpr ServerVersion kNewestKnownServer{2, 15, 0};
bool IsKnownVersion(const ServerVersion& version);

// "2.11" for 2.11.0, else all three numbers.
std::string Text(const ServerVersion& version);

// Takes `window_size` in a snapshot request; strict servers refuse fields they do not know.
bool KnowsWindowSize(std::string_view server_version);

// Sources a message whatever stream its Nats-Expected-Stream names; before, sourcing halts at one
// that names its origin (measured: 2.9.10 halts, 2.10.27 does not).
bool SourcesWhatExpectsAStream(std::string_view server_version);

// Restores streams into memory storage, from a v2 archive; older ones answer well and keep no
// message.
bool RestoresIntoMemory(std::string_view server_version);

// Does not learn the ids of messages (Nats-Msg-Id) that come in a v2 archive (measured: 2.15.1
// does not, 2.15.3 does).
bool ForgetsMessageIds(std::string_view server_version);

// Keeps a stream's metadata.
bool KeepsMetadata(std::string_view server_version);

// Adds entries of its own to a stream's metadata, and counts one of them in an update.
bool AddsToMetadata(std::string_view server_version);

// Removes what a stream's limits for each subject do not allow also while a snapshot is taken;
// older ones keep it until the next message of the subject.
bool KeepsLimitsDuringSnapshots(std::string_view server_version);

// An elected leader of a stream answers only once it has applied what was agreed on before.
bool LeadsWithAllApplied(std::string_view server_version);

// Rebuilds the deleted sequences of a v1 archive from the gaps between records.
bool ReadsGapsAsDeleted(std::string_view server_version);

// Removes all messages of a stream that begins at the `first_seq` of its configuration, when it
// restores the stream and at each start.
bool PurgesFromFirstSeq(std::string_view server_version);

// Keeps no more than messages in the index of a v1 archive: no times to live, schedules or sources.
bool IndexesMessagesOnly(std::string_view server_version);

// Holds the lock of an account's streams while it goes through them for a restore, also where it
// stands alone. The others may die of two restores at once.
bool LocksStreamsInRestores(std::string_view server_version);

}  // namespace jetkeep
