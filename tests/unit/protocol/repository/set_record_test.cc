#include "protocol/repository/set_record.h"

#include <gmock/gmock.h>

#include "protocol/repository/restore_record.h"
#include "protocol/repository/sealed_json.h"

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr const char* kId = "set-20261121T012410Z-7k2m9qdx";
constexpr const char* kBackup = "20261121T012410Z-7k2m9qdx";

SetDetails Example() {
  SetDetails set;
  SetSummary& summary = set.summary;
  summary.id = kId;
  summary.account = "default";
  summary.condition = SetCondition::kPartial;
  summary.started_ns = 1;
  summary.completed_ns = 2;
  summary.streams = 2;
  summary.failed = 1;
  summary.messages = 18'446'744'073'709'551'615U;
  summary.bytes = 6;
  summary.stored_bytes = 7;
  summary.first_cut_ns = 8;
  summary.last_cut_ns = 9;
  summary.metadata = {{"must_keep", "a \"quoted\"\nline"}, {"backup", "daily"}};
  summary.server_version = "2.10.27";
  summary.server_name = "n1";
  set.selection = {{"*"}, {"TMP_*"}, {"LEDGER A_*"}};
  set.account_json = R"({"must_x":1,"limits":{"max_storage":-1}})";
  set.warnings = {"one"};
  SetMember good;
  good.stream = "A";
  good.backup = kBackup;
  good.cut_time_ns = 8;
  good.first_sequence = 1;
  good.last_sequence = 5;
  good.messages = 5;
  good.bytes = 6;
  good.stored_bytes = 7;
  SetMember bad;
  bad.stream = "B";
  bad.error = Error{Errc::kServerBusy, "offline\n  \"members\": [", "Wait.", 10008};
  set.members = {good, bad};
  return set;
}

TEST(SetRecord, ComesBackAsItWas) {
  const Result<std::string> document = EncodeSet(Example());
  ASSERT_TRUE(document) << document.error().message;
  const Result<SetDetails> read = ParseSet(kId, *document);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(EncodeSet(*read).value(), *document);
  EXPECT_EQ(read->members[1].error->code, Errc::kServerBusy);
  EXPECT_EQ(read->members[1].error->server_code, 10008U);
  EXPECT_FALSE(read->members[1].good());
  EXPECT_TRUE(read->members[0].good());
  EXPECT_EQ(read->selection, Example().selection);
  EXPECT_EQ(read->account_json, Example().account_json);
}

TEST(SetRecord, TheSummaryIsReadWithoutTheMembers) {
  const std::string document = EncodeSet(Example()).value();
  const Result<SetSummary> summary = ParseSetSummary(kId, document);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->messages, 18'446'744'073'709'551'615U);
  EXPECT_EQ(summary->skew_ns(), 1);
  EXPECT_THAT(summary->metadata,
              ElementsAre(Pair("must_keep", "a \"quoted\"\nline"), Pair("backup", "daily")));
}

TEST(SetRecord, NoChangedByteAndNoCutPassesUnseen) {
  const std::string document = EncodeSet(Example()).value();
  for (std::size_t i = 0; i < document.size(); ++i) {
    std::string changed = document;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(ParseSet(kId, changed)) << i;
    EXPECT_FALSE(ParseSetSummary(kId, changed)) << i;
    EXPECT_FALSE(ParseSet(kId, document.substr(0, i))) << i;
  }
  EXPECT_EQ(ParseSet("set-20261121T012410Z-7k2m9qdy", document).error().code,
            Errc::kRepositoryCorrupt);
}

TEST(SetRecord, UnknownFieldsPassUnlessTheyMustBeUnderstood) {
  const std::string document = EncodeSet(Example()).value();
  const std::string front = document.substr(2, document.rfind("  \"digest\"") - 2);
  EXPECT_TRUE(ParseSet(kId, SealJson(front + "  \"later\": 1,\n")));
  EXPECT_TRUE(ParseSetSummary(kId, SealJson(front + "  \"later\": 1,\n")));
  EXPECT_EQ(ParseSet(kId, SealJson(front + "  \"must_later\": 1,\n")).error().code,
            Errc::kRepositoryUnsupported);
  EXPECT_EQ(ParseSetSummary(kId, SealJson(front + "  \"must_later\": 1,\n")).error().code,
            Errc::kRepositoryUnsupported);
}

TEST(SetRecord, TellsWhichBackupsItNamesEvenWhenDamaged) {
  std::string document = EncodeSet(Example()).value();
  EXPECT_TRUE(NamesBackup(document, kBackup));
  EXPECT_FALSE(NamesBackup(document, "20261121T012410Z-7k2m9qdy"));
  document[5] = '?';
  EXPECT_TRUE(NamesBackup(document, kBackup));
}

TEST(SetRecord, IdsAreTheirOwnKind) {
  EXPECT_TRUE(IsSetId(kId));
  for (const char* other : {kBackup, "set-", "set-x", "set-20261121T012410Z-7k2m9qd",
                            "SET-20261121T012410Z-7k2m9qdx", "set-set-20261121T012410Z-7k2m9qdx"}) {
    EXPECT_FALSE(IsSetId(other)) << other;
    EXPECT_EQ(CheckSetId(other).error().code, Errc::kInvalidName);
  }
  const std::vector<std::string> seen = {"set-20991121T012410Z-7k2m9qdx", "else"};
  EXPECT_GT(NewSetIdAbove(seen, 1, 2), seen[0]);
  EXPECT_TRUE(IsSetId(NewSetIdAbove({}, 1, 2)));
  EXPECT_TRUE(IsPinnable(kBackup));
  EXPECT_TRUE(IsPinnable(kId));
  EXPECT_FALSE(IsPinnable("repository.json"));
}

TEST(RestoreRecord, OfManyStreamsComesBackAsItWas) {
  RestoreRecord record;
  record.id = kBackup;
  record.set = kId;
  record.account = "default";
  record.together = true;
  record.replaces = "20261121T012410Z-7k2m9qdy";
  SentMember member;
  member.stream = "A";
  member.backup_id = kBackup;
  member.config_json = "{}";
  member.token = "t1";
  member.state.last_sequence = 7;
  record.members = {member};
  const std::string document = EncodeRestoreRecord(record).value();
  const Result<RestoreRecord> read = ParseRestoreRecord(kBackup, document);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(EncodeRestoreRecord(*read).value(), document);
  EXPECT_TRUE(read->members[0].together);
  EXPECT_EQ(read->replaces, record.replaces);
  EXPECT_TRUE(read->Concerns("A"));
  EXPECT_FALSE(read->Concerns("B"));
  EXPECT_FALSE(read->Concerns(""));
  // A program that knows records of one stream only must not read it as one.
  EXPECT_THAT(document, testing::Not(HasSubstr("\"scratch\"")));
}

}  // namespace
}  // namespace jetkeep
