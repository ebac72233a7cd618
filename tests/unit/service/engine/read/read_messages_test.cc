#include "service/engine/read/read_messages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "service/engine/read/last_of_subjects.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

constexpr std::uint64_t kLast = 3000;

std::string SubjectOf(std::uint64_t sequence) {
  if (sequence == 7) return "rare.one";
  return (sequence % 2 == 0 ? "$KV.B.even." : "$KV.B.odd.") + std::to_string(sequence % 10);
}

std::int64_t TimeOf(std::uint64_t sequence) { return static_cast<std::int64_t>(sequence) * 1000; }

// A bucket of kLast messages, each 13th deleted, the 26th of them lost.
class ReadMessagesTest : public RepositoryTest {
 protected:
  void SetUp() override {
    repository_ = Open();
    id_ = TestId(1);
    const auto writer = repository_->BeginBackup("KV_B", "", id_);
    ASSERT_TRUE(writer);
    Manifest manifest = TestManifest("KV_B", id_, kLast, 13);
    manifest.deleted = {};
    for (std::uint64_t s = 13; s <= kLast; s += 13)
      (s == 26 ? manifest.lost : manifest.deleted).Add(s);
    manifest.state.num_deleted = manifest.deleted.Count();
    for (std::uint64_t s = 1; s <= kLast; ++s) {
      if (s % 13 == 0) continue;
      ASSERT_TRUE((*writer)->AddRecord({s, TimeOf(s), SubjectOf(s), "", PayloadOf(s)}));
    }
    manifest.condition = BackupCondition::kDamaged;
    auto finished = (*writer)->Finish(std::move(manifest), 1'800'000'000'000'000'000);
    ASSERT_TRUE(finished) << finished.error().message;
    manifest_ = *std::move(finished);
  }

  std::vector<std::uint64_t> Read(const MessageSelection& selection) {
    std::vector<std::uint64_t> sequences;
    const Status read = ForEachMessage(*repository_, manifest_, selection, CancelToken(),
                                       [&](const RecordView& record) -> Result<ReadOn> {
                                         EXPECT_EQ(record.payload, PayloadOf(record.sequence));
                                         sequences.push_back(record.sequence);
                                         return ReadOn::kYes;
                                       });
    EXPECT_TRUE(read) << read.error().message;
    return sequences;
  }
  static std::vector<std::uint64_t> Expected(const std::function<bool(std::uint64_t)>& taken) {
    std::vector<std::uint64_t> sequences;
    for (std::uint64_t s = 1; s <= kLast; ++s) {
      if (s % 13 != 0 && taken(s)) sequences.push_back(s);
    }
    return sequences;
  }
  Result<BackupMessage> Get(std::uint64_t sequence) {
    return GetMessage(*repository_, {id_, sequence, "", ""}, CancelToken());
  }
  Result<BackupMessage> Last(const std::string& subject) {
    return GetMessage(*repository_, {id_, 0, subject, ""}, CancelToken());
  }

  std::unique_ptr<Repository> repository_;
  std::string id_;
  Manifest manifest_;
};

TEST_F(ReadMessagesTest, EachPartOfASelectionNarrowsIt) {
  EXPECT_EQ(Read({}), Expected([](std::uint64_t) { return true; }));
  MessageSelection selection;
  selection.subjects = {"$KV.B.even.*", "rare.>"};
  EXPECT_EQ(Read(selection), Expected([](std::uint64_t s) { return s % 2 == 0 || s == 7; }));
  selection.exclude = {"*.*.*.4"};
  EXPECT_EQ(Read(selection),
            Expected([](std::uint64_t s) { return (s % 2 == 0 && s % 10 != 4) || s == 7; }));
  selection.first_sequence = 100;
  selection.last_sequence = 200;
  EXPECT_EQ(Read(selection), Expected([](std::uint64_t s) {
              return s >= 100 && s <= 200 && s % 2 == 0 && s % 10 != 4;
            }));
  selection.since_ns = TimeOf(150);
  selection.until_ns = TimeOf(160);
  EXPECT_EQ(Read(selection), Expected([](std::uint64_t s) {
              return s >= 150 && s < 160 && s % 2 == 0 && s % 10 != 4;
            }));
  selection.subjects = {"nothing"};
  EXPECT_TRUE(Read(selection).empty());
}

TEST_F(ReadMessagesTest, TheLastOfEachSubjectIsOfWhatIsSelected) {
  const auto last = [](std::uint64_t from, std::uint64_t to) {
    std::map<std::string, std::uint64_t> of;
    for (std::uint64_t s = from; s <= to; ++s) {
      if (s % 13 != 0) of[SubjectOf(s)] = s;
    }
    std::vector<std::uint64_t> sequences;
    for (const auto& [subject, sequence] : of) sequences.push_back(sequence);
    std::sort(sequences.begin(), sequences.end());
    return sequences;
  };
  MessageSelection selection;
  selection.last_of_each_subject = true;
  EXPECT_EQ(Read(selection), last(1, kLast));
  EXPECT_EQ(Read(selection).size(), 11U);
  selection.last_sequence = 1000;
  selection.first_sequence = 998;
  EXPECT_EQ(Read(selection), last(998, 1000));
  selection.first_sequence = kLast + 5;
  selection.last_sequence = 0;
  EXPECT_TRUE(Read(selection).empty());
}

TEST_F(ReadMessagesTest, GetsOneMessageOrSaysWhyNot) {
  for (const std::uint64_t sequence : std::vector<std::uint64_t>{1, 7, 1500, 2999}) {
    const auto message = Get(sequence);
    ASSERT_TRUE(message) << message.error().message;
    EXPECT_EQ(message->sequence, sequence);
    EXPECT_EQ(message->subject, SubjectOf(sequence));
    EXPECT_EQ(message->payload, PayloadOf(sequence));
    EXPECT_EQ(message->time_ns, TimeOf(sequence));
  }
  const auto why = [&](std::uint64_t sequence) {
    const auto message = Get(sequence);
    EXPECT_FALSE(message);
    EXPECT_EQ(message.error().code, Errc::kMessageNotFound);
    return message.error().message;
  };
  EXPECT_NE(why(13).find("had been deleted"), std::string::npos) << why(13);
  EXPECT_NE(why(26).find("could not be read"), std::string::npos) << why(26);
  EXPECT_NE(why(kLast + 1).find("sequences 1 to 3000"), std::string::npos) << why(kLast + 1);
  EXPECT_EQ(GetMessage(*repository_, {TestId(9), 1, "", ""}, CancelToken()).error().code,
            Errc::kBackupNotFound);
}

TEST_F(ReadMessagesTest, GetsTheLastOfASubjectOrKey) {
  EXPECT_EQ(Last("$KV.B.even.2")->sequence, 2992U);
  EXPECT_EQ(Last("$KV.B.odd.*")->sequence, 2999U);
  EXPECT_EQ(Last("rare.one")->sequence, 7U) << "the first messages of the backup";
  EXPECT_EQ(Last("rare.two").error().code, Errc::kMessageNotFound);
  EXPECT_EQ(GetMessage(*repository_, {id_, 0, "", "odd.7"}, CancelToken())->sequence, 2997U);
  ASSERT_TRUE(MakeBackup(*repository_, "ORDERS", TestId(2), 10));
  EXPECT_EQ(GetMessage(*repository_, {TestId(2), 0, "", "odd.7"}, CancelToken()).error().code,
            Errc::kInvalidRequest);
}

TEST_F(ReadMessagesTest, PagesTogetherAreTheWhole) {
  PageRequest request;
  request.backup = id_;
  request.selection.subjects = {"$KV.B.odd.*"};
  // Pages of one message each are many: those of a part.
  constexpr std::uint64_t kPart = 150;
  struct Case {
    std::uint64_t limit;
    std::size_t bytes;
    int patience;
    std::uint64_t last;
  };
  for (const Case& one : {Case{100, 1 << 20, 60'000, kLast}, Case{7, 1 << 20, 60'000, kLast},
                          Case{1000, 300, 60'000, kLast}, Case{1000, 1, 60'000, kPart},
                          Case{1000, 1 << 20, 0, kLast}}) {
    request.limit = one.limit;
    request.limit_bytes = one.bytes;
    request.selection.first_sequence = 0;
    request.selection.last_sequence = one.last;
    std::vector<std::uint64_t> sequences;
    int pages = 0;
    do {
      const auto page =
          ReadPage(*repository_, request, std::chrono::milliseconds(one.patience), CancelToken());
      ASSERT_TRUE(page) << page.error().message;
      EXPECT_LE(page->messages.size(), request.limit);
      for (const BackupMessage& message : page->messages) sequences.push_back(message.sequence);
      ASSERT_TRUE(page->next_sequence == 0 ||
                  page->next_sequence > request.selection.first_sequence);
      request.selection.first_sequence = page->next_sequence;
      ++pages;
    } while (request.selection.first_sequence != 0);
    EXPECT_EQ(sequences,
              Expected([&](std::uint64_t s) { return s % 2 == 1 && s != 7 && s <= one.last; }))
        << one.limit << " " << one.bytes << " " << one.patience;
    EXPECT_GT(pages, 1);
  }
}

TEST_F(ReadMessagesTest, StopsWhenAsked) {
  CancelToken cancelled;
  cancelled.Cancel();
  const auto on = [](const RecordView&) -> Result<ReadOn> { return ReadOn::kYes; };
  EXPECT_EQ(ForEachMessage(*repository_, manifest_, {}, cancelled, on).error().code,
            Errc::kCancelled);
  int seen = 0;
  EXPECT_TRUE(ForEachMessage(*repository_, manifest_, {}, CancelToken(),
                             [&](const RecordView&) -> Result<ReadOn> {
                               return ++seen == 5 ? ReadOn::kNo : ReadOn::kYes;
                             }));
  EXPECT_EQ(seen, 5);
}

TEST(LastOfSubjects, RefusesMoreThanItMayHold) {
  LastOfSubjects last;
  Status status;
  std::uint64_t sequence = 0;
  while (status && sequence < 2'000'000) {
    ++sequence;
    status = last.Add("s." + std::to_string(sequence), sequence);
  }
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kInvalidRequest);
  EXPECT_GT(sequence, LastOfSubjects::kMaxSubjects);
  LastOfSubjects again;
  for (std::uint64_t s = 1; s <= 1'000'000; ++s) {
    ASSERT_TRUE(again.Add("s." + std::to_string(s % 1000), s));
  }
  const std::vector<std::uint64_t> sequences = again.Take();
  ASSERT_EQ(sequences.size(), 1000U);
  EXPECT_EQ(sequences.front(), 999'001U);
  EXPECT_EQ(sequences.back(), 1'000'000U);
}

}  // namespace
}  // namespace jetkeep
