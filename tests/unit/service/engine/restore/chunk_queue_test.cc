#include "service/engine/restore/chunk_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace jetkeep {
namespace {

std::string Numbers(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += std::to_string(i) + ",";
  return bytes;
}

TEST(ChunkQueueTest, GivesTheBytesInOrderAndInChunksOfOneSize) {
  const std::string bytes = Numbers(10'000);
  ChunkQueue queue(1000, 3, CancelToken());
  Status written;
  std::thread encoder([&] {
    for (std::size_t at = 0; written && at < bytes.size(); at += 777) {
      written = queue.Write(std::string_view(bytes).substr(at, 777));
    }
    if (written) written = queue.Flush();
    queue.Close();
  });
  std::string taken;
  ByteBuffer chunk;
  for (;;) {
    auto next = queue.Next(std::move(chunk));
    ASSERT_TRUE(next);
    if (!*next) break;
    chunk = *std::move(*next);
    const bool last = taken.size() + chunk.size() == bytes.size();
    EXPECT_TRUE(last || chunk.size() == 1000U) << chunk.size();
    taken += chunk.view();
  }
  encoder.join();
  EXPECT_TRUE(written);
  EXPECT_EQ(taken, bytes);
}

TEST(ChunkQueueTest, ASenderThatGivesUpFreesAnEncoderThatWaits) {
  ChunkQueue queue(10, 2, CancelToken());
  Status written;
  std::thread encoder([&] { written = queue.Write(std::string(1000, 'x')); });
  ASSERT_TRUE(*queue.Next({}));
  queue.Close();
  encoder.join();
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::kCancelled);
}

TEST(ChunkQueueTest, CancellingEndsBothSides) {
  CancelToken cancel;
  ChunkQueue full(10, 1, cancel);
  ChunkQueue empty(10, 1, cancel);
  Status written;
  Errc next = Errc::kInternal;
  std::thread encoder([&] { written = full.Write(std::string(1000, 'x')); });
  std::thread sender([&] { next = empty.Next({}).error().code; });
  cancel.Cancel();
  encoder.join();
  sender.join();
  EXPECT_EQ(written.error().code, Errc::kCancelled);
  EXPECT_EQ(next, Errc::kCancelled);
}

}  // namespace
}  // namespace jetkeep
