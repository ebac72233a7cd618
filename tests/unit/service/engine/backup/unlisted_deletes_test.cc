// Cuts where the server tells only some of what it deleted, as 2.9 does. The judge: what the test's
// stream held at each of its answers.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "service/engine/backup/exact_cut.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

constexpr const char* kCreated = "2026-11-21T01:00:00Z";

// A stream whose list of deleted sequences leaves out those in `unnamed`.
struct ShortListStream {
  std::map<std::uint64_t, std::string> live;  // subjects; all messages are of the same size
  std::uint64_t last = 0;
  SequenceSet unnamed;
  std::string config = R"({"name":"S"})";
  std::function<void()> after_state;          // what happens behind each answer
  std::vector<std::set<std::uint64_t>> told;  // what was live at each answer

  void Publish(const std::string& subject) { live[++last] = subject; }
  StoredMessage Message(std::uint64_t sequence) const {
    return {sequence, static_cast<std::int64_t>(sequence) * 1000, live.at(sequence), "", "payload"};
  }
  StreamInfo Info() const {
    StreamInfo info;
    info.created = kCreated;
    info.config_json = config;
    info.state.messages = live.size();
    info.state.first_sequence = live.empty() ? last + 1 : live.begin()->first;
    info.state.last_sequence = last;
    info.state.num_deleted = last + 1 - info.state.first_sequence - live.size();
    for (const auto& [sequence, subject] : live) {
      const StoredMessage message = Message(sequence);
      info.state.bytes += FileStoreSize(RecordView{.sequence = sequence,
                                                   .timestamp_ns = message.timestamp_ns,
                                                   .subject = message.subject,
                                                   .headers = {},
                                                   .payload = message.payload});
    }
    return info;
  }
};

class Reader : public StreamReader {
 public:
  explicit Reader(ShortListStream& stream) : stream_(stream) {}
  Result<StreamInfo> State(const DeletedTaker& deleted, std::uint64_t, std::uint64_t,
                           const MessageTaker&) override {
    StreamInfo info = stream_.Info();
    std::set<std::uint64_t> live;
    for (std::uint64_t s = info.state.first_sequence; s <= stream_.last; ++s) {
      if (stream_.live.count(s) != 0) {
        live.insert(s);
      } else if (deleted && !stream_.unnamed.Contains(s)) {
        deleted(s);
      }
    }
    stream_.told.push_back(std::move(live));
    if (stream_.after_state) stream_.after_state();
    return info;
  }
  Status Read(const std::function<std::uint64_t()>& next, const MessageTaker& take) override {
    while (const std::uint64_t sequence = next()) {
      if (stream_.live.count(sequence) == 0) {
        JETKEEP_TRY(take(sequence, nullptr));
        continue;
      }
      StoredMessage message = stream_.Message(sequence);
      JETKEEP_TRY(take(sequence, &message));
    }
    return {};
  }
  Result<std::optional<StoredMessage>> FirstFrom(std::uint64_t sequence) override {
    const auto found = stream_.live.lower_bound(sequence);
    if (found == stream_.live.end()) return std::optional<StoredMessage>();
    return std::optional(stream_.Message(found->first));
  }
  Status ListLive(std::uint64_t, std::uint64_t,
                  const std::function<Status(std::uint64_t)>&) override {
    return Fail(Errc::kPermissionDenied, "permission denied");
  }

 private:
  ShortListStream& stream_;
};

class UnlistedDeletesTest : public RepositoryTest {
 protected:
  void SetUp() override { repository_ = Open(); }

  // Of the stream as it is now; `meanwhile` happens before the cut is looked for.
  Result<Cut> Reach(const std::function<void()>& meanwhile) {
    JETKEEP_ASSIGN(const auto writer, repository_->BeginBackup("S", "", TestId(1)));
    CaptureResult capture;
    capture.reply.state = stream_.Info().state;
    for (const auto& [sequence, subject] : stream_.live) {
      const StoredMessage message = stream_.Message(sequence);
      JETKEEP_TRY(writer->AddRecord({.sequence = sequence,
                                     .timestamp_ns = message.timestamp_ns,
                                     .subject = message.subject,
                                     .headers = {},
                                     .payload = message.payload}));
      capture.captured.sequences.present.Add(sequence);
    }
    capture.captured.last_sequence = stream_.last;
    meanwhile();
    Reader reader(stream_);
    CutLimits limits;
    limits.pause = std::chrono::milliseconds(1);
    return ReachCut(reader, "S", kCreated, capture, *writer, limits, CancelToken());
  }

  void ExpectLiveAtAnAnswer(const Cut& cut) {
    std::set<std::uint64_t> live;
    for (std::uint64_t s = cut.info.state.first_sequence; s <= cut.info.state.last_sequence; ++s) {
      if (!cut.verdict.deleted.Contains(s)) live.insert(s);
    }
    EXPECT_EQ(live.size(), cut.info.state.messages);
    EXPECT_EQ(std::count(stream_.told.begin(), stream_.told.end(), live), 1);
  }

  std::unique_ptr<Repository> repository_;
  ShortListStream stream_;
};

TEST_F(UnlistedDeletesTest, GapsThatNoListNamesAreFoundWhileOthersAreDeleted) {
  for (int i = 0; i < 3000; ++i) stream_.Publish("S.a");
  for (std::uint64_t s = 500; s < 520; ++s) stream_.live.erase(s);  // before the copy
  stream_.unnamed.AddRange(500, 519);
  std::uint64_t next = 2000;
  stream_.after_state = [&] {
    stream_.Publish("S.a");
    stream_.live.erase(next += 3);
  };
  const auto cut = Reach([&] {
    for (std::uint64_t s = 1000; s < 1700; ++s) stream_.live.erase(s);
    stream_.unnamed.AddRange(1000, 1699);
  });
  ASSERT_TRUE(cut.has_value()) << cut.error().message;
  EXPECT_EQ(cut->verdict.finding, CutFinding::kExact);
  ExpectLiveAtAnAnswer(*cut);
}

// Of three values two may stay; the middle one was deleted before the third came, so the oldest is
// still there: the rule would keep the others, which are as many and as large.
TEST_F(UnlistedDeletesTest, RulesForSubjectsThatDoNotHoldAreNoProof) {
  stream_.config = R"({"name":"S","max_msgs_per_subject":2})";
  for (int i = 0; i < 50; ++i) stream_.Publish("S.other" + std::to_string(i));
  stream_.Publish("S.key");
  stream_.Publish("S.key");
  const std::uint64_t middle = stream_.last;
  for (int i = 0; i < 50; ++i) stream_.Publish("S.more" + std::to_string(i));
  std::uint64_t next = 1;
  stream_.after_state = [&] { stream_.live.erase(++next); };
  const auto cut = Reach([&] {
    stream_.unnamed.Add(middle);
    stream_.live.erase(middle);
    stream_.Publish("S.key");
  });
  ASSERT_TRUE(cut.has_value()) << cut.error().message;
  ExpectLiveAtAnAnswer(*cut);
}

TEST_F(UnlistedDeletesTest, AStateAboveItsLimitsThatTheServerIsTrimmingIsNoCut) {
  for (int i = 0; i < 300; ++i) stream_.Publish("S.a");
  stream_.config = R"({"name":"S","max_msgs":100,"discard":"old"})";
  stream_.after_state = [&] {
    stream_.Publish("S.a");
    for (int i = 0; i < 60 && stream_.live.size() > 100; ++i) {
      stream_.live.erase(stream_.live.begin());
    }
  };
  const auto cut = Reach([] {});
  ASSERT_TRUE(cut.has_value()) << cut.error().message;
  EXPECT_EQ(cut->info.state.messages, 100U);
  ExpectLiveAtAnAnswer(*cut);
}

// Limits that refuse new messages remove none when they are lowered.
TEST_F(UnlistedDeletesTest, AStateThatStaysAboveItsLimitsIsACut) {
  for (int i = 0; i < 300; ++i) stream_.Publish("S.a");
  for (const char* discard : {"old", "new"}) {
    stream_.config = std::string(R"({"name":"S","max_msgs":100,"discard":")") + discard + "\"}";
    const auto cut = Reach([] {});
    ASSERT_TRUE(cut.has_value()) << cut.error().message;
    EXPECT_EQ(cut->info.state.messages, 300U);
  }
}

}  // namespace
}  // namespace jetkeep
