#include "service/engine/restore/thaw.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/service/engine/restore/fake_server.h"

namespace jetkeep {
namespace {

using testing::HasSubstr;

class ThawTest : public testing::Test {
 protected:
  ThawTest() {
    server_.stream.emplace();
    server_.stream->created = "2026-11-27T00:00:00Z";
    SetConfig(R"("jetkeep.frozen_max_age":"5000")", 0, 1000);
  }
  void SetConfig(const std::string& metadata, std::uint64_t age, std::uint64_t window) {
    server_.stream->config_json = R"({"name":"S","subjects":["s"],"max_age":)" +
                                  std::to_string(age) + R"(,"duplicate_window":)" +
                                  std::to_string(window) + R"(,"metadata":{)" + metadata + "}}";
  }
  Errc Refusal() {
    const auto thawed = ThawStream(server_, "S");
    return thawed ? Errc::kInternal : thawed.error().code;
  }
  FakeServer server_{false};
};

TEST_F(ThawTest, PutsTheAgeBack) {
  const auto thawed = ThawStream(server_, "S");
  ASSERT_TRUE(thawed) << thawed.error().message;
  EXPECT_EQ(thawed->max_age_ns, 5000U);
  EXPECT_EQ(thawed->shortened_window_ns, 0U);
  EXPECT_THAT(server_.stream->config_json, HasSubstr(R"("max_age":5000)"));
  EXPECT_THAT(server_.stream->config_json, HasSubstr(R"("duplicate_window":1000)"));
  EXPECT_THAT(server_.stream->config_json, Not(HasSubstr("jetkeep")));
  EXPECT_EQ(Refusal(), Errc::kInvalidRequest);
}

TEST_F(ThawTest, ShortensAWindowThatIsLongerThanTheAge) {
  SetConfig(R"("jetkeep.frozen_max_age":"5000")", 0, 120'000);
  const auto thawed = ThawStream(server_, "S");
  ASSERT_TRUE(thawed) << thawed.error().message;
  EXPECT_EQ(thawed->shortened_window_ns, 120'000U);
  EXPECT_THAT(server_.stream->config_json, HasSubstr(R"("duplicate_window":5000)"));
}

TEST_F(ThawTest, LeavesAStreamAloneWhoseRestoreHasNotEnded) {
  SetConfig(
      R"("jetkeep.frozen_max_age":"5000","jetkeep.restore":"0123456789abcdef0123456789abcdef")", 0,
      1000);
  EXPECT_EQ(Refusal(), Errc::kStreamChanged);
  EXPECT_TRUE(server_.updates.empty());
}

TEST_F(ThawTest, SaysThatAnotherStreamTookThePlace) {
  server_.before_each = [&] {
    if (!server_.updates.empty()) server_.stream->created = "2026-11-27T00:00:01Z";
  };
  EXPECT_EQ(Refusal(), Errc::kStreamChanged);
}

}  // namespace
}  // namespace jetkeep
