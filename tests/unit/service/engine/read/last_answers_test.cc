// What is kept of pages that ask for the last message of each subject.
#include "service/engine/read/last_answers.h"

#include <gtest/gtest.h>

#include "service/engine/read/read_messages.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

LastSequences Of(std::vector<std::uint64_t> sequences) {
  return std::make_shared<const std::vector<std::uint64_t>>(std::move(sequences));
}

TEST(LastAnswers, AnswerTheSameSelectionFromTheirBeginningOn) {
  LastAnswers answers;
  MessageSelection selection;
  selection.subjects = {"a.>"};
  selection.first_sequence = 10;
  selection.last_of_each_subject = true;
  const LastSequences kept = Of({12, 17});
  answers.Keep("b1", selection, kept);
  EXPECT_EQ(answers.Find("b1", selection), kept);
  EXPECT_EQ(answers.Find("b2", selection), nullptr);
  selection.first_sequence = 15;
  EXPECT_EQ(answers.Find("b1", selection), kept);
  selection.first_sequence = 9;
  EXPECT_EQ(answers.Find("b1", selection), nullptr) << "it says nothing of sequence 9";
  selection.first_sequence = 10;
  selection.last_sequence = 16;
  EXPECT_EQ(answers.Find("b1", selection), nullptr);
  selection.last_sequence = 0;
  selection.until_ns = 1;
  EXPECT_EQ(answers.Find("b1", selection), nullptr);
  selection.until_ns = 0;
  selection.exclude = {"a.b"};
  EXPECT_EQ(answers.Find("b1", selection), nullptr);
}

TEST(LastAnswers, ForgetTheOldestAnswers) {
  LastAnswers answers(100);
  const MessageSelection selection;
  answers.Keep("b1", selection, Of(std::vector<std::uint64_t>(60, 1)));
  answers.Keep("b2", selection, Of(std::vector<std::uint64_t>(60, 1)));
  EXPECT_EQ(answers.Find("b1", selection), nullptr);
  EXPECT_NE(answers.Find("b2", selection), nullptr);
  answers.Keep("b3", selection, Of(std::vector<std::uint64_t>(101, 1)));
  EXPECT_EQ(answers.Find("b3", selection), nullptr) << "more than may be kept";
  for (int i = 0; i < 50; ++i) answers.Keep("c" + std::to_string(i), selection, Of({1}));
  EXPECT_EQ(answers.Find("c0", selection), nullptr);
  EXPECT_NE(answers.Find("c49", selection), nullptr);
}

class LastPagesTest : public RepositoryTest {};

// What was read for the first page is not read again for the next ones: the segments without a last
// message may be damaged then.
TEST_F(LastPagesTest, ReadTheBackupOnce) {
  const auto repository = Open();
  const std::string id = TestId(1);
  const auto writer = repository->BeginBackup("S", "", id);
  ASSERT_TRUE(writer);
  constexpr std::uint64_t kLast = 3000;
  for (std::uint64_t s = 1; s <= kLast; ++s) {
    const std::string subject = "s." + std::to_string(s % 20);
    ASSERT_TRUE((*writer)->AddRecord({s, 1, subject, "", PayloadOf(s)}));
  }
  ASSERT_TRUE((*writer)->Finish(TestManifest("S", id, kLast, 0), 1'800'000'000'000'000'000));
  const auto manifest = repository->Load(id);
  ASSERT_TRUE(manifest);
  LastAnswers answers;
  PageRequest request;
  request.backup = id;
  request.limit = 6;
  request.selection.last_of_each_subject = true;
  std::vector<std::uint64_t> sequences;
  std::size_t damaged = 0;
  do {
    const auto page =
        ReadPage(*repository, request, std::chrono::minutes(1), CancelToken(), &answers);
    ASSERT_TRUE(page) << page.error().message;
    for (const BackupMessage& message : page->messages) sequences.push_back(message.sequence);
    request.selection.first_sequence = page->next_sequence;
    for (const SegmentRef& segment : manifest->segments) {
      if (segment.last_sequence > kLast - 100) break;
      for (const std::string& path : files().Paths()) {
        if (path.find(segment.name) == std::string::npos) continue;
        files().Write(path, "damaged");
        ++damaged;
      }
    }
  } while (request.selection.first_sequence != 0);
  EXPECT_GT(damaged, 10U);
  ASSERT_EQ(sequences.size(), 20U);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(sequences[i], kLast - 19 + i);
  // What is asked anew is read anew.
  LastAnswers none;
  request.selection.first_sequence = 0;
  EXPECT_FALSE(ReadPage(*repository, request, std::chrono::minutes(1), CancelToken(), &none));
}

}  // namespace
}  // namespace jetkeep
