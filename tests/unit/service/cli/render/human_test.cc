#include "service/cli/render/human.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "service/cli/render/table.h"

namespace jetkeep {
namespace {

TEST(Human, CountsHaveThousandsSeparators) {
  EXPECT_EQ(HumanCount(0), "0");
  EXPECT_EQ(HumanCount(999), "999");
  EXPECT_EQ(HumanCount(1000), "1,000");
  EXPECT_EQ(HumanCount(18446744073709551615U), "18,446,744,073,709,551,615");
}

TEST(Human, SizesUseBinaryUnits) {
  EXPECT_EQ(HumanSize(0), "0 B");
  EXPECT_EQ(HumanSize(1023), "1023 B");
  EXPECT_EQ(HumanSize(1536), "1.5 KiB");
  EXPECT_EQ(HumanSize((1U << 20) - 1), "1.0 MiB");
  EXPECT_EQ(HumanSize(3ULL << 30), "3.0 GiB");
  EXPECT_EQ(HumanSize(18446744073709551615U), "16.0 EiB");
}

TEST(Human, SecondsGetCoarser) {
  EXPECT_EQ(HumanSeconds(-1), "0 s");
  EXPECT_EQ(HumanSeconds(0.424), "0.42 s");
  EXPECT_EQ(HumanSeconds(17.2), "17 s");
  EXPECT_EQ(HumanSeconds(185), "3m05s");
  EXPECT_EQ(HumanSeconds(7800), "2h10m");
  EXPECT_EQ(HumanSeconds(1e300), "very long");
}

TEST(Human, TimesAreLocalWithAnOffset) {
  ::setenv("TZ", "CET-1", 1);
  ::tzset();
  EXPECT_EQ(LocalTime("2026-11-21T01:24:10.5Z"), "2026-11-21T02:24:10+01:00");
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  EXPECT_EQ(LocalTime("2026-11-21T01:24:10+02:00"), "2026-11-20T23:24:10+00:00");
  EXPECT_EQ(LocalTime("no \x1b time"), "no ? time");
}

TEST(Human, NothingCanSteerTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[31mb\x07\n\x7f"), "a?[31mb???");
  EXPECT_EQ(Printable("a\xc2\x9b"
                      "31m"),
            "a?31m");
  EXPECT_EQ(Printable("b\xc3\xbc"
                      "cher"),
            "b\xc3\xbc"
            "cher");
  EXPECT_EQ(Printable("a\u202ertl\u2066b\u2028c\u200fd\u061ce"), "a?rtl?b?c?d?e");
  EXPECT_EQ(Printable("\u2020\u2070\xe2\x80"), "\u2020\u2070\xe2\x80");
}

TEST(Human, WideCharactersTakeTwoColumnsAndMarksNone) {
  EXPECT_EQ(DisplayWidth(""), 0U);
  EXPECT_EQ(DisplayWidth("ORDERS"), 6U);
  EXPECT_EQ(DisplayWidth("b\xc3\xbc"), 2U);
  EXPECT_EQ(DisplayWidth("\u6ce8\u6587"), 4U);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1U) << "an accent stands above its letter";
  EXPECT_EQ(DisplayWidth("\xff\xe6"), 2U) << "bytes that are no character";
  EXPECT_EQ(DisplayWidth("\U0001F600x"), 3U);
}

TEST(Human, TextsAreCutInWholeCharacters) {
  EXPECT_EQ(CutToWidth("ORDERS", 4), "ORDE");
  EXPECT_EQ(CutToWidth("ORDERS", 9), "ORDERS");
  EXPECT_EQ(CutToWidth("a\u6ce8\u6587", 4), "a\u6ce8") << "half of the next one is none";
  EXPECT_EQ(CutToWidth("e\u0301x", 1), "e\u0301");
}

TEST(TableText, WideNamesDoNotShiftTheirRow) {
  Table table({{"STREAM"}, {"N", Table::Align::kRight}});
  table.AddRow({"\u6ce8\u6587", "1"});
  table.AddRow({"ORDERS", "2"});
  EXPECT_EQ(table.Render(), "STREAM  N\n\u6ce8\u6587    1\nORDERS  2\n");
}

TEST(TableText, ColumnsAreAlignedByCharacters) {
  Table table({{"NAME"}, {"N", Table::Align::kRight}, {"LAST"}});
  table.AddRow(
      {"b\xc3\xbc"
       "cher",
       "7", "x"});
  table.AddRow({"a", "1,234", ""});
  table.AddRow({"evil\x1b", "0", "z"});
  EXPECT_EQ(table.Render(),
            "NAME        N  LAST\n"
            "b\xc3\xbc"
            "cher      7  x\n"
            "a       1,234\n"
            "evil?       0  z\n");
}

}  // namespace
}  // namespace jetkeep
