#include "service/repository/segments/spare_buffers.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

ByteBuffer Filled(std::size_t bytes) {
  ByteBuffer buffer;
  buffer.Resize(bytes);
  return buffer;
}

TEST(SpareBuffers, GivesMemoryOutAgainWithoutWhatItHeld) {
  SpareBuffers spare(2, 100);
  EXPECT_EQ(spare.Take().capacity(), 0u);
  spare.GiveBack(Filled(100));
  const ByteBuffer buffer = spare.Take();
  EXPECT_EQ(buffer.capacity(), 100u);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(spare.Take().capacity(), 0u);
}

TEST(SpareBuffers, KeepsNoMoreAndNoneLargerThanItMay) {
  SpareBuffers spare(2, 100);
  spare.GiveBack(Filled(101));
  spare.GiveBack(ByteBuffer());
  for (std::size_t bytes = 10; bytes <= 30; bytes += 10) spare.GiveBack(Filled(bytes));
  EXPECT_EQ(spare.Take().capacity(), 20u);
  EXPECT_EQ(spare.Take().capacity(), 10u);
  EXPECT_EQ(spare.Take().capacity(), 0u);
  spare.GiveBack(Filled(50));
  spare.Release();
  EXPECT_EQ(spare.Take().capacity(), 0u);
}

}  // namespace
}  // namespace jetkeep
