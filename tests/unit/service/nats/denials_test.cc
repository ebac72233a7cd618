#include "service/nats/denials.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

TEST(Denials, FindsWhatWasRefusedSinceAMark) {
  Denials denials;
  denials.Record(R"(Permissions Violation for Publish to "a.b")");
  const auto mark = denials.Mark();
  EXPECT_FALSE(denials.Since(mark, "a."));
  EXPECT_EQ(denials.Since(0, "a."), "a.b");
  denials.Record(R"(Permissions Violation for Subscription to "a.c" using queue "q")");
  EXPECT_EQ(denials.Since(mark, "a."), "a.c");
  EXPECT_FALSE(denials.Since(mark, "b."));
}

TEST(Denials, ASubjectCutShortMatchesWhatItWasCutFrom) {
  Denials denials;
  denials.Record(R"(Permissions Violation for Publish to "$JS.API.STREAM.INFO.LON)");
  EXPECT_TRUE(denials.Since(0, "$JS.API.STREAM.INFO.LONGNAME"));
  EXPECT_FALSE(denials.Since(0, "$JS.API.STREAM.INFO.OTHER"));
}

TEST(Denials, IgnoresOtherErrorsAndKeepsALimitedNumber) {
  Denials denials;
  denials.Record("Slow Consumer");
  denials.Record("Permissions Violation");
  EXPECT_EQ(denials.Mark(), 0u);
  for (int i = 0; i < 1000; ++i) denials.Record(R"(Permissions Violation for Publish to "x")");
  EXPECT_EQ(denials.Mark(), 1000u);
  EXPECT_TRUE(denials.Since(999, "x"));
}

}  // namespace
}  // namespace jetkeep
