// Which backup or job a short word means.
#include <gmock/gmock.h>

#include "service/cli/backup_choice.h"
#include "service/cli/job_choice.h"
#include "service/cli/render/fields.h"
#include "service/cli/repositories.h"
#include "service/cli/several_repositories.h"

namespace jetkeep {
namespace {

using testing::HasSubstr;

constexpr const char* kNewOrders = "20261127T031455Z-4fq2xwba";
constexpr const char* kOldOrders = "20261126T031455Z-aaaaaaaa";
constexpr const char* kBills = "20261126T031500Z-bbbbbbbb";

Document TwoStreams() {
  return {{"total", 3},
          {"backups",
           {{{"id", kNewOrders}, {"stream", "ORDERS"}},
            {{"id", kBills}, {"stream", "BILLS"}},
            {{"id", kOldOrders}, {"stream", "ORDERS"}}}}};
}

// The id, or the exit code.
std::string Chosen(const Document& list, const std::string& word,
                   BackupWords words = BackupWords::kIdsAndStreams) {
  const auto backup = ChooseBackup(list, word, words);
  if (!backup) {
    EXPECT_FALSE(backup.error().hint.empty());
    return std::to_string(TraitsOf(backup.error().code).exit_code);
  }
  return TextOf(*backup, "id");
}

TEST(BackupChoice, ByTheBeginningOfOneId) {
  EXPECT_EQ(Chosen(TwoStreams(), kBills), kBills);
  EXPECT_EQ(Chosen(TwoStreams(), "20261127"), kNewOrders);
  EXPECT_EQ(Chosen(TwoStreams(), "20261126T0315"), kBills);
  EXPECT_EQ(Chosen(TwoStreams(), "20261126"), "2") << "two begin so";
  EXPECT_EQ(Chosen(TwoStreams(), "2025"), "11");
  EXPECT_THAT(ChooseBackup(TwoStreams(), "20261126", BackupWords::kIds).error().message,
              HasSubstr(kBills));
}

TEST(BackupChoice, AWordThatCanOnlyBeAStreamNeedsThatStreamsBackupsOnly) {
  EXPECT_EQ(OnlyStreamMeant("ORDERS", BackupWords::kIdsAndStreams), "ORDERS");
  for (const char* word : {"latest", "2026", kBills, "a.b", ""}) {
    EXPECT_EQ(OnlyStreamMeant(word, BackupWords::kIdsAndStreams), "") << word;
  }
  EXPECT_EQ(OnlyStreamMeant("ORDERS", BackupWords::kIds), "");
}

TEST(BackupChoice, ForItsConfigurationOneWithoutMessagesIsAsGood) {
  const Document list = {{"total", 2},
                         {"backups",
                          {{{"id", kNewOrders}, {"stream", "ORDERS"}, {"condition", "config_only"}},
                           {{"id", kOldOrders}, {"stream", "ORDERS"}, {"condition", "complete"}}}}};
  EXPECT_EQ(Chosen(list, "ORDERS"), kOldOrders);
  EXPECT_EQ(Chosen(list, "ORDERS", BackupWords::kIdsAndConfigs), kNewOrders);
  EXPECT_EQ(Chosen(list, "latest", BackupWords::kIdsAndConfigs), kNewOrders);
}

TEST(BackupChoice, ByTheStreamWhereThatIsAllowed) {
  EXPECT_EQ(Chosen(TwoStreams(), "ORDERS"), kNewOrders);
  EXPECT_EQ(Chosen(TwoStreams(), "BILLS"), kBills);
  EXPECT_EQ(Chosen(TwoStreams(), "ORDERS", BackupWords::kIds), "11");
  EXPECT_EQ(Chosen(TwoStreams(), "latest", BackupWords::kIds), "11");
  EXPECT_THAT(ChooseBackup(TwoStreams(), "latest", BackupWords::kIds).error().hint,
              HasSubstr("Give the id"));
  EXPECT_EQ(Chosen(TwoStreams(), "latest"), "2") << "of which stream?";
  Document one = TwoStreams();
  one["backups"].erase(std::size_t{1});
  EXPECT_EQ(Chosen(one, "latest"), kNewOrders);
  one["backups"][0]["stream"] = one["backups"][1]["stream"] = "2026";
  EXPECT_EQ(Chosen(one, "2026"), "2") << "a stream and a beginning";
  one["backups"][0]["stream"] = "latest";
  EXPECT_EQ(Chosen(one, "latest"), kNewOrders) << "the stream of that name";
  EXPECT_EQ(Chosen({{"backups", Document::array()}}, "latest"), "11");
}

TEST(BackupChoice, FromAListThatMayLackBackupsNothing) {
  Document list = TwoStreams();
  list["incomplete"] = true;
  EXPECT_EQ(Chosen(list, "20261127"), "37");
  EXPECT_EQ(Chosen(list, "ORDERS"), "37");
}

TEST(BackupChoice, WordsAreChecked) {
  EXPECT_TRUE(CheckBackupWord("2026", BackupWords::kIds));
  EXPECT_FALSE(CheckBackupWord("../x", BackupWords::kIdsAndStreams));
  EXPECT_FALSE(CheckBackupWord("\u6ce8\u6587", BackupWords::kIds));
  EXPECT_TRUE(CheckBackupWord("\u6ce8\u6587", BackupWords::kIdsAndStreams)) << "a stream's name";
  EXPECT_TRUE(IsWholeBackupId(kBills));
  EXPECT_FALSE(IsWholeBackupId("20261126T0315"));
}

TEST(JobChoice, ByTheBeginningOfOneId) {
  const Document list = {
      {"total", 3}, {"jobs", {{{"job", "nightly-1"}}, {{"job", "nightly-2"}}, {{"job", "x"}}}}};
  EXPECT_EQ(TextOf(*ChooseJob(list, "x"), "job"), "x");
  EXPECT_EQ(TextOf(*ChooseJob(list, "nightly-2"), "job"), "nightly-2");
  EXPECT_EQ(ChooseJob(list, "night").error().code, Errc::kUsage);
  const Document of_two = {
      {"total", 2},
      {"jobs", {{{"job", "nightly"}, {"account", "a"}}, {{"job", "nightly"}, {"account", "b"}}}}};
  const auto same = ChooseJob(of_two, "nightly");
  ASSERT_FALSE(same) << "two accounts have a job of that id";
  EXPECT_THAT(same.error().message, HasSubstr("nightly (account b)"));
  EXPECT_EQ(ChooseJob(list, "weekly").error().code, Errc::kJobNotFound);
  Document cut = list;
  cut["total"] = 4;
  EXPECT_EQ(ChooseJob(cut, "x").error().code, Errc::kUsage) << "another one may begin so, too";
}

TEST(SeveralRepositories, AreToldFromInstancesOfOne) {
  const Answerer a{"A", "0.2.0", "r1", "default"};
  const Answerer b{"B", "0.2.0", "r1", "default"};
  const Answerer c{"C", "0.2.0", "r2", "default"};
  EXPECT_FALSE(SeveralRepositories({}, a));
  EXPECT_FALSE(SeveralRepositories(std::vector{a, b}, a)) << "they share one";
  const auto text = SeveralRepositories(std::vector{a, b, c}, c);
  ASSERT_TRUE(text);
  EXPECT_THAT(*text,
              testing::AllOf(HasSubstr("repository r1 (account default, instances A, B)"),
                             HasSubstr("repository r2 (account default, instance C)"),
                             HasSubstr("this answer is from instance C"), HasSubstr("--instance")));
  const Answerer other_account{"D", "0.2.0", "r1", "other"};
  EXPECT_TRUE(SeveralRepositories(std::vector{a, other_account}, a));
}

TEST(BackupPlaces, AreOneForInstancesThatShareRepositoryAndAccount) {
  const auto places = PlacesOf(std::vector<Answerer>{{"A", "0.2.0", "r2", "default"},
                                                     {"B", "0.2.0", "r1", "default"},
                                                     {"C", "0.2.0", "r2", "default"},
                                                     {"D", "0.2.0", "r2", "other"},
                                                     {"E", "0.1.0", "", ""}});
  ASSERT_EQ(places.size(), 4U);
  EXPECT_EQ(places[0].instances, std::vector<std::string>{"E"});
  EXPECT_EQ(places[1].instances, std::vector<std::string>{"B"});
  EXPECT_EQ(places[2].instances, (std::vector<std::string>{"A", "C"}));
  EXPECT_EQ(Describe(places[2]), "repository r2 (account default, instances A, C)");
  EXPECT_EQ(places[3].account, "other");
}

TEST(BackupPlaces, ListsOfAllAreOneDocumentThatNamesEachRepository) {
  std::vector<ListOfPlace> lists(3);
  lists[0].place = {"r1", "default", {"A", "B"}};
  lists[0].answered_by = "A";
  lists[0].list = {
      {"total", 2}, {"backups", {{{"id", "b2"}}, {{"id", "b1"}}}}, {"warnings", {"w"}}};
  lists[1].place = {"r2", "default", {"C"}};
  lists[1].answered_by = "C";
  lists[1].list = {{"total", 0}, {"backups", Document::array()}, {"warnings", Document::array()}};
  Document merged = MergeLists(std::span(lists).first(2));
  EXPECT_EQ(merged["total"], 2);
  EXPECT_EQ(merged["backups"][1], (Document{{"id", "b1"}, {"repository", "r1"}}));
  EXPECT_EQ(merged["warnings"], Document::array({"w"}));
  EXPECT_EQ(merged["repositories"][0]["instances"], Document::array({"A", "B"}));
  EXPECT_EQ(merged["repositories"][0]["instance"], "A");
  EXPECT_EQ(merged["repositories"][1]["total"], 0);
  EXPECT_FALSE(merged.contains("incomplete"));
  lists[2].place = {"r3", "default", {"D"}};
  lists[2].error = Error{Errc::kTimeout, "no answer", {}, 0};
  merged = MergeLists(lists);
  EXPECT_EQ(merged["incomplete"], true) << "nobody knows what the third one has";
  EXPECT_EQ(merged["repositories"][2]["error"]["err_code"], 70521);
  EXPECT_FALSE(merged["repositories"][2].contains("total"));
}

TEST(JobChoice, PutsTheAnswersOfInstancesTogether) {
  const std::vector<Document> answers = {
      {{"total", 1}, {"jobs", {{{"job", "a"}}}}, {"warnings", {"w"}}},
      {{"total", 2}, {"jobs", {{{"job", "b"}}}}, {"warnings", {"w", "x"}}}};
  const Document merged = MergeStatus(answers);
  EXPECT_EQ(merged.at("total"), 3);
  EXPECT_EQ(merged.at("jobs").size(), 2U);
  EXPECT_EQ(merged.at("warnings").size(), 2U);
}

}  // namespace
}  // namespace jetkeep
