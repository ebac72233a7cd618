#include "service/engine/restore/link_pace.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

using std::chrono::milliseconds;

// One link, looked at again and again.
class Link {
 public:
  bool SlowAfter(milliseconds elapsed, milliseconds waited, std::uint64_t bytes) {
    now_.elapsed += elapsed;
    now_.waited += waited;
    now_.bytes += bytes;
    pace_.Look(now_);
    return pace_.slow();
  }

 private:
  LinkPace pace_;
  LinkPace::Reading now_;
};

constexpr std::uint64_t kMegabyte = 1'000'000;

TEST(LinkPaceTest, ALinkThatIsWaitedForIsAsFastAsWhatItTakes) {
  Link link;
  EXPECT_FALSE(link.SlowAfter(milliseconds(100), milliseconds(90), 30 * kMegabyte));
  EXPECT_TRUE(link.SlowAfter(milliseconds(100), milliseconds(90), 10 * kMegabyte));
  EXPECT_FALSE(link.SlowAfter(milliseconds(100), milliseconds(90), 30 * kMegabyte));
}

TEST(LinkPaceTest, AnEncoderThatIsSlowItselfSaysNothingOfTheLink) {
  Link link;
  EXPECT_FALSE(link.SlowAfter(milliseconds(1000), milliseconds(10), 2 * kMegabyte));
  EXPECT_FALSE(link.SlowAfter(milliseconds(1000), milliseconds(200), 2 * kMegabyte));
}

TEST(LinkPaceTest, CompressionStaysWhileTheLinkIsWaitedForAndEndsWhenItIsNot) {
  Link link;
  ASSERT_TRUE(link.SlowAfter(milliseconds(100), milliseconds(90), 10 * kMegabyte));
  EXPECT_TRUE(link.SlowAfter(milliseconds(100), milliseconds(15), 10 * kMegabyte));
  EXPECT_FALSE(link.SlowAfter(milliseconds(100), milliseconds(2), 10 * kMegabyte));
}

TEST(LinkPaceTest, TwoLooksAtOnceChangeNothing) {
  Link link;
  ASSERT_TRUE(link.SlowAfter(milliseconds(100), milliseconds(90), 10 * kMegabyte));
  EXPECT_TRUE(link.SlowAfter(milliseconds(0), milliseconds(0), 0));
}

}  // namespace
}  // namespace jetkeep
