// Lineages. The judge: the messages that the test put into stream and backups; within one lineage a
// sequence must mean the same message, in whatever order things happen.
#include "service/engine/backup/lineage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "protocol/repository/backup_id.h"
#include "protocol/repository/live_sequences.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kSecond = 1'000'000'000;

// A stream as a server has it.
struct Stream {
  std::string created = "2026-11-21T01:00:00Z";
  std::map<std::uint64_t, std::string> messages;  // payloads
  std::uint64_t last = 0;
  std::int64_t clock = 1'795'224'240 * kSecond;  // of the messages' times
  std::map<std::uint64_t, std::int64_t> times;

  void Publish(std::uint64_t count, const std::string& text) {
    for (std::uint64_t i = 0; i < count; ++i) {
      ++last;
      messages[last] = text + std::to_string(last);
      times[last] = clock += kSecond;
    }
  }
  void Delete(std::uint64_t sequence) { messages.erase(sequence); }
  void DeleteRange(std::uint64_t first, std::uint64_t end) {
    for (; first <= end; ++first) Delete(first);
  }
  void Purge() { messages.clear(); }

  StreamInfo Info() const {
    StreamInfo info;
    info.created = created;
    info.state.messages = messages.size();
    info.state.first_sequence = messages.empty() ? last + 1 : messages.begin()->first;
    info.state.last_sequence = last;
    return info;
  }
};

class LineageTest : public RepositoryTest {
 protected:
  void SetUp() override { repository_ = Open(); }

  LineageCheck Check() {
    return LineageCheck(
        [this](std::uint64_t sequence) -> Result<std::optional<StoredMessage>> {
          ++requests_;
          if (refusal_) return Fail(*refusal_);
          const auto found = stream_.messages.lower_bound(sequence);
          if (found == stream_.messages.end()) return std::optional<StoredMessage>();
          StoredMessage message;
          message.sequence = found->first;
          message.timestamp_ns = stream_.times.at(found->first);
          message.subject = "s.a";
          message.payload = found->second;
          bytes_ += message.payload.size();
          return std::optional<StoredMessage>(message);
        },
        *repository_, "S");
  }

  // A backup as a job makes it. in_between: what happens to the stream between check and copy.
  Result<Manifest> TryBackUp(const std::function<void()>& in_between = {}) {
    LineageCheck check = Check();
    JETKEEP_ASSIGN(const LineageChoice choice, check.Choose(stream_.Info()));
    why_ = choice.why_new;
    warning_ = choice.warning;
    const std::string id = NewBackupIdAbove(choice.ids, clock_ns_, ++random_);
    JETKEEP_ASSIGN(const auto writer, repository_->BeginBackup("S", choice.lineage, id));
    writer->Watch(check.Watched());
    if (in_between) in_between();
    const StreamInfo info = stream_.Info();
    Manifest manifest;
    manifest.account = "$G";
    manifest.stream = "S";
    manifest.lineage = choice.lineage.empty() ? id : choice.lineage;
    manifest.stream_created = info.created;
    manifest.state = info.state;
    manifest.exact_cut = true;
    manifest.started_ns = clock_ns_;
    for (std::uint64_t s = info.state.first_sequence; s <= info.state.last_sequence; ++s) {
      if (!stream_.messages.contains(s)) manifest.deleted.Add(s);
    }
    manifest.state.num_deleted = manifest.deleted.Count();
    for (const auto& [sequence, payload] : stream_.messages) {
      JETKEEP_TRY(writer->AddRecord({sequence, stream_.times.at(sequence), "s.a", "", payload}));
    }
    JETKEEP_TRY(check.Confirm(*writer, manifest));
    auto written = writer->Finish(std::move(manifest), clock_ns_ + 1);
    if (written) model_[written->lineage].push_back(stream_.messages);
    return written;
  }

  // The lineage of a new backup, as a letter: a, b, … in the order in which they begin.
  std::string BackUp() {
    const auto written = TryBackUp();
    EXPECT_TRUE(written) << written.error().message;
    if (!written) return "";
    newest_ = written->id;
    const auto letter = letters_.emplace(written->lineage, 'a' + letters_.size()).first->second;
    ExpectPromise();
    return {static_cast<char>(letter)};
  }

  void ExpectPromise() {
    for (const auto& [lineage, backups] : model_) {
      std::map<std::uint64_t, std::string> known;
      for (const auto& backup : backups) {
        for (const auto& [sequence, payload] : backup) {
          const auto at = known.emplace(sequence, payload).first;
          ASSERT_EQ(at->second, payload) << "sequence " << sequence << " in lineage " << lineage;
        }
      }
    }
  }

  Stream stream_;
  std::unique_ptr<Repository> repository_;
  std::int64_t clock_ns_ = 1'795'300'000 * kSecond;
  std::optional<Error> refusal_;
  std::uint64_t requests_ = 0;
  std::uint64_t random_ = 0;
  std::uint64_t bytes_ = 0;
  std::string why_;
  std::string warning_;
  std::string newest_;
  std::map<std::string, std::size_t> letters_;
  std::map<std::string, std::vector<std::map<std::uint64_t, std::string>>> model_;
};

TEST_F(LineageTest, GrowthDeletesAndPurgesAreTheSameLife) {
  stream_.Publish(50, "a");
  EXPECT_EQ(BackUp(), "a");
  EXPECT_EQ(BackUp(), "a") << "nothing changed";
  stream_.Publish(50, "a");
  EXPECT_EQ(BackUp(), "a");
  stream_.Delete(100);
  stream_.Delete(1);
  stream_.DeleteRange(40, 60);
  EXPECT_EQ(BackUp(), "a");
  stream_.Publish(1000, "a");
  stream_.DeleteRange(1, 700);
  EXPECT_EQ(BackUp(), "a");
  stream_.Purge();
  EXPECT_EQ(BackUp(), "a") << "nothing of it is left, and nothing else is there";
  stream_.Publish(30, "a");
  EXPECT_EQ(BackUp(), "a");
}

TEST_F(LineageTest, AnEmptyStreamThatFills) {
  EXPECT_EQ(BackUp(), "a");
  stream_.Publish(10, "a");
  EXPECT_EQ(BackUp(), "a");
}

TEST_F(LineageTest, ABucketWhoseKeysAreRewritten) {
  stream_.Publish(5000, "a");
  EXPECT_EQ(BackUp(), "a");
  // All known messages are gone; some that nobody kept a digest of are left.
  for (std::uint64_t s = 1; s <= 5000; ++s) {
    if (s != 1234 && s != 4321) stream_.Delete(s);
  }
  stream_.Publish(5000, "a");
  requests_ = 0;
  EXPECT_EQ(BackUp(), "a");
  EXPECT_LE(requests_, 60U);
}

TEST_F(LineageTest, RestoredFromAnOlderCopyAndWrittenPast) {
  stream_.Publish(50, "a");
  EXPECT_EQ(BackUp(), "a");
  const Stream copy = stream_;
  stream_.Publish(50, "a");
  EXPECT_EQ(BackUp(), "a");
  stream_ = copy;
  stream_.Publish(60, "b");
  EXPECT_EQ(BackUp(), "b");
  EXPECT_THAT(why_, HasSubstr("message 100 is not the one"));
  // The first life comes back.
  stream_ = copy;
  EXPECT_EQ(BackUp(), "c");
  EXPECT_THAT(why_, HasSubstr("ends at 50"));
}

TEST_F(LineageTest, SetBackAndNothingWritten) {
  stream_.Publish(50, "a");
  const Stream copy = stream_;
  stream_.Publish(50, "a");
  EXPECT_EQ(BackUp(), "a");
  stream_ = copy;
  EXPECT_EQ(BackUp(), "b");
  // And lost altogether.
  stream_.Purge();
  stream_.last = 0;
  EXPECT_EQ(BackUp(), "c");
}

TEST_F(LineageTest, SetBackWrittenPastAndTrimmed) {
  stream_.Publish(50, "a");
  const Stream copy = stream_;
  stream_.Publish(50, "a");
  EXPECT_EQ(BackUp(), "a");
  stream_ = copy;
  stream_.Publish(100, "b");
  stream_.DeleteRange(1, 80);  // what they share is gone
  EXPECT_EQ(BackUp(), "b");
}

TEST_F(LineageTest, MadeAnew) {
  stream_.Publish(50, "a");
  EXPECT_EQ(BackUp(), "a");
  stream_ = Stream();
  stream_.created = "2026-11-21T02:00:00Z";
  stream_.Publish(60, "b");
  EXPECT_EQ(BackUp(), "b");
}

TEST_F(LineageTest, WhatWasGoneDoesNotComeBack) {
  stream_.Publish(100, "a");
  const Stream copy = stream_;
  stream_.Delete(100);
  EXPECT_EQ(BackUp(), "a");
  stream_ = copy;
  EXPECT_EQ(BackUp(), "b");
  stream_ = copy;
  stream_.DeleteRange(30, 70);
  EXPECT_EQ(BackUp(), "b");
  stream_ = copy;
  EXPECT_EQ(BackUp(), "c") << "sequences 30 to 70 are there again";
}

TEST_F(LineageTest, AnEditedArchiveThatKeepsTheTop) {
  stream_.Publish(100, "a");
  EXPECT_EQ(BackUp(), "a");
  for (std::uint64_t s = 1; s < 100; ++s) stream_.messages[s] = "edited";
  EXPECT_EQ(BackUp(), "b");
  stream_.messages[1] = "edited again";
  EXPECT_EQ(BackUp(), "c");
}

TEST_F(LineageTest, ARangeReplacedInTheMiddle) {
  stream_.Publish(1000, "a");
  EXPECT_EQ(BackUp(), "a");
  for (std::uint64_t s = 300; s < 600; ++s) stream_.messages[s] = "edited";
  EXPECT_EQ(BackUp(), "b");
}

TEST_F(LineageTest, AnotherTimeIsAnotherMessage) {
  stream_.Publish(100, "a");
  EXPECT_EQ(BackUp(), "a");
  const Stream before = stream_;
  for (auto& [sequence, time] : stream_.times) ++time;
  EXPECT_EQ(BackUp(), "b");
}

TEST_F(LineageTest, AfterARestoreOfOurOwnANewLifeWhateverItHolds) {
  stream_.Publish(100, "a");
  EXPECT_EQ(BackUp(), "a");
  // The clock of the process that restores is behind.
  ASSERT_TRUE(repository_->NoteRestored("$G", "S", clock_ns_ - 3600 * kSecond, 7));
  ASSERT_TRUE(repository_->NoteRestored("$G", "S", clock_ns_ - 3600 * kSecond, 3));
  std::size_t marks = 0;
  for (const std::string& path : files().Paths()) {
    marks += path.find("jk.restored.") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(marks, 1u) << "the older one is of no use any more";
  EXPECT_EQ(BackUp(), "b");
  EXPECT_EQ(BackUp(), "b") << "once";
  ASSERT_TRUE(repository_->CleanUp().problems.empty());
  EXPECT_EQ(BackUp(), "b");
  EXPECT_THAT(repository_->Survey()->unknown, IsEmpty());
  const auto all = repository_->Ids("S");
  for (const std::string& id : *all) ASSERT_TRUE(repository_->Delete(id, LastBackup::kDelete));
  EXPECT_EQ(files().Paths().size(), 1u) << "no mark stays behind";
}

TEST_F(LineageTest, WhereMessagesMayNotBeReadANewLifeEachTime) {
  stream_.Publish(100, "a");
  EXPECT_EQ(BackUp(), "a");
  refusal_ = Error{Errc::kPermissionDenied, "permission denied", ""};
  EXPECT_EQ(BackUp(), "b");
  refusal_.reset();
  EXPECT_EQ(BackUp(), "b");
}

TEST_F(LineageTest, ABackupThatCannotBeReadProvesNothing) {
  stream_.Publish(100, "a");
  EXPECT_EQ(BackUp(), "a");
  stream_.Publish(10, "a");
  EXPECT_EQ(BackUp(), "a");
  for (const std::string& path : files().Paths()) {
    if (path.ends_with(newest_ + ".manifest")) files().Write(path, "JETKEEP-MANIFEST 2 nonsense");
  }
  EXPECT_EQ(BackUp(), "b") << "the older one does not hold what the newest held";
}

TEST_F(LineageTest, AnOldLineageThatCannotBeListedBeginsANewOneAndIsNamed) {
  stream_.Publish(10, "a");
  EXPECT_EQ(BackUp(), "a");
  const std::string old = newest_;
  stream_.created = "2026-11-22T01:00:00Z";
  EXPECT_EQ(BackUp(), "b");
  const std::string place = "/" + old + "/";
  files().SetFault(
      [&](Operation operation, const std::string& path, std::uint64_t) -> std::optional<Error> {
        if (operation != Operation::kList || (path + "/").find(place) == std::string::npos)
          return {};
        return Error{Errc::kStorageError, "no permission to read " + path, ""};
      });
  EXPECT_EQ(BackUp(), "c");
  EXPECT_THAT(warning_, HasSubstr(old));
  files().SetFault({});
  EXPECT_EQ(BackUp(), "c");
  EXPECT_THAT(warning_, IsEmpty());
}

TEST_F(LineageTest, ABackupOfAnOlderVersionProvesNothing) {
  stream_.Publish(100, "a");
  // As made before anchors: none inside.
  Manifest manifest;
  manifest.account = "$G";
  manifest.stream = "S";
  manifest.lineage = TestId(1);
  manifest.stream_created = stream_.created;
  ASSERT_TRUE((*repository_->BeginBackup("S", "", TestId(1)))->Finish(std::move(manifest), 1));
  EXPECT_EQ(BackUp(), "a");
  EXPECT_EQ(letters_.count(TestId(1)), 0u);
}

TEST_F(LineageTest, AClockThatIsBehindDoesNotHideTheNewest) {
  stream_.Publish(50, "a");
  EXPECT_EQ(BackUp(), "a");
  const Stream copy = stream_;
  clock_ns_ -= 86'400 * kSecond;
  stream_.Publish(50, "a");
  EXPECT_EQ(BackUp(), "a");
  clock_ns_ -= 86'400 * kSecond;
  stream_ = copy;
  stream_.Publish(60, "b");
  EXPECT_EQ(BackUp(), "b");
  EXPECT_EQ(repository_->List("S")->backups.front().id, newest_);
  EXPECT_EQ(repository_->ChooseForRestore("S", false)->backup.id, newest_);
}

TEST_F(LineageTest, AStreamThatBecomesAnotherBetweenCheckAndCopyIsFound) {
  stream_.Publish(50, "a");
  const Stream copy = stream_;
  stream_.Publish(50, "a");
  EXPECT_EQ(BackUp(), "a");
  const auto made = TryBackUp([&] {
    stream_ = copy;
    stream_.Publish(60, "b");
  });
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::kStreamChanged);
  EXPECT_TRUE(made.error().Retryable());
  EXPECT_EQ(BackUp(), "b") << "the next attempt";
  // The same where all that was compared is gone by then.
  const auto again = TryBackUp([&] {
    stream_ = copy;
    stream_.Publish(90, "c");
    stream_.DeleteRange(1, 60);
  });
  EXPECT_FALSE(again);
}

TEST_F(LineageTest, OfTwoBackupsAtOnceTheLaterIsComparedWithTheOther) {
  stream_.Publish(50, "a");
  EXPECT_EQ(BackUp(), "a");
  const Stream copy = stream_;
  const auto made = TryBackUp([&] {
    stream_.Publish(50, "a");
    EXPECT_EQ(BackUp(), "a") << "by another instance, meanwhile";
    // The stream is restored before our own copy begins.
    stream_ = copy;
    stream_.Publish(60, "b");
  });
  EXPECT_FALSE(made);
  ExpectPromise();
}

// Another instance deletes it: not for good, the next attempt compares with what is left.
TEST_F(LineageTest, ABackupThatIsDeletedMeanwhileLeadsToAnotherAttempt) {
  stream_.Publish(100, "m");
  const auto base = TryBackUp();
  ASSERT_TRUE(base);
  const auto lost = TryBackUp([&] {
    // No anchor tells what the highest is now.
    stream_.DeleteRange(99, 100);
    EXPECT_TRUE(repository_->Delete(base->id, LastBackup::kDelete));
  });
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Errc::kStreamChanged) << lost.error().message;
  EXPECT_THAT(lost.error().message, HasSubstr(base->id));
  EXPECT_TRUE(TryBackUp());
}

TEST_F(LineageTest, OfLargeMessagesFewAreRead) {
  stream_.Publish(12, std::string(3 << 20, 'x'));
  EXPECT_EQ(BackUp(), "a");
  stream_.Publish(1, "a");
  bytes_ = 0;
  EXPECT_EQ(BackUp(), "a");
  EXPECT_LE(bytes_, 10U << 20);
}

TEST_F(LineageTest, AnchorsAreFewAndOfLiveMessages) {
  stream_.Publish(10'000, "a");
  stream_.Delete(10'000);
  stream_.Delete(1);
  EXPECT_EQ(BackUp(), "a");
  const auto manifest = repository_->Load(newest_);
  ASSERT_TRUE(manifest);
  ASSERT_GE(manifest->anchors.size(), 5u);
  EXPECT_LE(manifest->anchors.size(), 10u);
  EXPECT_EQ(manifest->anchors[0].sequence, 9'999u);
  EXPECT_EQ(manifest->anchors[1].sequence, 2u);
  for (const Anchor& anchor : manifest->anchors) {
    EXPECT_TRUE(IsLive(*manifest, anchor.sequence));
    EXPECT_EQ(anchor.digest, AnchorDigest("s.a", "", stream_.messages.at(anchor.sequence)));
  }
}

}  // namespace
}  // namespace jetkeep
