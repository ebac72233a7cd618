#include "tests/support/stream_model.h"

#include <algorithm>

namespace jetkeep::testing {
namespace {

constexpr std::size_t kLinesOfAKind = 4;
constexpr auto kNever = StreamModel::Time::max();

// Some lines of each kind, and how many there were.
class Findings {
 public:
  void Add(const std::string& kind, const std::string& what) {
    auto& [count, examples] = kinds_[kind];
    if (++count <= kLinesOfAKind) examples += (examples.empty() ? "" : ", ") + what;
  }
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const auto& [kind, found] : kinds_) {
      lines.push_back(std::to_string(found.first) + " " + kind + ": " + found.second);
    }
    return lines;
  }

 private:
  std::map<std::string, std::pair<std::size_t, std::string>> kinds_;
};

std::string Milliseconds(StreamModel::Time::duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) +
         " ms";
}

}  // namespace

void StreamModel::Add(Written message) {
  const std::lock_guard lock(mutex_);
  ahead_.emplace(message.sequence, std::move(message));
  while (!ahead_.empty() && ahead_.begin()->first == entries_.size() + 1) {
    Apply(ahead_.begin()->second);
    ahead_.erase(ahead_.begin());
  }
}

void StreamModel::Settle() {
  const std::lock_guard lock(mutex_);
  while (!ahead_.empty()) {
    while (entries_.size() + 1 < ahead_.begin()->first) {
      entries_.emplace_back().gone = Gone::kNeverStored;
    }
    Apply(ahead_.begin()->second);
    ahead_.erase(ahead_.begin());
  }
}

std::uint64_t StreamModel::last() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::uint32_t StreamModel::SubjectNumber(const std::string& subject) {
  const auto [found, added] =
      subject_numbers_.emplace(subject, static_cast<std::uint32_t>(subjects_.size()));
  if (added) {
    subjects_.push_back(subject);
    live_of_subject_.emplace_back();
  }
  return found->second;
}

// In the order in which servers do it: the subject's limit, then the count, then the size.
void StreamModel::Apply(const Written& message) {
  Entry entry;
  entry.subject = SubjectNumber(message.subject);
  entry.content = message.content;
  entry.bytes = message.bytes;
  entry.expires = message.expires;
  entry.sent = message.sent;
  entry.acknowledged = message.acknowledged;
  entry.acks.assign(consumers_, {kNever, kNever});
  if (auto early = early_acks_.extract(entries_.size() + 1)) entry.acks = std::move(early.mapped());
  const std::uint32_t subject = entry.subject;
  entries_.push_back(std::move(entry));
  const std::uint64_t sequence = entries_.size();
  live_of_subject_[subject].insert(sequence);
  ++messages_;
  bytes_ += message.bytes;

  auto& same = live_of_subject_[subject];
  while (rules_.max_per_subject > 0 && same.size() > rules_.max_per_subject) {
    Remove(*same.begin(), Gone::kBySequence, sequence);
  }
  while (rules_.max_messages > 0 && messages_ > rules_.max_messages) {
    Remove(First(), Gone::kBySequence, sequence);
  }
  while (rules_.max_bytes > 0 && bytes_ > rules_.max_bytes && messages_ > 0) {
    Remove(First(), Gone::kBySequence, sequence);
  }
  if (message.rollup == Rollup::kSubject) {
    PurgeNow({.subject = message.subject, .keep = 1}, Gone::kBySequence, sequence);
  } else if (message.rollup == Rollup::kAll) {
    PurgeNow({.keep = 1}, Gone::kBySequence, sequence);
  }
}

void StreamModel::Remove(std::uint64_t sequence, Gone how, std::uint64_t by) {
  Entry& entry = At(sequence);
  if (entry.gone != Gone::kNo) return;
  entry.gone = how;
  entry.gone_by = by;
  live_of_subject_[entry.subject].erase(sequence);
  --messages_;
  bytes_ -= entry.bytes;
}

std::uint64_t StreamModel::First() {
  while (first_ <= entries_.size() && At(first_).gone != Gone::kNo) ++first_;
  return first_;
}

void StreamModel::PurgeNow(const PurgeRequest& request, Gone how, std::uint64_t by) {
  std::vector<std::uint64_t> chosen;
  if (request.subject.empty()) {
    for (std::uint64_t at = First(); at <= entries_.size(); ++at) {
      if (At(at).gone == Gone::kNo) chosen.push_back(at);
    }
  } else {
    const auto& live = live_of_subject_[SubjectNumber(request.subject)];
    chosen.assign(live.begin(), live.end());
  }
  if (request.before > 0) {
    chosen.erase(std::lower_bound(chosen.begin(), chosen.end(), request.before), chosen.end());
  }
  const std::size_t kept = std::min<std::size_t>(request.keep, chosen.size());
  chosen.resize(chosen.size() - kept);
  for (const std::uint64_t sequence : chosen) Remove(sequence, how, by);
}

std::optional<std::uint64_t> StreamModel::LiveNear(std::uint64_t sequence) const {
  const std::lock_guard lock(mutex_);
  for (std::uint64_t at = std::max<std::uint64_t>(sequence, 1); at <= entries_.size(); ++at) {
    if (At(at).gone == Gone::kNo) return at;
  }
  return std::nullopt;
}

void StreamModel::Delete(std::uint64_t sequence, Time asked, Time answered) {
  const std::lock_guard lock(mutex_);
  removals_.push_back({entries_.size(), asked, answered});
  Remove(sequence, Gone::kByRemoval, removals_.size());
}

void StreamModel::Purge(const PurgeRequest& request, Time asked, Time answered) {
  const std::lock_guard lock(mutex_);
  removals_.push_back({entries_.size(), asked, answered});
  PurgeNow(request, Gone::kByRemoval, removals_.size());
}

// The consumer may be faster than the writer that waits for its acknowledgement.
std::pair<StreamModel::Time, StreamModel::Time>& StreamModel::AckOf(std::size_t consumer,
                                                                    std::uint64_t sequence) {
  if (sequence <= entries_.size()) {
    auto& acks = At(sequence).acks;
    acks.resize(consumers_, {kNever, kNever});
    return acks.at(consumer);
  }
  auto& acks = early_acks_[sequence];
  acks.resize(consumers_, {kNever, kNever});
  return acks.at(consumer);
}

void StreamModel::AckAsked(std::size_t consumer, std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  Time& asked = AckOf(consumer, sequence).first;
  asked = std::min(asked, std::chrono::steady_clock::now());
}

void StreamModel::AckAnswered(std::size_t consumer, std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  AckOf(consumer, sequence).second = std::chrono::steady_clock::now();
}

std::vector<std::uint64_t> StreamModel::Unacknowledged(std::size_t consumer,
                                                       const Candidate& candidate) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> found;
  for (const auto& [sequence, content] : candidate.messages) {
    if (sequence > entries_.size()) continue;
    if (At(sequence).acks.at(consumer).first > candidate.ended) found.push_back(sequence);
  }
  return found;
}

StreamModel::Interval StreamModel::RemovedByAcks(const Entry& entry) const {
  if (!acknowledged_go_) return {kNever, kNever};
  Interval interval{Time::min(), Time::min()};
  for (const auto& [asked, answered] : entry.acks) {
    interval.from = std::max(interval.from, asked);
    interval.until = std::max(interval.until, answered);
  }
  return interval;
}

std::string StreamModel::Name(std::uint64_t sequence) const {
  return std::to_string(sequence) + " (" + subjects_[At(sequence).subject] + ")";
}

std::vector<std::string> StreamModel::Judge(const Candidate& candidate) const {
  const std::lock_guard lock(mutex_);
  Findings findings;
  const std::uint64_t last = candidate.last;
  if (last > entries_.size()) {
    return {"its last sequence " + std::to_string(last) + " is beyond the stream's " +
            std::to_string(entries_.size())};
  }
  // The one moment: after all that shows in it, before all that does not.
  Time from = candidate.begun;
  Time until = candidate.ended;
  std::string why_from = "the request";
  std::string why_until = "the end";
  const auto not_before = [&](Time time, const std::string& why) {
    if (time > from) {
      from = time;
      why_from = why;
    }
  };
  const auto not_after = [&](Time time, const std::string& why) {
    if (time < until) {
      until = time;
      why_until = why;
    }
  };
  if (last > 0 && At(last).gone != Gone::kNeverStored) {
    not_before(At(last).sent, "its last message " + std::to_string(last) + " was sent");
  }
  if (last < entries_.size() && At(last + 1).gone != Gone::kNeverStored) {
    not_after(At(last + 1).acknowledged, "message " + std::to_string(last + 1) + " was stored");
  }
  // Those up to `surely` were answered before the request, those from `surely_not` asked after the
  // end.
  std::uint64_t surely = 0;
  std::uint64_t surely_not = removals_.size() + 1;
  for (std::size_t i = 0; i < removals_.size(); ++i) {
    if (removals_[i].answered < candidate.begun) surely = i + 1;
    if (removals_[i].asked > candidate.ended) surely_not = std::min(surely_not, i + 1);
  }
  std::uint64_t last_shown = 0;
  std::uint64_t first_hidden = removals_.size() + 1;

  auto next = candidate.messages.begin();
  for (std::uint64_t at = 1; at <= last; ++at) {
    const Entry& entry = At(at);
    const bool present = next != candidate.messages.end() && next->first == at;
    if (present) {
      if (entry.gone == Gone::kNeverStored) {
        findings.Add("messages that no writer knows", std::to_string(at));
      } else if (entry.content != next->second) {
        findings.Add("messages with other contents", Name(at));
      }
      ++next;
    }
    switch (entry.gone) {
      case Gone::kNeverStored:
        break;
      case Gone::kBySequence:
        if (present && entry.gone_by < last && !candidate.late_limits) {
          findings.Add("messages that were pushed out before the last", Name(at));
        } else if (!present && entry.gone_by > last) {
          findings.Add("messages lost, pushed out after the last only",
                       Name(at) + " by " + std::to_string(entry.gone_by));
        }
        break;
      case Gone::kByRemoval: {
        const std::uint64_t after = removals_[entry.gone_by - 1].after;
        if (present && (after < last || entry.gone_by <= surely)) {
          findings.Add("messages that were deleted before", Name(at));
        } else if (!present && (after > last || entry.gone_by >= surely_not)) {
          findings.Add("messages lost, deleted later only", Name(at));
        } else if (present) {
          first_hidden = std::min(first_hidden, entry.gone_by);
        } else {
          last_shown = std::max(last_shown, entry.gone_by);
        }
        break;
      }
      case Gone::kNo: {
        const Interval acks = RemovedByAcks(entry);
        if (present) {
          if (acks.until != kNever) {
            not_after(acks.until + candidate.slack, "message " + Name(at) + " was acknowledged");
          }
        } else if (entry.expires && *entry.expires <= candidate.seen) {
          break;
        } else if (acks.from == kNever) {
          findings.Add("messages lost", Name(at));
        } else {
          not_before(acks.from, "the acknowledgement of " + Name(at) + " was sent");
        }
        break;
      }
    }
  }
  for (; next != candidate.messages.end(); ++next) {
    findings.Add("messages above the last sequence or out of order", std::to_string(next->first));
  }
  std::vector<std::string> lines = findings.Lines();
  // One removal alone may be half done at the moment.
  if (first_hidden < last_shown) {
    lines.push_back("removal " + std::to_string(last_shown) + " shows, the earlier " +
                    std::to_string(first_hidden) + " does not");
  }
  if (from > until) {
    lines.push_back("no one moment: it holds nothing later than when " + why_until + ", which is " +
                    Milliseconds(from - until) + " before " + why_from);
  }
  return lines;
}

}  // namespace jetkeep::testing
