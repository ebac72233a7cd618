#include "protocol/v1/consumer_state.h"

#include <gtest/gtest.h>

#include "protocol/codec/varint.h"

namespace jetkeep::v1 {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

ConsumerState Busy(std::int64_t extra_ns = 0) {
  ConsumerState state;
  state.delivered = {20, (std::uint64_t{1} << 33) + 30};
  state.ack_floor = {4, std::uint64_t{1} << 33};
  for (std::uint64_t i = 1; i <= 10; i += 3) {
    state.pending.Append(state.ack_floor.stream + i,
                         {4 + i, (1'700'000'000 + static_cast<int>(i)) * kSecond + extra_ns});
  }
  state.redelivered.Append(state.ack_floor.stream + 4, 3);
  return state;
}

TEST(ConsumerStateFile, ComesBackAsItWas) {
  for (const ConsumerState& state : {ConsumerState{}, Busy()}) {
    const auto decoded = DecodeConsumerState(EncodeConsumerState(state));
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, state);
  }
}

TEST(ConsumerStateFile, TimesAreCutToSeconds) {
  EXPECT_EQ(*DecodeConsumerState(EncodeConsumerState(Busy(999'999'999))), Busy());
}

TEST(ConsumerStateFile, AnEmptyFileIsAConsumerThatDeliveredNothing) {
  EXPECT_EQ(*DecodeConsumerState(""), ConsumerState{});
}

TEST(ConsumerStateFile, VersionOneCountsDeliveredFromTheFloor) {
  std::string bytes = {22, 1};
  for (const std::uint64_t value : {5U, 7U, 3U, 4U, 1U}) PutUvarint(bytes, value);
  PutVarint(bytes, 100);  // base time
  PutUvarint(bytes, 2);   // sequence 9
  PutVarint(bytes, 5);    // 5 s after the base
  PutUvarint(bytes, 0);
  const auto state = DecodeConsumerState(bytes);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->delivered, (SequencePair{7, 10}));
  EXPECT_EQ(state->ack_floor, (SequencePair{5, 7}));
  ASSERT_EQ(state->pending.size(), 1u);
  EXPECT_EQ(state->pending.begin()->sequence, 9U);
  EXPECT_EQ(state->pending.begin()->value, (PendingMessage{0, 105 * kSecond}));
}

TEST(ConsumerStateFile, ServersWritePendingMessagesInAnyOrder) {
  const auto with = [](std::uint64_t first, std::uint64_t second) {
    std::string bytes = {22, 2, 0, 0, 9, 9, 2};
    PutVarint(bytes, 100);
    for (const std::uint64_t sequence : {first, second}) {
      PutUvarint(bytes, sequence);
      PutUvarint(bytes, sequence);
      PutVarint(bytes, 1);
    }
    PutUvarint(bytes, 2);
    for (const std::uint64_t sequence : {first, second}) {
      PutUvarint(bytes, sequence);
      PutUvarint(bytes, sequence + 1);
    }
    return DecodeConsumerState(bytes);
  };
  const auto state = with(7, 3);
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(*state, *with(3, 7));
  EXPECT_EQ(state->pending.size(), 2U);
  EXPECT_EQ(state->pending.begin()->sequence, 3U);
  EXPECT_EQ(state->redelivered.begin()->value, 4U);
  EXPECT_FALSE(with(5, 5));
}

TEST(ConsumerStateFile, NoTruncationPasses) {
  const std::string bytes = EncodeConsumerState(Busy());
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeConsumerState(bytes.substr(0, size))) << size;
  }
  EXPECT_FALSE(DecodeConsumerState(bytes + "x"));
}

TEST(ConsumerStateFile, AHugeCountIsRefusedWithoutAllocating) {
  std::string bytes = {22, 2, 0, 0, 0, 0};
  PutUvarint(bytes, ~std::uint64_t{0});
  PutVarint(bytes, 0);
  const auto state = DecodeConsumerState(bytes);
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, Errc::kArchiveCorrupt);
}

}  // namespace
}  // namespace jetkeep::v1
