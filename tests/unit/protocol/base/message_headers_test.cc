#include "protocol/base/message_headers.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace jetkeep {
namespace {

using Lines = std::vector<std::pair<std::string_view, std::string_view>>;

TEST(MessageHeaders, AreLinesInTheirOrder) {
  EXPECT_EQ(HeaderLines("NATS/1.0\r\nA: b\r\nA:c\r\nEmpty:\r\nX: y: z \r\n\r\n"),
            (Lines{{"A", "b"}, {"A", "c"}, {"Empty", ""}, {"X", "y: z "}}));
  EXPECT_EQ(HeaderLines("NATS/1.0 503 No Responders\r\n\r\n"), Lines{});
}

TEST(MessageHeaders, BlocksThatAreNoLinesGiveNone) {
  for (const char* block : {"", "A: b\r\n\r\n", "NATS/1.0\r\nA: b\r\n", "NATS/1.0\r\nA b\r\n\r\n",
                            "NATS/1.0\r\n: b\r\n\r\n", "NATS/1.0\r\n\r\nmore\r\n", "NATS/1.0"}) {
    EXPECT_EQ(HeaderLines(block), std::nullopt) << block;
  }
}

}  // namespace
}  // namespace jetkeep
