#include "service/engine/backup/lineage.h"

#include <algorithm>
#include <utility>

#include "protocol/repository/live_sequences.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

bool SameMessage(const Anchor& a, const Anchor& b) {
  return a.sequence == b.sequence && a.timestamp_ns == b.timestamp_ns && a.digest == b.digest;
}

const Anchor* FindAnchor(const std::vector<Anchor>& anchors, std::uint64_t sequence) {
  const auto found = std::find_if(anchors.begin(), anchors.end(), [&](const Anchor& anchor) {
    return anchor.sequence == sequence;
  });
  return found == anchors.end() ? nullptr : &*found;
}

// What is read of a stream to know it again.
constexpr std::uint64_t kManyBytes = 4 * 1024 * 1024;
constexpr std::uint64_t kMostBytes = 64 * 1024 * 1024;

std::uint64_t SizeOf(const StoredMessage& message) {
  return message.subject.size() + message.headers.size() + message.payload.size();
}

std::string Number(std::uint64_t sequence) { return std::to_string(sequence); }

// A backup that somebody deletes meanwhile is no reason to fail for good.
Status CannotOpen(const std::string& id, const Error& error) {
  if (error.code != Errc::kBackupNotFound && error.code != Errc::kBackupInUse) return Fail(error);
  return Fail(Errc::kStreamChanged,
              "backup " + id + ", which the new one is compared with, is being deleted",
              "The next attempt compares with another one.");
}

}  // namespace

Result<LineageChoice> LineageCheck::Choose(const StreamInfo& live) {
  JETKEEP_ASSIGN(NewestBackup found, repository_.FindNewest(stream_));
  LineageChoice choice;
  choice.ids = std::move(found.ids);
  for (const UnreadableBackup& lineage : found.unreadable_lineages) {
    choice.ids.push_back(lineage.id);
  }
  const Result<std::string> restored = repository_.NewestRestore(stream_);
  if (restored && !restored->empty()) choice.ids.push_back(*restored);
  ids_ = choice.ids;
  if (restored && choice.ids.empty()) return choice;
  const auto new_lineage = [&](std::string why) -> LineageChoice {
    log::Info("the backup begins a new lineage", {{"stream", stream_}, {"reason", why}});
    base_.reset();
    compared_.clear();
    choice.why_new = std::move(why);
    return choice;
  };
  const auto unreadable = [&](std::string why) -> LineageChoice {
    choice.warning = "the backup begins a new lineage: " + why;
    return new_lineage(std::move(why));
  };
  if (!restored) return unreadable("its restores cannot be read: " + restored.error().message);
  if (!found.unreadable_lineages.empty()) {
    // The newest backup may lie there.
    const UnreadableBackup& lineage = found.unreadable_lineages.front();
    return unreadable("lineage " + lineage.id + " cannot be listed: " + lineage.why.message);
  }
  if (!found.newest) return new_lineage("no backup of the stream can be read");
  const BackupSummary& newest = *found.newest;
  for (const UnreadableBackup& backup : found.unreadable) {
    // It may hold messages that none of the others has.
    if (backup.lineage == newest.lineage) {
      return new_lineage("backup " + backup.id + " of the lineage cannot be read");
    }
  }
  if (*restored > newest.id) return new_lineage("the stream was restored since its newest backup");
  Result<Manifest> base = repository_.Load(newest.id, stream_);
  if (!base) return new_lineage(base.error().message);
  base_ = *std::move(base);
  const Result<std::string> why = CompareWithLive(live);
  if (!why) return new_lineage(why.error().message);
  if (!why->empty()) return new_lineage(*why);
  choice.lineage = base_->lineage;
  return choice;
}

std::vector<std::uint64_t> LineageCheck::Watched() const {
  std::vector<std::uint64_t> sequences;
  for (const Anchor& anchor : compared_) sequences.push_back(anchor.sequence);
  return sequences;
}

Result<Anchor> LineageCheck::AnchorOfBase(std::uint64_t sequence) {
  if (const Anchor* anchor = FindAnchor(base_->anchors, sequence)) return *anchor;
  JETKEEP_ASSIGN(const auto reader, repository_.OpenReader(*base_, {sequence, sequence}));
  JETKEEP_ASSIGN(const RecordView* record, reader->Next());
  if (record == nullptr) {
    return Fail(Errc::kRepositoryCorrupt,
                "backup " + base_->id + " lacks message " + Number(sequence));
  }
  return AnchorOf(*record);
}

Result<std::string> LineageCheck::CompareMessage(const Anchor& live) {
  if (FindAnchor(compared_, live.sequence) != nullptr) return std::string();
  if (!IsLive(*base_, live.sequence)) {
    return "message " + Number(live.sequence) + " was not in the stream at backup " + base_->id +
           " and is now";
  }
  JETKEEP_ASSIGN(const Anchor known, AnchorOfBase(live.sequence));
  if (!SameMessage(known, live)) {
    return "message " + Number(live.sequence) + " is not the one of backup " + base_->id;
  }
  compared_.push_back(live);
  return std::string();
}

Result<std::optional<Anchor>> LineageCheck::NextOnServer(std::uint64_t sequence,
                                                         std::uint64_t last) {
  std::optional<Anchor> next;
  if (sequence > last) return next;
  const auto message = next_message_(sequence);
  if (!message) return Fail(message.error());
  if (message->has_value()) fetched_ += SizeOf(**message);
  if (message->has_value() && (*message)->sequence <= last) {
    const StoredMessage& found = **message;
    next = Anchor{found.sequence, found.timestamp_ns,
                  AnchorDigest(found.subject, found.headers, found.payload)};
  }
  return next;
}

// By bisection: 20 requests for a million sequences.
Result<std::optional<Anchor>> LineageCheck::HighestOnServer(std::uint64_t last) {
  std::optional<Anchor> highest;
  std::uint64_t low = 1;
  std::uint64_t high = last;
  while (low <= high) {
    // The first look is at everything.
    const std::uint64_t middle = highest ? low + (high - low) / 2 : low;
    JETKEEP_ASSIGN(const std::optional<Anchor> next, NextOnServer(middle, high));
    if (fetched_ > kMostBytes) {
      return Fail(Errc::kTimeout,
                  "finding a message of the backup to compare would take too many reads");
    }
    if (next) {
      highest = next;
      low = next->sequence + 1;
    } else if (!highest) {
      break;
    } else {
      high = middle - 1;
    }
  }
  return highest;
}

Result<std::string> LineageCheck::CompareWithLive(const StreamInfo& live) {
  const std::string& id = base_->id;
  const std::uint64_t last = base_->state.last_sequence;
  if (base_->anchors.empty() && (base_->state.messages > 0 || !base_->exact_cut)) {
    return "backup " + id + " has no message to compare the stream with";
  }
  if (base_->stream_created != live.created) {
    return "the stream was created at " + live.created + ", that of backup " + id + " at " +
           base_->stream_created;
  }
  if (live.state.last_sequence < last) {
    return "the stream ends at " + Number(live.state.last_sequence) + ", backup " + id + " at " +
           Number(last);
  }
  // From the highest known message on there is only that one, or something that came back.
  std::optional<Anchor> highest;
  std::uint64_t from = base_->anchors.empty() ? 1 : base_->anchors.front().sequence;
  for (;;) {
    JETKEEP_ASSIGN(const std::optional<Anchor> next, NextOnServer(from, last));
    if (!next) break;
    JETKEEP_ASSIGN(std::string why, CompareMessage(*next));
    if (!why.empty()) return why;
    highest = next;
    from = next->sequence + 1;
  }
  if (!highest) {
    JETKEEP_ASSIGN(highest, HighestOnServer(last));
    // Nothing of the backup is left, so nothing of it is claimed for the stream.
    if (!highest) return std::string();
    JETKEEP_ASSIGN(std::string why, CompareMessage(*highest));
    if (!why.empty()) return why;
  }
  // What lies below: the lowest, what stands where the known ones were, and the middle.
  JETKEEP_ASSIGN(const std::optional<Anchor> lowest, NextOnServer(1, highest->sequence));
  if (lowest) {
    JETKEEP_ASSIGN(std::string why, CompareMessage(*lowest));
    if (!why.empty()) return why;
  }
  const std::uint64_t low = lowest ? lowest->sequence : highest->sequence;
  std::vector<std::uint64_t> places{low + (highest->sequence - low) / 2};
  for (const Anchor& anchor : base_->anchors) places.push_back(anchor.sequence);
  std::size_t looked = 0;
  for (const std::uint64_t place : places) {
    // Of large messages two besides the highest will do.
    if (looked++ >= 1 && fetched_ > kManyBytes) break;
    if (FindAnchor(compared_, place) != nullptr) continue;
    JETKEEP_ASSIGN(const std::optional<Anchor> next, NextOnServer(place, highest->sequence));
    if (!next) continue;
    JETKEEP_ASSIGN(std::string why, CompareMessage(*next));
    if (!why.empty()) return why;
  }
  return std::string();
}

Status LineageCheck::Confirm(BackupWriter& writer, Manifest& manifest) {
  if (!base_) return {};
  JETKEEP_TRY(ConfirmAgainst(*base_, writer, manifest));
  // What another instance has added to the lineage since, it has proved against the same base, but
  // not against this backup.
  // A lineage that cannot be listed any more is another one: this one has just been read.
  std::vector<Error> unreadable;
  JETKEEP_ASSIGN(const std::vector<std::string> ids, repository_.Ids(stream_, &unreadable));
  for (const std::string& id : ids) {
    if (std::find(ids_.begin(), ids_.end(), id) != ids_.end()) continue;
    const Result<Manifest> other = repository_.Load(id, stream_);
    if (other && other->lineage != manifest.lineage) continue;
    if (!other) {
      if (other.error().code == Errc::kBackupNotFound) continue;
      return Fail(Errc::kStreamChanged, "backup " + id + ", made meanwhile, cannot be compared: " +
                                            other.error().message);
    }
    JETKEEP_TRY(ConfirmAgainst(*other, writer, manifest));
  }
  return {};
}

Status LineageCheck::ConfirmAgainst(const Manifest& other, BackupWriter& writer,
                                    Manifest& manifest) {
  const auto changed = [&](const std::string& what) {
    return Fail(Errc::kStreamChanged, "stream " + stream_ + " was replaced: " + what,
                "The next attempt begins a new lineage.");
  };
  const bool first = other.state.last_sequence <= manifest.state.last_sequence;
  const Manifest& older = first ? other : manifest;
  const Manifest& newer = first ? manifest : other;
  if (older.stream_created != newer.stream_created) return changed("it was created again");
  if (!NothingCameBack(older, newer)) {
    return changed("messages that backup " + older.id + " lacks are there again");
  }
  std::vector<std::uint64_t> sequences{HighestLive(newer, older.state.last_sequence),
                                       LowestLive(newer, older.state.last_sequence)};
  for (const Anchor& anchor : other.anchors) sequences.push_back(anchor.sequence);
  if (base_ && other.id == base_->id) {
    for (const Anchor& anchor : compared_) sequences.push_back(anchor.sequence);
  }
  for (const std::uint64_t sequence : sequences) {
    if (!IsLive(older, sequence) || !IsLive(newer, sequence)) continue;
    JETKEEP_ASSIGN(const Anchor captured, writer.AnchorAt(manifest, sequence));
    const Anchor* known = FindAnchor(other.anchors, sequence);
    Anchor read;
    if (known == nullptr && other.id == base_->id) known = FindAnchor(compared_, sequence);
    if (known == nullptr) {
      const auto reader = repository_.OpenReader(other, {sequence, sequence});
      if (!reader) return CannotOpen(other.id, reader.error());
      JETKEEP_ASSIGN(const RecordView* record, (*reader)->Next());
      if (record == nullptr) return changed("backup " + other.id + " cannot be compared");
      read = AnchorOf(*record);
      known = &read;
    }
    if (!SameMessage(*known, captured)) {
      return changed("message " + Number(sequence) + " is not the one of backup " + other.id);
    }
  }
  return {};
}

}  // namespace jetkeep
