// The program knows its version and the commit that it was built from.
#include "protocol/base/version.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>

namespace jetkeep {
namespace {

TEST(Version, IsThreeNumbers) {
  EXPECT_TRUE(std::regex_match(ProgramVersion(), std::regex("[0-9]+\\.[0-9]+\\.[0-9]+")))
      << ProgramVersion();
}

TEST(Version, TheCommitIsWholeOrUnknown) {
  EXPECT_TRUE(std::regex_match(ProgramCommit(), std::regex("[0-9a-f]{40}(-dirty)?|unknown")))
      << ProgramCommit();
}

}  // namespace
}  // namespace jetkeep
