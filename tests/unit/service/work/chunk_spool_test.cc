#include "service/work/chunk_spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

// A chunk that owns its bytes.
Chunk Make(std::string bytes) {
  auto owned = std::make_unique<std::string>(std::move(bytes));
  const std::string_view view = *owned;
  return {view,
          Chunk::Owner(owned.release(), [](void* p) { delete static_cast<std::string*>(p); })};
}

std::string Pattern(std::size_t size, std::size_t seed) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>((i * 31 + seed * 17) & 0xff);
  return text;
}

ChunkSpoolOptions Options(std::uint64_t memory, std::uint64_t scratch) {
  ChunkSpoolOptions options;
  options.memory_limit = memory;
  options.scratch_limit = scratch;
  options.scratch_directory = ::testing::TempDir();
  return options;
}

TEST(ChunkSpool, HandsChunksOnWithoutAFileWhileTheyFit) {
  ChunkSpoolOptions options = Options(1000, 0);
  options.scratch_directory = "/nowhere";
  ChunkSpool spool(options);
  for (std::size_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(spool.Push(Make(Pattern(900, i))));
    EXPECT_EQ(*spool.Read(), Pattern(900, i));
    ASSERT_TRUE(spool.Push(Make(Pattern(100, i))));  // the one being read still counts
    EXPECT_EQ(*spool.Read(), Pattern(100, i));
  }
  spool.Finish();
  EXPECT_TRUE(spool.Read()->empty());
  EXPECT_EQ(spool.stats().bytes_spilled, 0u);
  EXPECT_EQ(spool.stats().peak_memory, 1000u);
}

TEST(ChunkSpool, KeepsTheOrderBetweenMemoryAndScratchWhenTheConsumerIsSlow) {
  ChunkSpool spool(Options(256 * 1024, 1ull << 30));
  constexpr std::size_t kChunks = 600;
  std::atomic<std::size_t> pushed = 0;
  std::thread producer([&] {
    for (std::size_t i = 0; i < kChunks; ++i) {
      ASSERT_TRUE(spool.Push(Make(Pattern(32 * 1024 + i, i))));
      ++pushed;
      if (i % 100 == 99) std::this_thread::sleep_for(milliseconds(20));
    }
    spool.Finish();
  });
  // More than fits into memory, however busy the machine is.
  while (pushed < 20) std::this_thread::yield();
  for (std::size_t i = 0; i < kChunks; ++i) {
    if (i % 50 == 0) std::this_thread::sleep_for(milliseconds(5));
    const auto bytes = spool.Read();
    ASSERT_TRUE(bytes);
    ASSERT_EQ(*bytes, Pattern(32 * 1024 + i, i)) << "chunk " << i;
  }
  EXPECT_TRUE(spool.Read()->empty());
  producer.join();
  const ChunkSpoolStats stats = spool.stats();
  EXPECT_GT(stats.bytes_spilled, 0u);
  EXPECT_LE(stats.peak_memory, 256u * 1024);
}

TEST(ChunkSpool, UsesTheScratchSpaceAgainOnceItHasBeenRead) {
  ChunkSpool spool(Options(0, 4 * 1024 * 1024));  // everything goes to scratch
  for (std::size_t round = 0; round < 8; ++round) {
    for (std::size_t i = 0; i < 30; ++i) {
      ASSERT_TRUE(spool.Push(Make(Pattern(128 * 1024, i)))) << round << " " << i;
    }
    for (std::size_t i = 0; i < 30; ++i) ASSERT_EQ(*spool.Read(), Pattern(128 * 1024, i));
  }
  EXPECT_EQ(spool.stats().bytes_spilled, 8u * 30 * 128 * 1024);
  EXPECT_LE(spool.stats().peak_scratch, 4u * 1024 * 1024);
}

TEST(ChunkSpool, FullScratchSaysSoToBothSides) {
  ChunkSpool spool(Options(1000, 2500));
  ASSERT_TRUE(spool.Push(Make(Pattern(1000, 1))));
  ASSERT_TRUE(spool.Push(Make(Pattern(1000, 2))));
  ASSERT_TRUE(spool.Push(Make(Pattern(1000, 3))));
  const auto full = spool.Push(Make(Pattern(1000, 4)));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Errc::kScratchFull);
  EXPECT_THAT(full.error().hint, HasSubstr("scratch"));
  EXPECT_EQ(spool.Read().error().code, Errc::kScratchFull);
  EXPECT_EQ(spool.Push(Make("x")).error().code, Errc::kScratchFull);
}

TEST(ChunkSpool, NoScratchDirectoryIsAnErrorOnlyWhenItIsNeeded) {
  ChunkSpoolOptions options = Options(10, 1000);
  options.scratch_directory = "/nowhere/at/all";
  ChunkSpool spool(options);
  ASSERT_TRUE(spool.Push(Make("0123456789")));
  const auto failed = spool.Push(Make("x"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::kStorageError);
  EXPECT_THAT(failed.error().message, HasSubstr("/nowhere/at/all"));
}

TEST(ChunkSpool, AbortByTheConsumerEndsTheProducer) {
  ChunkSpool spool(Options(100, 100));
  ASSERT_TRUE(spool.Push(Make(Pattern(50, 1))));
  spool.Abort({Errc::kStorageError, "disk gone", {}});
  const auto pushed = spool.Push(Make("x"));
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().message, "disk gone");
}

TEST(ChunkSpool, AbortByTheProducerWakesTheWaitingConsumer) {
  ChunkSpool spool(Options(100, 100));
  std::thread producer([&spool] {
    std::this_thread::sleep_for(milliseconds(20));
    spool.Abort({Errc::kCancelled, "stop", {}});
    spool.Abort({Errc::kInternal, "too late", {}});
  });
  const auto read = spool.Read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "stop");
  producer.join();
}

TEST(ChunkSpool, LeavesNoFileBehind) {
  const std::string directory = ::testing::TempDir() + "/jetkeep_spool_leftovers";
  std::filesystem::create_directories(directory);
  {
    ChunkSpoolOptions options = Options(0, 1000);
    options.scratch_directory = directory;
    ChunkSpool spool(options);
    ASSERT_TRUE(spool.Push(Make("spilled")));
    EXPECT_TRUE(std::filesystem::is_empty(directory));
    EXPECT_EQ(*spool.Read(), "spilled");
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory));
  std::filesystem::remove(directory);
}

}  // namespace
}  // namespace jetkeep
