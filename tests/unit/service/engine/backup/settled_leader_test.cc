#include "service/engine/backup/settled_leader.h"

#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/service/engine/restore/fake_server.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kSettles{5};

// The leaders that the server names, one after the other; the last for ever.
Result<std::string> Await(const std::string& first, std::deque<std::string> leaders,
                          Clock::time_point since) {
  FakeServer server(true);
  server.stream = StreamInfo{};
  server.before_each = [&] {
    server.stream->leader = leaders.front();
    if (leaders.size() > 1) leaders.pop_front();
  };
  return AwaitSettledLeader(server, "S", first, since, {}, kSettles);
}

TEST(SettledLeader, IsOneThatHasLedForAWhile) {
  const auto begin = Clock::now();
  EXPECT_EQ(*Await("a", {"a"}, begin), "a");
  EXPECT_GE(Clock::now() - begin, kSettles);
  EXPECT_EQ(*Await("a", {"b", "b"}, begin), "b");
  EXPECT_EQ(*Await("a", {"b", "a", "a"}, begin), "a");
}

TEST(SettledLeader, NoLeaderIsNone) {
  EXPECT_EQ(*Await("", {"", "", "a", "a"}, Clock::now()), "a");
  EXPECT_FALSE(Await("", {""}, Clock::now()));
}

TEST(SettledLeader, OneThatChangesAgainAndAgainIsNone) {
  const auto leader = Await("a", {"b", "a", "b", "a", "b", "a"}, Clock::now());
  ASSERT_FALSE(leader);
  EXPECT_EQ(leader.error().code, Errc::kCutNotReached);
}

}  // namespace
}  // namespace jetkeep
