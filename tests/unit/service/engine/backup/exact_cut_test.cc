// Cuts of a stream that changes between any two requests, thousands of times over. The judge is
// what the stream held at the moment of each answer.
#include "service/engine/backup/exact_cut.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

struct Traits {
  std::uint64_t keys = 10;
  std::uint64_t history = 0;      // max_msgs_per_subject; 0: any number
  std::uint64_t most = 0;         // max_msgs
  int deletes = 0;                // of a hundred changes
  int changes = 2;                // between two requests, at most
  bool list_is_short = true;      // else it would be too long to ask for
  bool list_is_whole = true;      // else it leaves some out, as before 2.10
  bool archive_loses = false;     // one message without a word
  bool may_list = false;          // its live messages
  int changes_while_copied = 30;  // in all
};

// A stream and its server.
class Stream : public StreamReader {
 public:
  Stream(const Traits& traits, std::uint64_t seed) : traits_(traits), random_(seed) {
    for (int i = 0; i < 40; ++i) Change();
  }

  Result<StreamInfo> State(const DeletedTaker& deleted, std::uint64_t ahead, std::uint64_t count,
                           const MessageTaker& take) override {
    Changes();
    const StreamInfo info = Info();
    if (deleted) {
      for (std::uint64_t s = info.state.first_sequence; s <= info.state.last_sequence; ++s) {
        if (!messages_.contains(s) && (traits_.list_is_whole || s % 3 != 0)) deleted(s);
      }
    }
    for (std::uint64_t s = ahead; s < ahead + count; ++s) {
      if (Chance(20)) Change();
      JETKEEP_TRY(Give(s, take));
    }
    return info;
  }
  Status Read(const std::function<std::uint64_t()>& next, const MessageTaker& take) override {
    Changes();
    for (std::uint64_t s = next(); s != 0; s = next()) {
      if (Chance(20)) Change();
      JETKEEP_TRY(Give(s, take));
    }
    return {};
  }
  Result<std::optional<StoredMessage>> FirstFrom(std::uint64_t sequence) override {
    if (Chance(5)) Change();
    const auto found = messages_.lower_bound(sequence);
    if (found == messages_.end()) return std::optional<StoredMessage>();
    return std::optional(found->second);
  }

  Status ListLive(std::uint64_t first, std::uint64_t last,
                  const std::function<Status(std::uint64_t sequence)>& take) override {
    if (!traits_.may_list) return Fail(Errc::kPermissionDenied, "permission denied");
    ++listings;
    const std::uint64_t change_at = first + Pick(last - first + 1);
    for (std::uint64_t s = first; s <= last; ++s) {
      if (s == change_at) Change();
      if (messages_.contains(s)) JETKEEP_TRY(take(s));
    }
    return {};
  }

  void Write(int messages) {
    for (int i = 0; i < messages; ++i) Publish();
  }
  const std::string& HeadersOf(std::uint64_t sequence) const {
    return messages_.at(sequence).headers;
  }
  // As a restore of an older copy, or a server that lost its newest messages. Others come then.
  void SetBack(std::uint64_t last, std::uint64_t others) {
    last_ = last;
    messages_.erase(messages_.upper_bound(last_), messages_.end());
    letter_ = 'y';
    while (others-- > 0) Change();
  }
  // As members of one atomic batch, of which each may be seen without the next.
  void PublishBatch(int messages) {
    for (int i = 1; i <= messages; ++i) {
      batch_.push_back("NATS/1.0\r\nNats-Batch-Id: b\r\nNats-Batch-Sequence: " + std::to_string(i) +
                       (i == messages ? "\r\nNats-Batch-Commit: 1" : "") + "\r\n\r\n");
    }
  }

  // A snapshot, as far as the rest of a backup sees it.
  CaptureResult Copy(BackupWriter& writer) {
    CaptureResult capture;
    capture.reply.state = Info().state;
    Captured& captured = capture.captured;
    const std::uint64_t lost = traits_.archive_loses ? 1 + Pick(last_) : 0;
    const int every = 1 + static_cast<int>(last_) / std::max(traits_.changes_while_copied, 1);
    std::uint64_t end = capture.reply.state.last_sequence;
    if (Chance(50)) end += Pick(10);
    for (std::uint64_t s = capture.reply.state.first_sequence; s <= std::min(end, last_); ++s) {
      if (s % static_cast<std::uint64_t>(every) == 0) Change();
      const auto found = messages_.find(s);
      if (found == messages_.end()) {
        if (Chance(50)) captured.sequences.deleted.Add(s);
        continue;
      }
      if (s == lost) continue;
      const StoredMessage& message = found->second;
      EXPECT_TRUE(writer.AddRecord(
          {s, message.timestamp_ns, message.subject, message.headers, message.payload}));
      captured.sequences.present.Add(s);
      captured.last_sequence = s;
    }
    return capture;
  }

  const std::set<std::uint64_t>& AtAnswer(std::int64_t answer) const {
    return answers_.at(static_cast<std::size_t>(answer));
  }

  std::string created = "2026-11-21T01:00:00Z";
  int listings = 0;

 private:
  std::uint64_t Pick(std::uint64_t below) { return random_() % below; }
  bool Chance(std::uint64_t percent) { return Pick(100) < percent; }
  void Changes() {
    for (std::uint64_t i = Pick(static_cast<std::uint64_t>(traits_.changes) + 1); i > 0; --i) {
      Change();
    }
  }

  void Change() {
    if (!messages_.empty() && Chance(static_cast<std::uint64_t>(traits_.deletes))) {
      messages_.erase(
          std::next(messages_.begin(), static_cast<std::ptrdiff_t>(Pick(messages_.size()))));
      return;
    }
    Publish();
  }

  void Publish() {
    StoredMessage message;
    message.sequence = ++last_;
    message.timestamp_ns = static_cast<std::int64_t>(last_);
    message.subject = "s." + std::to_string(Pick(traits_.keys));
    message.payload = std::string(Pick(60), letter_);
    if (!batch_.empty()) {
      message.headers = batch_.front();
      batch_.pop_front();
    }
    const std::string subject = message.subject;
    messages_[last_] = std::move(message);
    if (traits_.history > 0) {
      std::uint64_t seen = 0;
      for (auto at = messages_.rbegin(); at != messages_.rend(); ++at) {
        if (at->second.subject != subject || ++seen <= traits_.history) continue;
        messages_.erase(at->first);
        break;
      }
    }
    while (traits_.most > 0 && messages_.size() > traits_.most) messages_.erase(messages_.begin());
  }

  StreamInfo Info() {
    StreamInfo info;
    info.created = created;
    info.config_json = R"({"name":"S","allow_atomic":true,"max_msgs_per_subject":)" +
                       (traits_.history > 0 ? std::to_string(traits_.history) : "-1") + "}";
    info.answered_ns = static_cast<std::int64_t>(answers_.size());
    StreamState& state = info.state;
    state.messages = messages_.size();
    state.first_sequence = messages_.empty() ? last_ + 1 : messages_.begin()->first;
    state.last_sequence = last_;
    std::set<std::uint64_t> live;
    for (const auto& [sequence, message] : messages_) {
      live.insert(sequence);
      state.bytes += FileStoreSize(
          {sequence, message.timestamp_ns, message.subject, message.headers, message.payload});
    }
    state.num_deleted =
        traits_.list_is_short ? last_ + 1 - state.first_sequence - state.messages : 100'000'000;
    answers_.push_back(std::move(live));
    return info;
  }

  Status Give(std::uint64_t sequence, const MessageTaker& take) {
    const auto found = messages_.find(sequence);
    if (found == messages_.end()) return take(sequence, nullptr);
    StoredMessage message = found->second;
    return take(sequence, &message);
  }

  const Traits traits_;
  std::mt19937_64 random_;
  std::map<std::uint64_t, StoredMessage> messages_;
  std::uint64_t last_ = 0;
  std::vector<std::set<std::uint64_t>> answers_;
  char letter_ = 'x';
  std::deque<std::string> batch_;  // headers of the messages that come next
};

class ReachCutTest : public RepositoryTest {
 protected:
  void SetUp() override { repository_ = Open(); }

  Result<Cut> Reach(Stream& stream, const CutLimits& limits, SequenceSet* present,
                    const std::function<void(const CaptureResult&)>& after_copy = {},
                    const ConfirmCut& confirm = {}) {
    JETKEEP_ASSIGN(const auto writer, repository_->BeginBackup("S", "", NewId()));
    CaptureResult capture = stream.Copy(*writer);
    if (after_copy) after_copy(capture);
    const std::string created = "2026-11-21T01:00:00Z";
    auto cut = ReachCut(stream, "S", created, capture, *writer, limits, {}, confirm);
    *present = std::move(capture.captured.sequences.present);
    return cut;
  }
  std::string NewId() { return "20261121T222640Z-" + std::to_string(10'000'000 + ++ids_); }

  // How many of `runs` reached a cut.
  int Run(const Traits& traits, int runs) {
    int exact = 0;
    for (int run = 0; run < runs; ++run) {
      SCOPED_TRACE(run);
      Stream stream(traits, static_cast<std::uint64_t>(run));
      SequenceSet present;
      const auto cut =
          Reach(stream, {.rounds = 60, .pause = std::chrono::milliseconds(0)}, &present);
      if (!cut) {
        EXPECT_EQ(cut.error().code, Errc::kCutNotReached) << cut.error().message;
        continue;
      }
      std::set<std::uint64_t> inside;
      const StreamState& state = cut->info.state;
      for (std::uint64_t s = state.first_sequence; s <= state.last_sequence; ++s) {
        if (cut->verdict.deleted.Contains(s) || cut->verdict.lost.Contains(s)) continue;
        inside.insert(s);
        EXPECT_TRUE(present.Contains(s)) << s;
      }
      if (cut->verdict.finding != CutFinding::kExact) {
        EXPECT_TRUE(traits.archive_loses);
        continue;
      }
      ++exact;
      EXPECT_EQ(inside, stream.AtAnswer(cut->info.answered_ns));
    }
    return exact;
  }

  std::unique_ptr<Repository> repository_;
  int ids_ = 0;
};

TEST_F(ReachCutTest, IsAlwaysWhatWasLiveAtOneAnswer) {
  EXPECT_EQ(Run({.changes = 0, .changes_while_copied = 0}, 20), 20);
  EXPECT_GT(Run({.history = 1}, 200), 190);
  EXPECT_GT(Run({.history = 3}, 200), 190);
  EXPECT_GT(Run({.history = 2, .most = 15}, 200), 190);
  EXPECT_GT(Run({.deletes = 40}, 200), 190);
  EXPECT_GT(Run({.keys = 3, .history = 1, .deletes = 10, .changes = 6}, 200), 100);
}

TEST_F(ReachCutTest, IsNeverFalseWhereTheServersListIsShortOfSome) {
  EXPECT_GT(Run({.history = 1, .list_is_whole = false}, 200), 100);
  EXPECT_GT(Run({.deletes = 40, .list_is_whole = false}, 200), 20);
}

TEST_F(ReachCutTest, IsProvedByTheStreamsRulesWhereThereIsNoList) {
  EXPECT_GT(Run({.history = 1, .list_is_short = false}, 200), 150);
  EXPECT_GT(Run({.history = 3, .most = 20, .list_is_short = false}, 200), 150);
  Run({.deletes = 40, .list_is_short = false}, 200);
}

TEST_F(ReachCutTest, IsProvedByAListingOfManyMessages) {
  Stream stream({.deletes = 60, .changes = 1, .list_is_short = false, .may_list = true}, 1);
  stream.Write(20'000);
  SequenceSet present;
  const auto cut = Reach(stream, {}, &present);
  ASSERT_TRUE(cut) << cut.error().message;
  EXPECT_GT(stream.listings, 0);
  std::set<std::uint64_t> inside;
  for (std::uint64_t s = cut->info.state.first_sequence; s <= cut->info.state.last_sequence; ++s) {
    if (!cut->verdict.deleted.Contains(s)) inside.insert(s);
  }
  EXPECT_EQ(inside, stream.AtAnswer(cut->info.answered_ns));
}

TEST_F(ReachCutTest, AStreamThatWasSetBackAndWrittenPastIsNoCut) {
  for (const std::uint64_t others : {0U, 3U, 60U}) {
    SCOPED_TRACE(others);
    Stream stream({.changes = others == 0 ? 1 : 0}, others + 1);
    SequenceSet present;
    // Without others at first it is seen while it is shorter than it was.
    const auto cut = Reach(stream, {.pause = std::chrono::milliseconds(1)}, &present,
                           [&](const CaptureResult& capture) {
                             stream.SetBack(capture.captured.last_sequence - 3, others);
                           });
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, Errc::kStreamChanged) << cut.error().message;
  }
}

TEST_F(ReachCutTest, HoldsAtomicBatchesAsAWhole) {
  int cuts = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Stream stream({.changes = 2}, seed);
    SequenceSet present;
    const auto cut = Reach(stream, {.pause = std::chrono::milliseconds(0)}, &present,
                           [&](const CaptureResult&) { stream.PublishBatch(20); });
    ASSERT_TRUE(cut) << cut.error().message;
    const std::string& headers = stream.HeadersOf(cut->info.state.last_sequence);
    EXPECT_FALSE(headers.find("Batch-Id") != std::string::npos &&
                 headers.find("Commit") == std::string::npos)
        << headers;
    if (cut->figures.answers > 1) ++cuts;
  }
  EXPECT_GT(cuts, 50);
}

TEST_F(ReachCutTest, ALaterAnswerIsTheCutWhereOneIsNotConfirmed) {
  for (const bool list_is_short : {true, false}) {
    SCOPED_TRACE(list_is_short);
    Stream stream({.changes = 2, .list_is_short = list_is_short}, 1);
    SequenceSet present;
    int asked = 0;
    const auto cut = Reach(stream, {.pause = std::chrono::milliseconds(0)}, &present, {},
                           [&](bool last) -> Result<bool> {
                             EXPECT_FALSE(last);
                             stream.Write(1);
                             return ++asked > 2;
                           });
    ASSERT_TRUE(cut) << cut.error().message;
    EXPECT_EQ(asked, 3);
    EXPECT_GE(cut->figures.answers, 3);
    EXPECT_EQ(present.CountIn(cut->info.state.first_sequence, cut->info.state.last_sequence),
              cut->info.state.messages);
  }
  Stream stream({}, 2);
  SequenceSet present;
  bool was_last = false;
  const auto never = Reach(stream, {.pause = std::chrono::milliseconds(0)}, &present, {},
                           [&](bool last) -> Result<bool> {
                             EXPECT_FALSE(was_last);
                             was_last = last;
                             return false;
                           });
  ASSERT_FALSE(never);
  EXPECT_TRUE(was_last);
  EXPECT_EQ(never.error().code, Errc::kCutNotReached);
}

TEST_F(ReachCutTest, NeverCallsAnArchiveExactThatLostALiveMessage) {
  Run({.archive_loses = true}, 200);
  Run({.history = 2, .deletes = 20, .archive_loses = true}, 200);
}

TEST_F(ReachCutTest, GivesUpWithFiguresWhereMessagesLeaveTooFast) {
  Stream stream({.keys = 1, .history = 1, .changes = 5000}, 1);
  SequenceSet present;
  const auto cut = Reach(stream, {.rounds = 10}, &present);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Errc::kCutNotReached);
  EXPECT_NE(cut.error().message.find("10 answers"), std::string::npos) << cut.error().message;
  EXPECT_NE(cut.error().message.find("1, 1, 1"), std::string::npos) << cut.error().message;
}

TEST_F(ReachCutTest, AnotherStreamUnderTheSameNameIsNoCut) {
  Stream stream({}, 1);
  stream.created = "2026-11-21T02:00:00Z";
  SequenceSet present;
  const auto cut = Reach(stream, {}, &present);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Errc::kStreamChanged);
}

}  // namespace
}  // namespace jetkeep
