#include "service/repository/segments/compression_choice.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>

#include "service/repository/segments/block_codec.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

CompressionChoice::Sizes SizesOf(const std::string& raw) {
  CompressionChoice::Sizes sizes{};
  for (std::size_t way = 0; way < sizes.size(); ++way) {
    BlockInfo info;
    PackedBlock block;
    EXPECT_TRUE(PackBlock(raw, CompressionChoice::kWays[way], info, block));
    sizes[way] = info.stored_bytes;
  }
  return sizes;
}

TEST(CompressionChoiceTest, AGivenLevelIsTakenAsItIs) {
  const CompressionChoice choice(6);
  EXPECT_EQ(choice.settings(), (ZstdSettings{6, false}));
  for (std::uint64_t block = 0; block < 1000; ++block) EXPECT_FALSE(choice.MeasureAt(block));
}

TEST(CompressionChoiceTest, TheDefaultMeasuresNowAndThenButNotInSmallBackups) {
  const CompressionChoice choice(std::nullopt);
  EXPECT_EQ(choice.settings(), CompressionChoice::kWays.back());
  int measured = 0;
  for (std::uint64_t block = 0; block < 1024; ++block) measured += choice.MeasureAt(block) ? 1 : 0;
  EXPECT_EQ(measured, 8);
  for (std::uint64_t block = 0; block < 3; ++block) EXPECT_FALSE(choice.MeasureAt(block));
}

TEST(CompressionChoiceTest, TheFastestThatIsNearlyAsSmallIsTakenUntilTheNextMeasurement) {
  CompressionChoice choice(std::nullopt);
  choice.Measured({1030, 900, 1000});
  EXPECT_EQ(choice.settings(), CompressionChoice::kWays[0]);
  choice.Measured({1031, 1030, 1000});
  EXPECT_EQ(choice.settings(), CompressionChoice::kWays[1]);
  choice.Measured({1200, 1031, 1000});
  EXPECT_EQ(choice.settings(), CompressionChoice::kWays[2]);
  choice.Measured({0, 0, 0});
  EXPECT_EQ(choice.settings(), CompressionChoice::kWays[0]);
}

TEST(CompressionChoiceTest, LiteralsAreCompressedAtNegativeLevelsWhereAskedFor) {
  std::mt19937 random(7);
  std::string digits;
  while (digits.size() < 200'000) digits += std::to_string(random());
  const CompressionChoice::Sizes sizes = SizesOf(digits);
  BlockInfo info;
  PackedBlock block;
  ASSERT_TRUE(PackBlock(digits, ZstdSettings{-5, false}, info, block));
  EXPECT_LT(sizes[0] * 3, info.stored_bytes * 2) << "digits are 3.3 bits";
}

TEST_F(RepositoryTest, ABackupWhoseBlocksAreCompressedInSeveralWaysComesBack) {
  // Noise behind keys first: the fastest way is as good; then words, where it is not.
  std::vector<std::string> words;
  for (std::size_t i = 0; i < 3000; ++i) {
    words.push_back(std::to_string(i * 7919).substr(0, 3 + i % 4));
  }
  const auto payload = [&](std::uint64_t s) {
    std::mt19937 random(static_cast<unsigned>(s));
    std::string text;
    while (text.size() < 4000) {
      if (s < 1500) {
        text += R"({"customer":"customer-","token":")" + std::to_string(random()) + "\"},";
      } else {
        text += words[random() % words.size()] + " ";
      }
    }
    return text;
  };
  RepositoryOptions options = SmallOptions();
  options.writer.block_bytes = 20'000;
  options.writer.segment_bytes = 10'000'000;
  const auto repository = Repository::OpenOrCreate(files(), workers_, options, 1);
  ASSERT_TRUE(repository);
  const std::string id = TestId(1);
  auto writer = (*repository)->BeginBackup("S", "", id);
  ASSERT_TRUE(writer);
  constexpr std::uint64_t kLast = 3000;
  for (std::uint64_t s = 1; s <= kLast; ++s) {
    ASSERT_TRUE((*writer)->AddRecord({s, static_cast<std::int64_t>(s), "s", "", payload(s)}));
  }
  ASSERT_TRUE((*writer)->Finish(TestManifest("S", id, kLast, 0), 1));
  const auto manifest = (*repository)->Load(id);
  ASSERT_TRUE(manifest);
  EXPECT_GT(manifest->segments.at(0).blocks, 200U) << "two measurements and more";
  const auto reader = (*repository)->OpenReader(*manifest);
  ASSERT_TRUE(reader);
  std::uint64_t next = 0;
  ASSERT_TRUE((*reader)->ForEach([&](const RecordView& record) -> Status {
    EXPECT_EQ(record.sequence, ++next);
    EXPECT_EQ(record.payload, payload(next));
    return {};
  }));
  EXPECT_EQ(next, kLast);
}

}  // namespace
}  // namespace jetkeep
