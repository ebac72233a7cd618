// What a stream's own rules remove, beside a stream that the test keeps itself: it applies them as
// a server does, message by message.
#include "service/engine/backup/subject_rules.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>

#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

constexpr std::string_view kRollup = "NATS/1.0\r\nNats-Rollup: ";

struct Message {
  std::string subject;
  std::string headers;
  std::string payload;
};

class SubjectRulesTest : public RepositoryTest {
 protected:
  std::unique_ptr<Repository> repository_ = Open();
  std::map<std::uint64_t, Message> stored_;
  SequenceSet gone_;

  void Store(std::uint64_t sequence, const std::string& subject, const std::string& rollup = {}) {
    const std::string headers = rollup.empty() ? "" : std::string(kRollup) + rollup + "\r\n\r\n";
    stored_[sequence] = {subject, headers, "p" + std::to_string(sequence)};
  }

  static RecordView View(std::uint64_t sequence, const Message& message) {
    return {sequence, static_cast<std::int64_t>(sequence) * 10, message.subject, message.headers,
            message.payload};
  }

  Result<Replaced> Find(const SubjectRules& rules, bool in_memory = false,
                        std::uint64_t subjects = 0, const CancelToken& cancel = {}) {
    JETKEEP_ASSIGN(const auto writer, repository_->BeginBackup("S", "", TestId(++backups_)));
    for (const auto& [sequence, message] : stored_) {
      JETKEEP_TRY(writer->AddRecord(View(sequence, message)));
    }
    StreamState state;
    state.first_sequence = stored_.begin()->first;
    state.last_sequence = stored_.rbegin()->first;
    state.messages = stored_.size();
    state.num_subjects = subjects;
    return FindReplaced(*writer, state, gone_, rules, in_memory, cancel);
  }

  std::string Sequences(const SequenceSet& set) const {
    std::string text;
    for (const auto& [sequence, message] : stored_) {
      if (set.Contains(sequence)) text += std::to_string(sequence) + " ";
    }
    return text;
  }

  // As a server does: each message as it is stored.
  std::string ModelOf(const SubjectRules& rules) const {
    std::map<std::string, std::deque<std::uint64_t>> live;
    for (const auto& [sequence, message] : stored_) {
      if (gone_.Contains(sequence)) continue;
      const bool rolls = rules.rollups && !message.headers.empty();
      if (rolls && message.headers.find("all") != std::string::npos) {
        live.clear();
      } else if (rolls) {
        live[message.subject].clear();
      }
      live[message.subject].push_back(sequence);
      while (rules.max_per_subject > 0 && live[message.subject].size() > rules.max_per_subject) {
        live[message.subject].pop_front();
      }
    }
    SequenceSet replaced;
    for (const auto& [sequence, message] : stored_) {
      if (!gone_.Contains(sequence)) replaced.Add(sequence);
    }
    for (const auto& [subject, sequences] : live) {
      for (const std::uint64_t sequence : sequences) replaced.Subtract(Only(sequence));
    }
    return Sequences(replaced);
  }

  static SequenceSet Only(std::uint64_t sequence) {
    SequenceSet set;
    set.Add(sequence);
    return set;
  }

 private:
  int backups_ = 0;
};

TEST_F(SubjectRulesTest, AllButTheNewestOfASubjectGo) {
  for (std::uint64_t i = 1; i <= 9; ++i) Store(i, i % 3 == 0 ? "a" : "b");
  gone_ = Only(9);  // the newest of a
  const auto one = Find({.max_per_subject = 1});
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(Sequences(one->sequences), "1 2 3 4 5 7 ");
  EXPECT_EQ(one->first_sequence, 6U);
  EXPECT_EQ(one->first_time_ns, 60);
  const auto two = Find({.max_per_subject = 2});
  ASSERT_TRUE(two);
  EXPECT_EQ(Sequences(two->sequences), "1 2 4 5 ");
}

TEST_F(SubjectRulesTest, ARollupReplacesItsSubjectOrAll) {
  Store(1, "a");
  Store(2, "b");
  Store(3, "a", "sub");
  Store(4, "b");
  EXPECT_EQ(Sequences(Find({.rollups = true})->sequences), "1 ");
  Store(5, "b", "all");
  Store(6, "a");
  EXPECT_EQ(Sequences(Find({.rollups = true})->sequences), "1 2 3 4 ");
  // Where rollups are not allowed, the header says nothing.
  EXPECT_EQ(Sequences(Find({.max_per_subject = 1})->sequences), "1 2 3 4 ");
  EXPECT_EQ(Sequences(Find({.max_per_subject = 9})->sequences), "");
}

TEST_F(SubjectRulesTest, WithoutRulesNothingGoesAndBytesAreCounted) {
  std::uint64_t file = 0;
  std::uint64_t memory = 0;
  for (std::uint64_t i = 3; i <= 8; ++i) {
    Store(i, "subject", i == 5 ? "sub" : "");
    file += FileStoreSize(View(i, stored_.at(i)));
    memory += MemoryStoreSize(View(i, stored_.at(i)));
  }
  const auto on_disk = Find({});
  ASSERT_TRUE(on_disk);
  EXPECT_TRUE(on_disk->sequences.empty());
  EXPECT_EQ(on_disk->left_bytes, file);
  EXPECT_EQ(on_disk->bytes, 0U);
  EXPECT_EQ(on_disk->first_sequence, 3U);
  const auto in_memory = Find({.max_per_subject = 1}, true);
  ASSERT_TRUE(in_memory);
  EXPECT_EQ(in_memory->bytes + in_memory->left_bytes, memory);
}

TEST_F(SubjectRulesTest, AgreesWithAStreamThatAppliesThem) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const auto pick = [&](std::uint64_t below) { return random() % below; };
    stored_.clear();
    gone_ = {};
    std::uint64_t sequence = pick(5);
    for (int i = 0; i < 120; ++i) {
      sequence += 1 + (pick(6) == 0 ? pick(4) : 0);
      const std::uint64_t kind = pick(25);
      Store(sequence, "s." + std::to_string(pick(8)), kind == 0 ? "sub" : kind == 1 ? "all" : "");
      if (pick(15) == 0) gone_.Add(sequence);
    }
    const SubjectRules rules{.max_per_subject = pick(4), .rollups = pick(2) == 0};
    // More subjects than fit at a time are passed over in several readings.
    const auto found = Find(rules, false, seed % 3 == 0 ? 700'000 : 0);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(Sequences(found->sequences), ModelOf(rules));
  }
}

TEST_F(SubjectRulesTest, TooManySubjectsAndACancelEndIt) {
  Store(1, "a");
  const auto many = Find({.max_per_subject = 1}, false, 20'000'000);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, Errc::kCutNotReached);
}

}  // namespace
}  // namespace jetkeep
