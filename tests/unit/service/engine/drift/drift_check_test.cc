// What is compared with what, and that nothing is claimed of streams that the server does not show.
#include "service/engine/drift/drift_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/service/engine/restore/fake_server.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum DriftKind;

class ListingServer : public FakeServer {
 public:
  ListingServer() : FakeServer(/*clustered=*/false) {}
  StreamListing listing;
  Result<StreamListing> ListStreams() override { return listing; }
};

class DriftCheckTest : public RepositoryTest {
 protected:
  void SetUp() override {
    repository_ = Open();
    for (const char* name : {"A", "B", "NEW"}) {
      server_.others[name] = R"({"max_msgs":1})";
      server_.listing.streams.push_back({name, 0, 0});
    }
  }
  Result<DriftReport> Run(const DriftSpec& spec) {
    return DriftCheck(server_, *repository_, cancel_).Run(spec);
  }

  CancelToken cancel_;
  ListingServer server_;
  std::unique_ptr<Repository> repository_;
  const std::vector<KeptConfig> configs_ = {{"A", "", R"({"max_msgs":1})"},
                                            {"B", "", R"({"max_msgs":2})"}};
};

TEST_F(DriftCheckTest, WhatTheServerDoesNotTellOfIsUnknownAndNotMissing) {
  server_.listing = {{{"A", 0, 0}}, {"B", "FAR", "JETKEEP_DRILL_x"}};
  const auto report = Run({"", "", configs_, {}});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->streams, 1U);
  // It is in the account, whatever its configuration is.
  EXPECT_THAT(report->differences, ElementsAre(Drift{kStreamExtra, "FAR"}));
  ASSERT_EQ(report->unknown.size(), 1U);
  EXPECT_EQ(report->unknown[0].stream, "B");
}

TEST_F(DriftCheckTest, PatternsChooseAndMustMatch) {
  const auto of = [&](std::vector<std::string> patterns) {
    const auto report = Run({"", "", configs_, std::move(patterns)});
    return report ? report->differences : std::vector<Drift>();
  };
  const Drift field{kFieldDiffers, "B", "", "max_msgs", "2", "1"};
  EXPECT_THAT(of({}), ElementsAre(field, Drift{kStreamExtra, "NEW"}));
  EXPECT_THAT(of({"?"}), ElementsAre(field));
  EXPECT_THAT(of({"NEW"}), ElementsAre(Drift{kStreamExtra, "NEW"}));
  EXPECT_THAT(of({"A"}), IsEmpty());
  const auto none = Run({"", "", configs_, {"A", "X*"}});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::kStreamNotFound);
  EXPECT_THAT(none.error().message, HasSubstr("X*"));
}

TEST_F(DriftCheckTest, AServerThatCannotBeAskedIsAnError) {
  server_.denied = {"consumers"};
  EXPECT_FALSE(Run({"", "", configs_, {}}));
  server_.denied = {"info"};
  EXPECT_FALSE(Run({"", "", configs_, {}}));
  server_.denied = {};
  EXPECT_TRUE(Run({"", "", configs_, {}}));
  cancel_.Cancel();
  const auto stopped = Run({"", "", configs_, {}});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Errc::kCancelled);
}

TEST_F(DriftCheckTest, MemoryIsBoundedAndAllIsCounted) {
  const std::string large(300'000, 'x');
  std::vector<KeptConfig> configs;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "L" + std::to_string(i);
    server_.others[name] = R"({"description":")" + large + "\"}";
    configs.push_back({name, "", "{}"});
  }
  server_.listing.streams.clear();
  const auto report = Run({"", "", configs, {}});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_LT(report->differences.size(), 8U);
  EXPECT_EQ(report->differences.size() + report->more, 20U);
}

TEST_F(DriftCheckTest, OfABackupOnlyItsStreamIsCompared) {
  const auto made = MakeBackup(*repository_, "S", TestId(1), 1);
  ASSERT_TRUE(made) << made.error().message;
  auto report = Run({TestId(1), "", {}, {}});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->backup, TestId(1));
  EXPECT_THAT(report->differences, ElementsAre(Drift{kStreamMissing, "S"}));
  const auto none = Run({TestId(2), "", {}, {}});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::kBackupNotFound);
}

}  // namespace
}  // namespace jetkeep
