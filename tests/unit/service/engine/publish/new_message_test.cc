#include "service/engine/publish/new_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jetkeep {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::Pair;

RecordView Record(std::string_view subject, std::string_view headers = {}) {
  return {42, 1'700'000'000'000'000'000, subject, headers, "payload"};
}

TEST(NewMessage, CarriesWhereItIsFromAndAnIdOfItsOwn) {
  const auto plain = MakeNew(Record("a"), {"b1", {}, false, {}});
  ASSERT_TRUE(plain);
  EXPECT_THAT(
      plain->headers,
      ElementsAre(Pair("Nats-Msg-Id", "b1:42"), Pair("Jetkeep-Backup", "b1"),
                  Pair("Jetkeep-Sequence", "42"), Pair("Jetkeep-Time", "2023-11-14T22:13:20Z")));
  EXPECT_FALSE(plain->left_out);
  constexpr std::string_view kHeaders =
      "NATS/1.0\r\nA: 1\r\nA: 2\r\nB:\xff\r\nNats-Msg-Id: old\r\nJetkeep-Sequence: 7\r\n"
      "nats-expected-last-sequence: 3\r\nNats-Rollup: sub\r\n\r\n";
  const auto made = MakeNew(Record("a", kHeaders), {"b1", {}, false, {}});
  ASSERT_TRUE(made);
  EXPECT_THAT(
      made->headers,
      ElementsAre(Pair("A", "1"), Pair("A", "2"), Pair("B", "\xff"), Pair("Nats-Msg-Id", "b1:42"),
                  Pair("Jetkeep-Msg-Id", "old"), Pair("Jetkeep-Backup", "b1"),
                  Pair("Jetkeep-Sequence", "42"), Pair("Jetkeep-Time", "2023-11-14T22:13:20Z")));
  EXPECT_TRUE(made->left_out);
  const auto kept = MakeNew(Record("a", kHeaders), {"b1", {}, true, {}});
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->headers[3], (std::pair<std::string, std::string>("Nats-Msg-Id", "old")));
  EXPECT_EQ(kept->headers[4].first, "Jetkeep-Backup");
}

TEST(NewMessage, GivesNoInstructionAgain) {
  for (const char* name :
       {"Nats-Stream-Source", "nats-stream-source-x", "Nats-Incr", "Nats-Counter-Sources",
        "Nats-Expected-Stream", "Nats-Trace-Dest", "Nats-Schedule-Target"}) {
    const std::string headers = "NATS/1.0\r\nA: 1\r\n" + std::string(name) + ": 5\r\n\r\n";
    const auto message = MakeNew(Record("a", headers), {"b1", {}, false, {}});
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->left_out) << name;
    EXPECT_EQ(message->headers.size(), 5U) << name;
  }
  // The stream that is meant is named anew.
  const auto message = MakeNew(Record("a", "NATS/1.0\r\nNats-Expected-Stream: OLD\r\n\r\n"),
                               {"b1", {}, false, "NEW"});
  ASSERT_TRUE(message);
  EXPECT_THAT(message->headers, Contains(Pair("Nats-Expected-Stream", "NEW")));
  EXPECT_THAT(message->headers, Not(Contains(Pair("Nats-Expected-Stream", "OLD"))));
}

TEST(NewMessage, RefusesHeadersThatCannotBeSentAgain) {
  using namespace std::string_view_literals;
  for (const std::string_view headers :
       {"no lines"sv, "NATS/1.0\r\nA: b\0c\r\n\r\n"sv, "NATS/1.0\r\nA: b\nc\r\n\r\n"sv}) {
    const auto message = MakeNew(Record("a", headers), {"b1", {}, false, {}});
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().code, Errc::kInvalidRequest);
    EXPECT_NE(message.error().message.find("message 42"), std::string::npos);
  }
}

}  // namespace
}  // namespace jetkeep
