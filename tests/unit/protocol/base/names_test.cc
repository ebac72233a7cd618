#include "protocol/base/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace jetkeep {
namespace {

using ::testing::HasSubstr;

TEST(Names, AreWhatServersTake) {
  for (const std::string& name :
       {std::string("ORDERS"), std::string("a"), std::string("KV_x-1"), std::string("_=#$%&!"),
        std::string("\xc3\x84\xe6\xb3\xa8"), std::string(kMaxNameBytes, 'x')}) {
    EXPECT_TRUE(CheckStreamName(name)) << name;
    EXPECT_TRUE(CheckConsumerName(name)) << name;
  }
}

TEST(Names, OfOtherBytesAreRefused) {
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("a.b"), std::string("*"), std::string(">"),
        std::string("a/b"), std::string("a\\b"), std::string("a\tb"), std::string("a\x7f"),
        std::string("a\0b", 3), std::string("a\n"), std::string("a\x1f"),
        std::string(kMaxNameBytes + 1, 'x')}) {
    const Status stream = CheckStreamName(name);
    ASSERT_FALSE(stream) << name;
    EXPECT_EQ(stream.error().code, Errc::kInvalidName);
    EXPECT_THAT(stream.error().message, HasSubstr("stream name"));
    const Status consumer = CheckConsumerName(name);
    ASSERT_FALSE(consumer) << name;
    EXPECT_THAT(consumer.error().message, HasSubstr("consumer name"));
  }
}

TEST(Names, AJobsIdIsOneToken) {
  for (const std::string& id :
       {std::string("nightly-42"), std::string("A_z0"), std::string(64, 'j')}) {
    EXPECT_TRUE(CheckJobId(id)) << id;
  }
  for (const std::string& id : {std::string(), std::string("a.b"), std::string("a b"),
                                std::string("*"), std::string("\xc3\xa4"), std::string(65, 'j')}) {
    const Status checked = CheckJobId(id);
    ASSERT_FALSE(checked) << id;
    EXPECT_EQ(checked.error().code, Errc::kInvalidName);
  }
}

}  // namespace
}  // namespace jetkeep
