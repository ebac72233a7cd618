#include "service/engine/verify/drill_handler.h"

#include <algorithm>
#include <utility>

#include "protocol/sequences/sequences_text.h"
#include "service/engine/restore/expiry_survey.h"

namespace jetkeep {
namespace {

constexpr std::uint64_t kRecordsAReport = 256;
constexpr std::size_t kMaxDifferences = 100;

bool SameMessage(const RecordView& a, const RecordView& b) {
  return a.timestamp_ns == b.timestamp_ns && a.subject == b.subject && a.headers == b.headers &&
         a.payload == b.payload;
}

template <typename Map>
bool SameKeys(const Map& a, const Map& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](const auto& x, const auto& y) { return x.sequence == y.sequence; });
}

}  // namespace

// Created and configuration are the scratch stream's own.
Status DrillHandler::OnStreamMeta(std::string_view /*meta_json*/) { return {}; }

Result<const RecordView*> DrillHandler::Expected() {
  if (!have_expected_) {
    JETKEEP_ASSIGN(expected_, records_.Next());
    have_expected_ = true;
  }
  return expected_;
}

Status DrillHandler::OnRecord(const RecordView& record) {
  if (++count_ % kRecordsAReport == 0 && compared_) compared_(count_);
  while (true) {
    JETKEEP_ASSIGN(const RecordView* expected, Expected());
    if (expected == nullptr || expected->sequence > record.sequence) {
      extra_.Add(record.sequence);
      return {};
    }
    have_expected_ = false;
    if (expected->sequence == record.sequence) {
      if (!SameMessage(*expected, record)) different_.Add(record.sequence);
      return {};
    }
    Missing(*expected);
  }
}

void DrillHandler::Missing(const RecordView& record) {
  if (MayBeGoneFrom(record, times_) <= now_ns_) {
    ++expired_;
  } else {
    missing_.Add(record.sequence);
  }
}

Status DrillHandler::OnDeleted(std::uint64_t first, std::uint64_t last) {
  dead_.AddRange(first, last);
  return {};
}

Status DrillHandler::OnConsumer(ConsumerBackup consumer) {
  consumers_.push_back(std::move(consumer));
  return {};
}

Status DrillHandler::OnDamage(ArchiveDamage damage) {
  if (differences_.size() < kMaxDifferences) {
    differences_.push_back("in the restored copy, " + damage.where + ": " + damage.what);
  }
  return {};
}

void DrillHandler::CompareConsumer(const ConsumerBackup& expected) {
  const auto found =
      std::find_if(consumers_.begin(), consumers_.end(),
                   [&](const ConsumerBackup& consumer) { return consumer.name == expected.name; });
  // Whether all are there was asked of the server; those in memory are in no snapshot.
  if (found == consumers_.end()) return;
  const ConsumerState& copy = found->state;
  const ConsumerState& state = expected.state;
  // Some clusters write a consumer down at its acknowledgement floor, without what is pending.
  const bool rolled_back = copy.pending.empty() && copy.delivered == copy.ack_floor;
  if (rolled_back || copy.delivered != state.delivered) return;
  // What has expired is pending no longer.
  const bool fewer = expired_ > 0 && copy.pending.size() < state.pending.size();
  if (!fewer && !SameKeys(copy.pending, state.pending)) {
    differences_.push_back("in the restored copy, consumer " + expected.name +
                           " has other messages pending");
  }
  if (!fewer && copy.redelivered != state.redelivered) {
    differences_.push_back("in the restored copy, consumer " + expected.name +
                           " has other redelivery counts");
  }
}

Result<std::vector<std::string>> DrillHandler::Finish() {
  while (true) {
    JETKEEP_ASSIGN(const RecordView* expected, Expected());
    if (expected == nullptr) break;
    have_expected_ = false;
    Missing(*expected);
  }
  extra_.Subtract(dead_);
  const auto tell = [&](const SequenceSet& set, const char* what) {
    if (!set.empty()) {
      differences_.push_back("in the restored copy, sequences " + SequencesText(set) + " " + what);
    }
  };
  tell(missing_, "are missing");
  tell(different_, "differ from the backup");
  tell(extra_, "are not in the backup");
  for (const ConsumerBackup& consumer : manifest_.consumers) CompareConsumer(consumer);
  return std::move(differences_);
}

}  // namespace jetkeep
