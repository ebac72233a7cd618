// Lineage: one life of a stream, within which a sequence always means the same message.
//
// Creation time and sequences prove nothing: a restore brings old ones back. A new backup joins the
// lineage of the newest backups only if messages of theirs are found unchanged in the living stream
// before it begins (Choose), and in what it captured before it is published (Confirm), because the
// stream may become another one in between. Whatever cannot be proved, or was made by programs
// that proved nothing, begins a new lineage, which is always right.
//
// Thread-safety: one thread. Memory: one message of the stream, and a few blocks of a backup.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/stream.h"
#include "service/repository/repository.h"

namespace jetkeep {

struct LineageChoice {
  std::string lineage;  // empty: a new one
  std::vector<std::string>
      ids;              // of the stream's backups and restores; a new one gets an id above them
  std::string why_new;  // for the log, if there were backups
  std::string warning;  // for the report: something of the repository cannot be read
};

// The first live message of the stream at or above a sequence, as JetStream::NextMessage.
using NextMessage = std::function<Result<std::optional<StoredMessage>>(std::uint64_t sequence)>;

class LineageCheck {
 public:
  // repository must outlive this.
  LineageCheck(NextMessage next_message, Repository& repository, std::string stream)
      : next_message_(std::move(next_message)),
        repository_(repository),
        stream_(std::move(stream)) {}

  // Fails only where nothing of the stream's backups can be read.
  Result<LineageChoice> Choose(const StreamInfo& live);

  // The messages that Confirm compares; for BackupWriter::Watch.
  std::vector<std::uint64_t> Watched() const;

  // manifest: as it will be published, without the anchors. kStreamChanged, which passes with the
  // next attempt, if what was captured is not the life that Choose found.
  Status Confirm(BackupWriter& writer, Manifest& manifest);

 private:
  // Each: empty if nothing speaks against the same life, otherwise why it is not proved.
  Result<std::string> CompareWithLive(const StreamInfo& live);
  Result<std::string> CompareMessage(const Anchor& live);
  // The first live message of the server at or above `sequence`, and the highest, none beyond
  // `last`.
  Result<std::optional<Anchor>> NextOnServer(std::uint64_t sequence, std::uint64_t last);
  Result<std::optional<Anchor>> HighestOnServer(std::uint64_t last);
  Result<Anchor> AnchorOfBase(std::uint64_t sequence);
  Status ConfirmAgainst(const Manifest& other, BackupWriter& writer, Manifest& manifest);

  const NextMessage next_message_;
  Repository& repository_;
  const std::string stream_;
  std::vector<std::string> ids_;
  std::optional<Manifest> base_;  // the newest of the lineage that is joined
  std::vector<Anchor> compared_;  // messages of it that were found on the server
  std::uint64_t fetched_ = 0;     // bytes of messages
};

}  // namespace jetkeep
