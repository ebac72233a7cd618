#include "protocol/control/events.h"

#include <gtest/gtest.h>

#include "protocol/base/utf8.h"
#include "protocol/control/body.h"
#include "protocol/control/field_reader.h"

namespace jetkeep {
namespace {

TEST(Events, CutLinesBetweenCharacters) {
  // Whatever the place of the cut: lines that begin one byte later each.
  for (const std::string character : {"\u00e4", "\u6ce8", "\U0001f600"}) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
      std::string line(shift, 'x');
      while (line.size() < 3000) line += character;
      VerifyReport report;
      report.findings = {line};
      EventFrame frame;
      frame.work = JobKind::kVerify;
      const Document event = CompletedEvent(frame, report);
      const auto shown = event["findings"][0].get<std::string>();
      EXPECT_TRUE(IsUtf8(shown)) << shift;
      EXPECT_LE(shown.size(), 1024U);
      EXPECT_GT(shown.size(), 1020U);
      EXPECT_EQ(line.substr(0, shown.size()), shown);
    }
  }
}

TEST(Answers, CutAClientsTextBetweenCharacters) {
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string name(shift, 'x');
    while (name.size() < 100) name += "\u6ce8";
    const auto twice = DecodeBody("{\"" + name + "\":1,\"" + name + "\":2}");
    ASSERT_FALSE(twice);
    EXPECT_TRUE(IsUtf8(twice.error().message)) << twice.error().message;
    const Document unknown = {{name, 1}};
    const Status refused = FieldReader(unknown).Finish();
    ASSERT_FALSE(refused);
    EXPECT_TRUE(IsUtf8(refused.error().message)) << refused.error().message;
    EXPECT_LT(refused.error().message.size(), 110U);
  }
}

}  // namespace
}  // namespace jetkeep
