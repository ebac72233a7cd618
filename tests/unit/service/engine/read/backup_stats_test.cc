// Counts against a model that the test keeps, with and without room for every subject.
#include "service/engine/read/backup_stats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "service/engine/read/message_figures.h"
#include "service/engine/read/period_table.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

constexpr std::int64_t kHourNs = 3'600'000'000'000;
constexpr std::int64_t kDayNs = 24 * kHourNs;

using Model = std::map<std::string, MessageFigures>;

std::vector<SubjectFigures> Largest(const Model& model, StatsBy by, std::size_t count) {
  std::vector<SubjectFigures> all;
  for (const auto& [subject, figures] : model) all.push_back({subject, figures});
  std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) {
    return RankOf(a.figures, by) > RankOf(b.figures, by);
  });
  all.resize(std::min(count, all.size()));
  return all;
}

// Few subjects have most of the messages, and some begin late.
std::string SkewedSubject(std::uint64_t sequence) {
  const std::uint64_t hash = sequence * 0x9E3779B97F4A7C15ULL >> 20;
  if (sequence > 30'000 && hash % 4 == 0) return "late." + std::to_string(hash / 4 % 3);
  if (hash % 4 == 1) return "heavy." + std::to_string(hash / 4 % 5);
  return "rare." + std::to_string(sequence);
}

MessageFigures One(std::uint64_t sequence, std::uint64_t bytes, std::int64_t time_ns) {
  return {1, bytes, sequence, sequence, time_ns, time_ns};
}

TEST(SubjectTable, CountsExactlyWhatItHasRoomFor) {
  for (const StatsBy by : {StatsBy::kBytes, StatsBy::kMessages}) {
    SubjectTable table(by);
    Model model;
    for (std::uint64_t s = 1; s <= 5000; ++s) {
      const std::string subject = "s." + std::to_string(s * s % 97);
      const MessageFigures one = One(s, s % 50, static_cast<std::int64_t>(5000 - s));
      table.Add(subject, one);
      Merge(model[subject], one);
    }
    EXPECT_TRUE(table.complete());
    EXPECT_EQ(table.subjects(), model.size());
    EXPECT_EQ(table.Largest(1000), Largest(model, by, 1000));
    EXPECT_EQ(table.Largest(7), Largest(model, by, 7));
    EXPECT_EQ(table.OthersAtMost(7), RankOf(Largest(model, by, 8).back().figures, by));
    EXPECT_EQ(table.OthersAtMost(1000), 0U);
  }
}

TEST(SubjectTable, NamesTheLargestInBoundedMemoryAndBoundsTheOthers) {
  for (const StatsBy by : {StatsBy::kBytes, StatsBy::kMessages}) {
    SubjectTable table(by, std::size_t{200} * 1000);  // about a thousand subjects
    Model model;
    const auto add_all = [&](bool to_model) {
      for (std::uint64_t s = 1; s <= 60'000; ++s) {
        const MessageFigures one = One(s, 100 + s % 7, static_cast<std::int64_t>(s));
        table.Add(SkewedSubject(s), one);
        if (to_model) Merge(model[SkewedSubject(s)], one);
      }
    };
    add_all(true);
    ASSERT_FALSE(table.complete());
    EXPECT_FALSE(table.subjects());
    table.CountAgain();
    add_all(false);
    const std::vector<SubjectFigures> largest = table.Largest(8);
    EXPECT_EQ(largest, Largest(model, by, 8));
    const std::uint64_t at_most = table.OthersAtMost(8);
    for (const SubjectFigures& listed : largest) {
      EXPECT_EQ(listed.figures, model[listed.subject]) << listed.subject;
      EXPECT_GE(RankOf(listed.figures, by), at_most);
      model.erase(listed.subject);
    }
    for (const auto& [subject, figures] : model) ASSERT_LE(RankOf(figures, by), at_most) << subject;
  }
}

TEST(SubjectTable, ManySubjectsOfOneSizeAreCountedExactlyToo) {
  SubjectTable table(StatsBy::kMessages, std::size_t{64} * 1024);
  for (int pass = 0; pass < 2; ++pass) {
    if (pass == 1) table.CountAgain();
    for (std::uint64_t s = 1; s <= 20'000; ++s) table.Add("s." + std::to_string(s), One(s, 1, 1));
  }
  EXPECT_EQ(table.Largest(5).size(), 5U);
  for (const SubjectFigures& listed : table.Largest(5)) EXPECT_EQ(listed.figures.messages, 1U);
  EXPECT_GE(table.OthersAtMost(5), 1U);
}

TEST(PeriodTable, LengthensThePeriodsOfALongSpan) {
  const auto count = [](std::int64_t step_ns, int messages) {
    PeriodTable table;
    for (int i = 0; i < messages; ++i) {
      table.Add(One(static_cast<std::uint64_t>(i) + 1, 2, 500'000 * kHourNs + i * step_ns));
    }
    std::uint64_t counted = 0;
    for (const PeriodFigures& period : table.Periods()) {
      EXPECT_LE(period.from_ns, period.figures.first_time_ns);
      counted += period.figures.messages;
    }
    EXPECT_EQ(counted, static_cast<std::uint64_t>(messages));
    return std::pair(table.period(), table.Periods().size());
  };
  EXPECT_EQ(count(kHourNs / 10, 1000), std::pair(StatsPeriod::kHour, std::size_t{100}));
  EXPECT_EQ(count(kDayNs, 100), std::pair(StatsPeriod::kHour, std::size_t{100}));
  EXPECT_EQ(count(kDayNs, 300), std::pair(StatsPeriod::kDay, std::size_t{300}));
  EXPECT_EQ(count(kDayNs, 3000).first, StatsPeriod::kWeek);
  EXPECT_EQ(count(kDayNs, 9000).first, StatsPeriod::kYear);
}

TEST(PeriodTable, TakesEveryTime) {
  PeriodTable table;
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  std::uint64_t sequence = 0;
  for (std::int64_t i = 0; i < 2000; ++i) {
    table.Add(One(++sequence, 1, kMin + i));
    table.Add(One(++sequence, 1, kMax - i));
    table.Add(One(++sequence, 1, (i - 1000) * (kMax / 1001)));
  }
  EXPECT_LE(table.Periods().size(), 1000U);
  EXPECT_EQ(table.period(), StatsPeriod::kYear);
  // Hours before 1970 begin below their messages, too.
  PeriodTable old;
  old.Add(One(1, 1, -1));
  EXPECT_EQ(old.Periods().front().from_ns, -kHourNs);
}

class BackupStatsTest : public RepositoryTest {
 protected:
  static constexpr std::uint64_t kLast = 3000;
  static std::string SubjectOf(std::uint64_t s) { return "a." + std::to_string(s * s % 41); }
  static std::int64_t TimeOf(std::uint64_t s) {
    return static_cast<std::int64_t>(s) * kHourNs / 60;
  }

  void SetUp() override {
    repository_ = Open();
    id_ = TestId(1);
    const auto writer = repository_->BeginBackup("S", "", id_);
    ASSERT_TRUE(writer);
    Manifest manifest = TestManifest("S", id_, kLast, 13);
    for (std::uint64_t s = 1; s <= kLast; ++s) {
      if (s % 13 == 0) continue;
      ASSERT_TRUE((*writer)->AddRecord({s, TimeOf(s), SubjectOf(s), "", PayloadOf(s)}));
    }
    ASSERT_TRUE((*writer)->Finish(std::move(manifest), 1'800'000'000'000'000'000));
  }
  template <typename Takes>
  static Model ModelOf(Takes takes) {
    Model model;
    for (std::uint64_t s = 1; s <= kLast; ++s) {
      if (s % 13 == 0 || !takes(s)) continue;
      const std::string subject = SubjectOf(s);
      const std::string payload = PayloadOf(s);
      Merge(model[subject], FiguresOf({s, TimeOf(s), subject, "", payload}, false));
    }
    return model;
  }

  std::unique_ptr<Repository> repository_;
  std::string id_;
};

TEST_F(BackupStatsTest, CountsWhatIsSelected) {
  StatsSpec spec{id_};
  spec.top = 10;
  spec.selection.first_sequence = 100;
  spec.selection.exclude = {"a.1"};
  const Model model = ModelOf([](std::uint64_t s) { return s >= 100 && SubjectOf(s) != "a.1"; });
  for (const std::size_t room : {SubjectTable::kMostBytes, std::size_t{3000}}) {
    const auto stats = CountMessages(*repository_, spec, CancelToken(), room);
    ASSERT_TRUE(stats) << stats.error().message;
    MessageFigures total;
    for (const auto& [subject, figures] : model) Merge(total, figures);
    EXPECT_EQ(stats->total, total);
    EXPECT_EQ(stats->stream, "S");
    std::uint64_t listed = 0;
    for (const SubjectFigures& subject : stats->subjects) {
      EXPECT_EQ(subject.figures, model.at(subject.subject));
      listed += subject.figures.messages;
    }
    EXPECT_EQ(stats->other_messages, total.messages - listed);
    if (room == SubjectTable::kMostBytes) {
      EXPECT_EQ(stats->subjects, Largest(model, StatsBy::kBytes, 10));
      EXPECT_EQ(stats->all_subjects, model.size());
    } else {
      EXPECT_FALSE(stats->all_subjects);
    }
    std::uint64_t in_periods = 0;
    EXPECT_EQ(stats->period, StatsPeriod::kHour);
    for (const PeriodFigures& period : stats->periods) in_periods += period.figures.messages;
    EXPECT_EQ(in_periods, total.messages);
  }
}

TEST_F(BackupStatsTest, OfNothingIsNothing) {
  StatsSpec spec{id_};
  spec.selection.subjects = {"nobody.>"};
  const auto stats = CountMessages(*repository_, spec, CancelToken());
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->total, MessageFigures());
  EXPECT_EQ(stats->all_subjects, 0U);
  EXPECT_TRUE(stats->subjects.empty());
  EXPECT_TRUE(stats->periods.empty());
  EXPECT_EQ(stats->others_at_most, 0U);
  EXPECT_EQ(CountMessages(*repository_, StatsSpec{TestId(9)}, CancelToken()).error().code,
            Errc::kBackupNotFound);
}

TEST_F(BackupStatsTest, DamageInTheMiddleIsAnErrorAndNoSmallerCount) {
  bool damaged = false;
  for (const std::string& path : files().Paths()) {
    if (path.find("/segments/") == std::string::npos) continue;
    std::string bytes = files().Read(path);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    files().Write(path, std::move(bytes));
    damaged = true;
    break;
  }
  ASSERT_TRUE(damaged);
  const auto stats = CountMessages(*repository_, StatsSpec{id_}, CancelToken());
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error().code, Errc::kRepositoryCorrupt) << stats.error().message;
}

}  // namespace
}  // namespace jetkeep
