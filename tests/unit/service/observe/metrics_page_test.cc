#include "service/observe/metrics_page.h"

#include <gtest/gtest.h>

#include <vector>

namespace jetkeep {
namespace {

class MetricsPageTest : public testing::Test {
 protected:
  MetricsPage::Clock::time_point now_;
  int made_ = 0;
  MetricsPage page_{[this] { return std::to_string(++made_); }, [this] { return now_; }};
};

TEST_F(MetricsPageTest, IsMadeOnceASecond) {
  EXPECT_EQ(*page_.Get(), "1");
  now_ += std::chrono::milliseconds(999);
  EXPECT_EQ(*page_.Get(), "1");
  now_ += std::chrono::milliseconds(1);
  EXPECT_EQ(*page_.Get(), "2");
}

TEST_F(MetricsPageTest, SlowReadersKeepTwoTextsAtMost) {
  std::vector<MetricsPage::Text> slow;
  for (int i = 0; i < 30; ++i) {
    slow.push_back(page_.Get());
    now_ += std::chrono::seconds(1);
  }
  EXPECT_EQ(made_, 2);
  // Those of the first text go.
  slow.erase(slow.begin());
  EXPECT_EQ(*page_.Get(), "3");
}

}  // namespace
}  // namespace jetkeep
